"""Reads what staff write a line at a time: quick replies and buttons."""

from collections.abc import Iterator

from instagram.content import Button, QuickReply


def quick_replies(text: str) -> tuple[QuickReply, ...]:
    """Read `Title` or `Title = PAYLOAD`, one a line; without a payload a tap sends the title."""
    return tuple(QuickReply(title, value or title) for title, value in _lines(text))


def buttons(text: str) -> tuple[Button, ...]:
    """Read the same, and `Title = https://…`, which opens a link instead of being a tap."""
    return tuple(
        Button(title, url=value) if _is_link(value) else Button(title, payload=value or title)
        for title, value in _lines(text)
    )


def _lines(text: str) -> Iterator[tuple[str, str]]:
    for line in text.splitlines():
        title, _, value = line.partition("=")
        if line.strip():
            yield title.strip(), value.strip()


def _is_link(value: str) -> bool:
    """Tell what is meant as a link, though it may be a broken one."""
    return "://" in value or value.casefold().startswith("www.")
