"""HTML that other tools keep texts in, as a message shows it."""

import re
from collections.abc import Mapping
from html import unescape
from html.parser import HTMLParser

# Only what nobody writes in a plain text; <name> and <title> there are somebody's placeholders.
_MARKUP = re.compile(
    r"""
    <(?:p|br|div|span|b|strong|i|em|u|ul|ol|li|a|h[1-6]|blockquote|img|font|table|tbody|thead|tr|td
      |th|hr|pre|small|big|center|sub|sup|strike|del|ins|dl|dt|dd|html|head|body|style|script)
      (?:\s[^<>]*)?/?>
    |</[a-z][\w:-]*\s*>                   # the end of any element
    |<[a-z][\w:-]*\s+[\w:-]+\s*=[^<>]*>   # any that has attributes
    |<!--|<!doctype
    """,
    re.IGNORECASE | re.VERBOSE,
)
_CHARACTER = re.compile(r"&(?:#[0-9]{1,7}|#x[0-9a-f]{1,6}|[a-z][a-z0-9]{1,31});", re.IGNORECASE)
_HIDDEN = {"script", "style", "head", "title", "template"}
_LINES = {
    "p", "div", "li", "ul", "ol", "h1", "h2", "h3", "h4", "h5", "h6", "blockquote", "table", "tr",
    "hr", "pre", "dl", "dt", "dd", "section", "article", "header", "footer", "form", "figure",
    "figcaption", "address", "main", "center", "caption", "body",
}  # fmt: skip
_IN_NO_MESSAGE = ("#", "javascript:", "data:", "cid:", "about:")


def to_text(text: str) -> str:
    """Return a text of an editor as a message shows it; one without markup stays as it is."""
    if not _MARKUP.search(text):
        return _CHARACTER.sub(lambda found: unescape(found[0]), text).replace("\xa0", " ").strip()
    reader = _Reader()
    reader.feed(text)
    reader.close()
    lines = "".join(reader.parts).replace("\xa0", " ").split("\n")
    return re.sub(r"\n{3,}", "\n\n", "\n".join(line.strip() for line in lines)).strip()


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self.hidden = ""  # the element whose content nobody sees
        self.links: list[tuple[str, int]] = []  # the address, and where its words begin

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if self.hidden:
            return
        values = {name: (value or "").strip() for name, value in attrs}
        if tag in _HIDDEN:
            self.hidden = tag
        elif tag == "br":
            self.parts.append("\n")
        elif tag in _LINES:
            self._begin_line()
            self.parts += ["- "] if tag == "li" else []
        elif tag == "a":
            self._end_link()
            self.links.append((values.get("href", ""), len(self.parts)))
        elif tag == "img":
            self.parts.append(_describe_image(values))

    def handle_endtag(self, tag: str) -> None:
        if tag == self.hidden:
            self.hidden = ""
        elif self.hidden:
            return
        elif tag == "a":
            self._end_link()
        elif tag in _LINES:
            self._begin_line()
        elif tag in ("td", "th"):
            self.parts.append(" ")

    def handle_data(self, data: str) -> None:
        if self.hidden:
            return
        words = re.sub(r"[ \t\r\n\f]+", " ", data)
        at_start = not self.parts or self.parts[-1].endswith(("\n", " "))
        self.parts.append(words.lstrip(" ") if at_start else words)

    def close(self) -> None:
        super().close()
        self._end_link()

    def _begin_line(self) -> None:
        for part in reversed(self.parts):
            if part == "- " or part.endswith("\n"):
                return
            if part.strip(" "):
                self.parts.append("\n")
                return

    def _end_link(self) -> None:
        if not self.links:
            return
        address, start = self.links.pop()
        words = "".join(self.parts[start:]).strip()
        address = re.sub("^(mailto|tel):", "", address, flags=re.IGNORECASE)
        is_said = address.rstrip("/") in (words.rstrip("/"), "") or address in words
        if not is_said and not address.lower().startswith(_IN_NO_MESSAGE):
            self.parts.append(f" {address}" if words else address)


def _describe_image(values: Mapping[str, str]) -> str:
    """Return its words and its address; an emoji is its words alone."""
    words, address = values.get("alt", ""), values.get("src", "")
    if words and not re.search(r"\w", words):
        return words
    shown = address if address.lower().startswith(("https:", "http:")) else ""
    return " ".join(filter(None, (words, shown)))
