"""Rules as files, there and back."""
