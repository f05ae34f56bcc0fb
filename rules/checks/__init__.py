"""What staff learn of a rule before it answers anybody."""
