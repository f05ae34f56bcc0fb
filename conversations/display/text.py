"""A text that somebody wrote, for a page: escaped, with its links to click."""

import re
from urllib.parse import urlsplit

from django.utils.functional import SimpleLazyObject
from django.utils.html import Urlizer, conditional_escape, format_html
from django.utils.safestring import SafeString, mark_safe

# A link ends where a reader would not see that it goes on: at what turns or hides letters.
_LINK = re.compile(
    r"https?://[^\s<>\"'`“”„«»\u2039\u203a\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\\]+",
    re.IGNORECASE,
)
MAX_LINK = 2000  # characters; a longer one is text


class _Sentence(Urlizer):
    """Knows the punctuation around a link in a sentence, in its brackets or at its end."""

    trailing_punctuation_chars = f"{Urlizer.trailing_punctuation_chars}?…。、\uff0c\uff01\uff1f"


_sentence = SimpleLazyObject(_Sentence)


def clickable(text: str) -> SafeString:
    """Return a text as HTML, with links where it has addresses that begin with http or https."""
    parts, end = [], 0
    for found in _LINK.finditer(text):
        # What Django says is left after the link lacks a sign at times, as in "(see https://a.b):".
        lead, link, _ = _sentence.trim_punctuation(found[0])
        start = found.start() + len(lead)
        parts += [text[end:start], _link(link)]
        end = start + len(link)
    parts.append(text[end:])
    return mark_safe("".join(map(conditional_escape, parts)))  # noqa: S308 - each part is escaped


def _link(address: str) -> SafeString | str:
    """Return the link as it was written; where it leads is said if it is not what it looks like."""
    host, is_plain = _host(address)
    if not host:
        return address
    title = "" if is_plain else format_html(' title="Opens {}"', _spelled(host))
    return format_html(
        '<a class="msg-link" href="{}"{} target="_blank" rel="noopener noreferrer nofollow"'
        ' referrerpolicy="no-referrer">{}</a>',
        address, title, address,
    )  # fmt: skip


def _host(address: str) -> tuple[str, bool]:
    """Return the host that a browser would ask, and whether it is what a reader takes for it."""
    try:
        parts = urlsplit(address)
        host = (parts.hostname or "") if len(address) <= MAX_LINK else ""
    except ValueError:
        return "", False
    return host, host.isascii() and "@" not in parts.netloc


def _spelled(host: str) -> str:
    """Return a host letter by letter, as the web knows it: look-alikes stand out."""
    try:
        return host.encode("idna").decode()
    except UnicodeError:
        return host
