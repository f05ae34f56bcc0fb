"""The reply of a rule: its messages in each of its variants, and the variables filled in."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from instagram.content import Buttons, Cards, Content, Media, Text
from instagram.limits import MAX_BUTTON_TEXT, split_text
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
        return (replace(message, text=variables.fill(message.text, values)),)
    if isinstance(message, Buttons):
        text = variables.fill(message.text, values)
        # With its variables the text may be too long to stand above buttons.
        *before, last = split_text(text, MAX_BUTTON_TEXT) if len(text) > MAX_BUTTON_TEXT else [text]
        return (*before, replace(message, text=last))
    return (message,)
