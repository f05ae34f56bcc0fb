"""Reads what staff write in lines: words, wordings, quick replies and buttons."""

from collections.abc import Iterator

from instagram.content import Button, QuickReply


def listed(text: str) -> list[str]:
    """Read one word or phrase a line; one that is there twice counts once."""
    return list(dict.fromkeys(line.strip() for line in text.splitlines() if line.strip()))


def wordings(reply: str, others: str) -> list[list[str]]:
    """Read the ways to say something, each as the texts of its messages.

    A line of === stands between two ways, a line of --- between two messages.
    """
    ways = [reply, *_between("===", others)]
    found = [[text for text in _between("---", way) if text] for way in ways]
    return [texts for texts in found if texts]


def _between(mark: str, text: str) -> list[str]:
    parts: list[list[str]] = [[]]
    for line in text.splitlines():
        if line.strip() == mark:
            parts.append([])
        else:
            parts[-1].append(line)
    return ["\n".join(part).strip() for part in parts]


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
