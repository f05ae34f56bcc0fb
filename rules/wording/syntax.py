"""Reads what staff write in lines: words, variants, quick replies and buttons."""

from collections.abc import Iterator

from instagram.content import Button, QuickReply


def read_lines(text: str) -> list[str]:
    """Read one word or phrase per line; one that is there twice counts once."""
    return list(dict.fromkeys(line.strip() for line in text.splitlines() if line.strip()))


def read_variants(reply: str, others: str) -> list[list[str]]:
    """Read the variants of a reply, each as the texts of its messages.

    A line of === separates two variants, a line of --- two messages.
    """
    variants = [reply, *_split("===", others)]
    texts = [[text for text in _split("---", variant) if text] for variant in variants]
    return [messages for messages in texts if messages]


def read_public_replies(text: str) -> list[str]:
    """Read the variants of what is written below a comment, each one text."""
    return [variant for variant in _split("===", text) if variant]


def _split(mark: str, text: str) -> list[str]:
    parts: list[list[str]] = [[]]
    for line in text.splitlines():
        if line.strip() == mark:
            parts.append([])
        else:
            parts[-1].append(line)
    return ["\n".join(part).strip() for part in parts]


def read_quick_replies(text: str) -> tuple[QuickReply, ...]:
    """Read `Title` or `Title = PAYLOAD`, one per line; the payload defaults to the title."""
    return tuple(QuickReply(title, value or title) for title, value in _read_pairs(text))


def read_buttons(text: str) -> tuple[Button, ...]:
    """Read the same, and `Title = https://…`, a button that opens a link."""
    return tuple(
        Button(title, url=value) if _is_link(value) else Button(title, payload=value or title)
        for title, value in _read_pairs(text)
    )


def _read_pairs(text: str) -> Iterator[tuple[str, str]]:
    for line in text.splitlines():
        title, _, value = line.partition("=")
        if line.strip():
            yield title.strip(), value.strip()


def _is_link(value: str) -> bool:
    """Tell what is meant as a link, though it may be a broken one."""
    return "://" in value or value.casefold().startswith("www.")
