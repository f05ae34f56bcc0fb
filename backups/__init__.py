"""A copy of everything in a folder, made while instabot runs, and the way back from it."""
