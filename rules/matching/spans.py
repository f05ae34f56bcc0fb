"""Where in a message the words of a rule were found, so that a page can mark them."""

import regex

from rules.folding import words
from rules.matching.listener import Found, Listener, Mode
from rules.matching.patterns import compiled


def spans(text: str, listener: Listener, found: Found) -> list[tuple[int, int]]:
    """Return the places of the words in the text as written, from left to right."""
    if listener.mode in (Mode.EVERYTHING, Mode.FALLBACK):
        return []
    if listener.mode == Mode.REGEX:
        match = compiled(found.keyword).search(text)
        return [match.span()] if match else []
    keywords = listener.keywords if listener.mode == Mode.ALL else (found.keyword,)
    wanted = {word for keyword in keywords for word in words(keyword)}
    return [
        match.span()
        for match in regex.finditer(r"\S+", text)
        if any(word in wanted for word in words(match[0]))
    ]
