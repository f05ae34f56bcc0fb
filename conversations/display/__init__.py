"""Rows in the words and shapes that staff and the API's users read."""
