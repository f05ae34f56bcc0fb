"""What a bubble shows beside its text, for pages and the API: only links that open stay links."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from conversations.display import names
from instagram import content
from instagram.content import Button, Card, Content, QuickReply


@dataclass(frozen=True, slots=True)
class Media:
    """Something beside the text; url is empty where there is nothing to open."""

    kind: str
    url: str = ""

    @property
    def name(self) -> str:
        return names.name(self.kind)


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
                image_url=link(card.image_url),
                buttons=_shown(card.buttons),
            )
            for card in self.said.cards
        ]

    @property
    def media(self) -> list[Media]:
        if not (isinstance(self.said, content.Media) and self.said.url):
            return []
        return [Media(self.said.kind, link(self.said.url))]


def link(url: Any) -> str:
    """Return an address that a page may show; empty: it is none."""
    return url if isinstance(url, str) and url.startswith(("https://", "http://")) else ""


def _shown(buttons: Iterable[Button]) -> tuple[Button, ...]:
    """An engine may have said anything: only links that a page may show stay links."""
    return tuple(replace(button, url=link(button.url)) for button in buttons)
