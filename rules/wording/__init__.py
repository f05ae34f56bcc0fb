"""What staff write in a rule, and what it says."""
