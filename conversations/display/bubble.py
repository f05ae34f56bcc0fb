"""What a bubble shows beside its text, for pages and the API: only links that open stay links."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from conversations.display.media import Media, link
from instagram import content
from instagram.content import Button, Card, Content, QuickReply
from instagram.links import source


class Shown:
    """For what has `said`: its parts, one by one."""

    __slots__ = ()
    said: Content

    @property
    def quick_replies(self) -> Sequence[QuickReply]:
        return self.said.quick_replies if isinstance(self.said, content.Text) else ()

    @property
    def buttons(self) -> Sequence[Button]:
        return _shown(self.said.buttons) if isinstance(self.said, content.Buttons) else ()

    @property
    def cards(self) -> Sequence[Card]:
        if not isinstance(self.said, content.Cards):
            return ()
        return [
            replace(
                card,
                url=link(card.url),
                image_url=source(card.image_url),
                buttons=_shown(card.buttons),
            )
            for card in self.said.cards
        ]

    @property
    def media(self) -> list[Media]:
        if not (isinstance(self.said, content.Media) and self.said.url):
            return []
        return [Media(self.said.kind, link(self.said.url))]


def read_card(element: Mapping[str, Any]) -> Card:
    """Return a card or a product of a template that Meta tells of."""
    action, listed = element.get("default_action"), element.get("buttons")
    opens = action.get("url") if isinstance(action, dict) else element.get("url")
    buttons = listed if isinstance(listed, list) else []
    return Card(
        _text(element.get("title")),
        _text(element.get("subtitle")),
        source(element.get("image_url")),
        link(opens),
        tuple(_read_button(one) for one in buttons if isinstance(one, dict)),
    )


def _read_button(said: Mapping[str, Any]) -> Button:
    return Button(_text(said.get("title")), link(said.get("url")), _text(said.get("payload")))


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _shown(buttons: Iterable[Button]) -> tuple[Button, ...]:
    """An engine may have said anything: only links that a page may show stay links."""
    return tuple(replace(button, url=link(button.url)) for button in buttons)
