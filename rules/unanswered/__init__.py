"""What customers asked and no rule has an answer to."""
