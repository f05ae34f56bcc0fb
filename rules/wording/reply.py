"""The reply of a rule: its messages in each of its variants, and the variables filled in."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING
from urllib.parse import quote

from instagram.content import (
    Button,
    Buttons,
    Card,
    Cards,
    Content,
    Media,
    QuickReply,
    Text,
)
from instagram.limits import MAX_BUTTON_TEXT, MAX_CARD_TEXT, MAX_TITLE, split_text
from rules.wording import syntax, variables

if TYPE_CHECKING:
    from rules.models import ResponseRule

Reply = tuple[str | Content, ...]  # message by message


def read_variants(rule: "ResponseRule") -> tuple[Reply, ...]:
    """Return the reply in each of its variants: the attachment, the texts, the cards.

    Buttons and quick replies belong to the last text.
    """
    before: Reply = ()
    if rule.media_kind:
        before = (Media(rule.media_kind, rule.media_url.strip()),)
    cards = rule.card_list()
    after: Reply = (Cards(tuple(cards)),) if cards else ()
    variants: Sequence[Sequence[str]]
    variants = syntax.read_variants(rule.reply, rule.other_replies) or [[]]
    return tuple((*before, *_read_texts(rule, texts), *after) for texts in variants)


def _read_texts(rule: "ResponseRule", texts: Sequence[str]) -> Reply:
    *first, last = texts or [""]
    return (*first, _read_last(rule, last)) if last else ()


def _read_last(rule: "ResponseRule", text: str) -> str | Content:
    if buttons := syntax.read_buttons(rule.buttons):
        return Buttons(text, buttons)
    quick_replies = syntax.read_quick_replies(rule.quick_replies)
    return Text(text, quick_replies) if quick_replies else text


def fill_in(reply: Reply, values: Mapping[str, str]) -> Reply:
    """Replace the variables in all texts of a reply."""
    return tuple(filled for message in reply for filled in _fill_in(message, values))


def _fill_in(message: str | Content, values: Mapping[str, str]) -> Reply:
    if isinstance(message, str):
        return (variables.fill(message, values),)
    if isinstance(message, Text):
        text = variables.fill(message.text, values)
        return (replace(message, text=text, quick_replies=_fill_taps(message, values)),)
    if isinstance(message, Cards):
        cards = tuple(filter(None, (_fill_card(card, values) for card in message.cards)))
        return (replace(message, cards=cards),) if cards else ()
    if isinstance(message, Media):
        return (replace(message, url=_fill_link(message.url, values)),)
    if isinstance(message, Buttons):
        text = variables.fill(message.text, values)
        message = replace(message, buttons=_fill_buttons(message.buttons, values))
        # With its variables the text may be too long to stand above buttons.
        *before, last = split_text(text, MAX_BUTTON_TEXT) if len(text) > MAX_BUTTON_TEXT else [text]
        return (*before, replace(message, text=last) if message.buttons else last)
    return (message,)


def _fill_taps(message: Text, values: Mapping[str, str]) -> tuple[QuickReply, ...]:
    """Fill the titles; one of which nothing is left goes, since Meta would refuse all."""
    titles = [(tap, _cut(tap.title, MAX_TITLE, values)) for tap in message.quick_replies]
    return tuple(
        QuickReply(title, title if tap.payload == tap.title else tap.payload)
        for tap, title in titles
        if title
    )


def _fill_buttons(buttons: Sequence[Button], values: Mapping[str, str]) -> tuple[Button, ...]:
    titles = [(button, _cut(button.title, MAX_TITLE, values)) for button in buttons]
    return tuple(
        Button(
            title,
            _fill_link(button.url, values),
            title if button.payload == button.title else button.payload,
        )
        for button, title in titles
        if title
    )


def _fill_card(card: Card, values: Mapping[str, str]) -> Card | None:
    """Fill a card; None: too little is left of it for Meta to take it."""
    filled = Card(
        _cut(card.title, MAX_CARD_TEXT, values),
        _cut(card.subtitle, MAX_CARD_TEXT, values),
        _fill_link(card.image_url, values),
        _fill_link(card.url, values),
        _fill_buttons(card.buttons, values),
    )
    return filled if filled == card or not filled.problems() else None


def _cut(text: str, most: int, values: Mapping[str, str]) -> str:
    """Fill a short text; what has become too long ends with dots, and one as written stays."""
    filled = variables.fill(text, values)
    return f"{filled[: most - 1].rstrip()}…" if filled != text and len(filled) > most else filled


def _fill_link(url: str, values: Mapping[str, str]) -> str:
    return variables.fill(url, values, quote=lambda value: quote(value, safe=""))
