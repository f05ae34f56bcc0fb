"""What everybody must know on every page of the admin: a red bar above it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Bar:
    """A few words in bold, a sentence, and where to do something about it."""

    title: str
    text: str
    link: str = ""
    offer: str = ""
