"""Finds conversations by what was said in them, and by whom they are with."""

from backoffice.words import Words
from conversations.search.hits import MOST_FOUND, Hit, find, find_customers, read_hits

__all__ = ["MOST_FOUND", "Hit", "Words", "find", "find_customers", "read_hits"]
