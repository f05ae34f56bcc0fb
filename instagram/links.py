"""Finds the links in what Meta says of something that was sent: they have many names and places."""

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit

MAX_DEPTH = 4
# The best first: what was sent itself, then where it stands, then pictures of it.
_NAMES = [
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        r"urls?",
        r"(?!.*(preview|thumb|image|picture|icon|profile)).*_?(urls?|uris?|src)",
        r"videos?|audios?|voice|files?|media|stickers?|attachments?|(.*_)?cdn",
        r".*(links?|href)",
        r"(?!.*(preview|thumb|icon|profile)).*(image|picture|photo).*_?(urls?|uris?|src)",
        r"(image|picture|photo)s?",
        r".*(urls?|uris?|src)",
    )
]
_NOT_SENT = ("elements", "buttons", "default_action")  # of a template: what tapping opens
_HOSTS_THAT_DATE_LINKS = (".fbcdn.net", ".cdninstagram.com")

THIS_MACHINE = ("127.0.0.1", "localhost")

Found = tuple[int, int, str]  # how good its name and its place are, and the link


def is_link(said: Any) -> bool:
    """Tell whether this is an address of the web."""
    return isinstance(said, str) and said[:8].lower().startswith(("https://", "http://"))


def source(said: Any) -> str:
    """Return an address from which a page may load a picture; empty: it is none.

    It comes by https, or from this machine, where the sandbox is. What is loaded is loaded from
    whoever is named: of a link that somebody clicks, is_link() asks for less.
    """
    if not is_link(said):
        return ""
    if said[:8].lower() == "https://":
        return str(said)
    try:
        return said if urlsplit(said).hostname in THIS_MACHINE else ""
    except ValueError:
        return ""


def find_link(said: Any) -> str:
    """Return the best link in an object of Meta's, however deep; empty: there is none."""
    return next(iter(find_links(said)), "")


def find_links(said: Any) -> list[str]:
    """Return the best link in an object of Meta's, and those that stand beside it as its equals."""
    found = list(_links(said, 0))
    best = min((one[:2] for one in found), default=None)
    return list(dict.fromkeys(link for *place, link in found if tuple(place) == best))


def find_elements(attachment: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the cards or products of a template, as Meta wrote them."""
    payload = attachment.get("payload")
    inner = payload.values() if isinstance(payload, dict) else ()
    places = [attachment, payload, *inner]
    listed = (place.get("elements") for place in places if isinstance(place, dict))
    elements = next((one for one in listed if isinstance(one, list)), [])
    return [one for one in elements if isinstance(one, dict)]


def expires_at(link: str) -> datetime | None:
    """Return when Meta lets a link of its file servers die, where it says so in the link itself."""
    try:
        parts = urlsplit(link)
        if not (parts.hostname or "").endswith(_HOSTS_THAT_DATE_LINKS):
            return None
        return datetime.fromtimestamp(int(parse_qs(parts.query)["oe"][0], 16), UTC)
    except (ValueError, KeyError, OverflowError, OSError):
        return None


def _links(said: Any, depth: int, name: str = "") -> Iterator[Found]:
    """Walk the links in an object, each with how good its name and its place are."""
    if isinstance(said, str):
        rank = next((n for n, one in enumerate(_NAMES) if one.fullmatch(name)), None)
        if rank is not None and is_link(said):
            yield rank, depth, said
    elif depth <= MAX_DEPTH and isinstance(said, list):
        for inner in said:
            yield from _links(inner, depth if isinstance(inner, str) else depth + 1, name)
    elif depth <= MAX_DEPTH and isinstance(said, dict):
        for key, inner in said.items():
            if key not in _NOT_SENT:
                yield from _links(inner, depth if isinstance(inner, str) else depth + 1, str(key))
