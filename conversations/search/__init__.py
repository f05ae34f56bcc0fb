"""Finds conversations by what was said in them, and by whom they are with."""

from backoffice.words import Words
from conversations.search.hits import MOST_FOUND, Hit, find, read_hits

__all__ = ["MOST_FOUND", "Hit", "Words", "find", "read_hits"]
