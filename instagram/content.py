"""What can be sent, as frozen dataclasses: Meta's shape of each, its limits, and its row.

Shapes and limits: Instagram Platform, Send API, "Quick Replies", "Button Template", "Generic
Template". Each `problems()` says what Meta would refuse, in plain sentences for the author.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any
from urllib.parse import urlsplit

from instagram.limits import (
    MAX_BUTTON_TEXT,
    MAX_BUTTONS,
    MAX_CARD_TEXT,
    MAX_CARDS,
    MAX_PAYLOAD,
    MAX_QUICK_REPLIES,
    MAX_TEXT_BYTES,
    MAX_TITLE,
    MAX_URL,
    split_text,
)

# The kinds of messages; an echo has the same kind.
TEXT = "text"
TEMPLATE = "template"
MEDIA = ("image", "audio", "video", "file")

Shape = dict[str, Any]


@dataclass(frozen=True, slots=True)
class QuickReply:
    """A button under a text: tapping it writes its title and sends its payload."""

    title: str
    payload: str

    def shape(self) -> Shape:
        return {"content_type": "text", "title": self.title, "payload": self.payload}

    def problems(self) -> list[str]:
        return [*_title_problems("quick reply", self.title), *_payload_problems(self)]


@dataclass(frozen=True, slots=True)
class Button:
    """Opens its url; without a url, tapping it sends its payload."""

    title: str
    url: str = ""
    payload: str = ""

    def shape(self) -> Shape:
        if self.url:
            return {"type": "web_url", "title": self.title, "url": self.url}
        return {"type": "postback", "title": self.title, "payload": self.payload}

    def problems(self) -> list[str]:
        problems = _title_problems("button", self.title)
        if self.url:
            return [*problems, *link_problems(self.url, ("https", "http"))]
        return [*problems, *_payload_problems(self)]


@dataclass(frozen=True, slots=True)
class Card:
    """One card of a carousel: a title and at least one other value."""

    title: str
    subtitle: str = ""
    image_url: str = ""
    url: str = ""
    buttons: tuple[Button, ...] = ()

    def shape(self) -> Shape:
        shape: Shape = {"title": self.title}
        if self.subtitle:
            shape["subtitle"] = self.subtitle
        if self.image_url:
            shape["image_url"] = self.image_url
        if self.url:
            shape["default_action"] = {"type": "web_url", "url": self.url}
        if self.buttons:
            shape["buttons"] = [button.shape() for button in self.buttons]
        return shape

    def problems(self) -> list[str]:
        return [
            sentence for sentences in self.problems_by_field().values() for sentence in sentences
        ]

    def problems_by_field(self) -> dict[str, list[str]]:
        """Return the sentences under the names of the fields that they are about."""
        has_more = self.subtitle or self.image_url or self.url or self.buttons
        problems = {
            "title": _card_text_problems("title", self.title),
            "subtitle": _card_text_problems("subtitle", self.subtitle) if self.subtitle else [],
            "image_url": link_problems(self.image_url, ("https",)) if self.image_url else [],
            "url": link_problems(self.url, ("https", "http")) if self.url else [],
            "buttons": button_problems(self.buttons),
        }
        if not has_more:
            problems["title"].append(
                "A card needs more than a title: add a subtitle, a picture, a link or a button."
            )
        return {field: sentences for field, sentences in problems.items() if sentences}


@dataclass(frozen=True, slots=True)
class Text:
    text: str
    quick_replies: tuple[QuickReply, ...] = ()

    def shape(self) -> Shape:
        if not self.quick_replies:
            return {"text": self.text}
        return {"text": self.text, "quick_replies": [reply.shape() for reply in self.quick_replies]}

    def problems(self) -> list[str]:
        problems = quick_reply_problems(self.quick_replies)
        size = len(self.text.encode())
        if not self.text.strip():
            return ["The text is empty.", *problems]
        if size > MAX_TEXT_BYTES:
            problems.append(f"This text has {size} bytes; the limit is {MAX_TEXT_BYTES}.")
        return problems


@dataclass(frozen=True, slots=True)
class Buttons:
    """A text with one to three buttons below it (button template)."""

    text: str
    buttons: tuple[Button, ...]

    def shape(self) -> Shape:
        buttons = [button.shape() for button in self.buttons]
        return _template(template_type="button", text=self.text, buttons=buttons)

    def problems(self) -> list[str]:
        problems = [*button_text_problems(self.text), *button_problems(self.buttons)]
        return problems if self.buttons else [*problems, "Add at least one button."]


@dataclass(frozen=True, slots=True)
class Media:
    """A picture, sound, video or PDF file, which Meta fetches from its URL."""

    kind: str
    url: str

    def shape(self) -> Shape:
        return {"attachment": {"type": self.kind, "payload": {"url": self.url}}}

    def problems(self) -> list[str]:
        problems = (
            [] if self.kind in MEDIA else [f"Instagram has no attachment type {self.kind!r}."]
        )
        return [*problems, *link_problems(self.url, ("https",))]


@dataclass(frozen=True, slots=True)
class Cards:
    """Up to ten cards side by side (generic template)."""

    cards: tuple[Card, ...]

    def shape(self) -> Shape:
        return _template(template_type="generic", elements=[card.shape() for card in self.cards])

    def problems(self) -> list[str]:
        problems = [sentence for card in self.cards for sentence in card.problems()]
        count = len(self.cards)
        if not 1 <= count <= MAX_CARDS:
            problems.append(f"A message can have 1 to {MAX_CARDS} cards, not {count}.")
        return problems


Content = Text | Buttons | Media | Cards


def messages(content: str | Content) -> list[Content]:
    """Return the messages to send: a long text is split, with quick replies under the last part.

    A blank text is no message.
    """
    text = Text(content) if isinstance(content, str) else content
    if not isinstance(text, Text):
        return [text]
    parts = [Text(part) for part in split_text(text.text) if part.strip()]
    if parts:
        parts[-1] = replace(parts[-1], quick_replies=text.quick_replies)
    return [*parts]


def row(content: Content) -> tuple[str, str, dict[str, Any]]:
    """Return the kind, the text and the rest as the row of a message keeps them."""
    if isinstance(content, Text):
        replies = [asdict(reply) for reply in content.quick_replies]
        return TEXT, content.text, {"quick_replies": replies} if replies else {}
    if isinstance(content, Buttons):
        return TEMPLATE, content.text, {"buttons": [asdict(button) for button in content.buttons]}
    if isinstance(content, Media):
        return content.kind, "", {"url": content.url}
    return TEMPLATE, "", {"cards": [asdict(card) for card in content.cards]}


def read(kind: str, text: str, rest: Mapping[str, Any]) -> Content:
    """Return the content of a row: the reverse of row()."""
    if kind in MEDIA:
        return Media(kind, rest.get("url", ""))
    if "cards" in rest:
        return Cards(tuple(_read_card(card) for card in rest["cards"]))
    if "buttons" in rest:
        return Buttons(text, tuple(Button(**button) for button in rest["buttons"]))
    return Text(text, tuple(QuickReply(**reply) for reply in rest.get("quick_replies", ())))


def _read_card(card: Mapping[str, Any]) -> Card:
    return Card(**{**card, "buttons": tuple(Button(**button) for button in card["buttons"])})


def quick_reply_problems(replies: Sequence[QuickReply]) -> list[str]:
    problems = [sentence for reply in replies for sentence in reply.problems()]
    if len(replies) > MAX_QUICK_REPLIES:
        problems.append(
            f"There are {len(replies)} quick replies; the limit is {MAX_QUICK_REPLIES}."
        )
    return problems


def button_problems(buttons: Sequence[Button]) -> list[str]:
    problems = [sentence for button in buttons for sentence in button.problems()]
    if len(buttons) > MAX_BUTTONS:
        problems.append(f"There are {len(buttons)} buttons; the limit is {MAX_BUTTONS}.")
    return problems


def button_text_problems(text: str) -> list[str]:
    if not text.strip():
        return ["Buttons need a text above them: write one."]
    if len(text) > MAX_BUTTON_TEXT:
        size = len(text)
        return [f"A text with buttons can have {MAX_BUTTON_TEXT} characters; this one has {size}."]
    return []


def _template(**payload: Any) -> Shape:
    return {"attachment": {"type": "template", "payload": payload}}


def _title_problems(what: str, title: str) -> list[str]:
    if not title.strip():
        return [f"A {what} needs a title."]
    if len(title) > MAX_TITLE:
        return [f"The {what} {title!r} has {len(title)} characters; the limit is {MAX_TITLE}."]
    return []


def _payload_problems(tap: QuickReply | Button) -> Iterator[str]:
    if not tap.payload:
        yield f"Say what tapping {tap.title!r} sends."
    if len(tap.payload) > MAX_PAYLOAD:
        yield f"What {tap.title!r} sends is too long; the limit is {MAX_PAYLOAD} characters."


def _card_text_problems(what: str, text: str) -> list[str]:
    if not text.strip():
        return [f"A card needs a {what}."]
    if len(text) > MAX_CARD_TEXT:
        return [f"This card's {what} has {len(text)} characters; the limit is {MAX_CARD_TEXT}."]
    return []


def link_problems(url: str, schemes: Sequence[str]) -> list[str]:
    """Return what is wrong with a link that must begin with one of these."""
    try:
        parts = urlsplit(url)
        has_host = parts.scheme in schemes and bool(parts.hostname)
        is_link = has_host and not any(map(str.isspace, url))
    except ValueError:
        is_link = False
    if not is_link:
        return [f"{url!r} is not a link: it must begin with {schemes[0]}:// and have no spaces."]
    return [] if len(url) <= MAX_URL else [f"A link can have at most {MAX_URL} characters."]
