"""What may stand in braces in a reply: those of every text, and the word that matched. Pure."""

from shop import placeholders
from shop.placeholders import fill

__all__ = ["NAMES", "UNCERTAIN", "fill", "find_problems", "find_without_default"]

NAMES = (*placeholders.NAMES, "matched_word")
# Not known of every customer, so the reply should have something to say instead.
UNCERTAIN = ("first_name", "username", "matched_word")


def find_problems(text: str) -> list[str]:
    """Return a sentence for each variable that does not exist."""
    return placeholders.find_problems(text, NAMES)


def find_without_default(text: str) -> list[str]:
    """Return the variables that may be unknown and have nothing to say instead."""
    return [name for name in placeholders.find_without_default(text) if name in UNCERTAIN]
