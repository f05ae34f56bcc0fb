"""What staff describe and tune: the shop, its hours, and the numbers in force."""
