"""How fast is it? `python -m bench`; README.md says what the tables mean."""
