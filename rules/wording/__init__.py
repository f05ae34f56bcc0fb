"""What staff write in a rule: how it is read, filled in and checked."""
