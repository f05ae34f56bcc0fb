"""What a rule says, message by message, and what Meta would refuse of it."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from instagram.content import (
    Buttons,
    Cards,
    Content,
    Media,
    Text,
    button_problems,
    button_text_problems,
    quick_reply_problems,
)
from instagram.limits import MAX_BUTTON_TEXT, MAX_TEXT_BYTES, split_text
from rules.wording import syntax, variables

if TYPE_CHECKING:
    from rules.models import ResponseRule

Says = tuple[str | Content, ...]

NOTHING = "Write what the customer gets, or add an attachment or cards."
COMMENT_NEEDS_TEXT = "A comment gets one text: write it."
COMMENT_TAKES_ONE = "A comment gets one message: take out the line ---."
CHIPS_NEED_TEXT = "Quick replies stand under a text: write one."
NOT_BOTH = (
    "Quick replies stand under a plain text only, and buttons make another message of it: choose"
    " one of the two."
)
NO_ADDRESS = "Write where the attachment is on the web."
NO_KIND = "Choose what is at this address."
NOTHING_LEFT = (
    "Where nothing is known nothing is left of this text. Write what is said instead:"
    " {first_name|…}."
)
NO_FIRST = "Write the answer itself above: these are other ways to say it."


def says(rule: "ResponseRule") -> tuple[Says, ...]:
    """Return what there is of attachment, texts and cards, once for each wording.

    Buttons and quick replies belong to the last text.
    """
    before: Says = ()
    if rule.media_kind:
        before = (Media(rule.media_kind, rule.media_url.strip()),)
    cards = rule.card_list()
    after: Says = (Cards(tuple(cards)),) if cards else ()
    ways: Sequence[Sequence[str]] = syntax.wordings(rule.reply, rule.other_replies) or [[]]
    return tuple((*before, *_texts(rule, texts), *after) for texts in ways)


def _texts(rule: "ResponseRule", texts: Sequence[str]) -> Says:
    *first, last = texts or [""]
    return (*first, _last(rule, last)) if last else ()


def _last(rule: "ResponseRule", text: str) -> str | Content:
    if buttons := syntax.buttons(rule.buttons):
        return Buttons(text, buttons)
    replies = syntax.quick_replies(rule.quick_replies)
    return Text(text, replies) if replies else text


def filled(said: Says, values: Mapping[str, str]) -> Says:
    """Put what is known into the texts."""
    return tuple(each for one in said for each in _filled(one, values))


def _filled(said: str | Content, values: Mapping[str, str]) -> Says:
    if isinstance(said, str):
        return (variables.fill(said, values),)
    if isinstance(said, Text):
        return (replace(said, text=variables.fill(said.text, values)),)
    if isinstance(said, Buttons):
        text = variables.fill(said.text, values)
        # What was put in may make it too long for a text above buttons.
        *before, last = split_text(text, MAX_BUTTON_TEXT) if len(text) > MAX_BUTTON_TEXT else [text]
        return (*before, replace(said, text=last))
    return (said,)


def problems(rule: "ResponseRule", *, has_cards: bool) -> dict[str, list[str]]:
    """Return sentences about Meta's limits under the names of the fields they are about.

    A text that is too long for one message is sent as several, but not under buttons.
    """
    found = {
        "reply": _reply_problems(rule, has_cards=has_cards) + _variable_problems(rule.reply),
        "other_replies": _other_problems(rule),
        "quick_replies": _quick_reply_problems(rule),
        "buttons": button_problems(syntax.buttons(rule.buttons)),
        "media_kind": [NO_KIND] if rule.media_url.strip() and not rule.media_kind else [],
        "media_url": _media_problems(rule),
    }
    return {field: sentences for field, sentences in found.items() if sentences}


def _reply_problems(rule: "ResponseRule", *, has_cards: bool) -> list[str]:
    ways = syntax.wordings(rule.reply, "")
    if syntax.buttons(rule.buttons):
        return button_text_problems(ways[0][-1] if ways else "")
    if not ways:
        if rule.for_comments:
            return [COMMENT_NEEDS_TEXT]
        return [] if rule.media_kind or has_cards else [NOTHING]
    return _comment_problems(ways[0]) if rule.for_comments else []


def _other_problems(rule: "ResponseRule") -> list[str]:
    found = _variable_problems(rule.other_replies)
    for texts in syntax.wordings("", rule.other_replies):
        if not rule.reply.strip():
            return [NO_FIRST]
        if syntax.buttons(rule.buttons):
            found += button_text_problems(texts[-1])
        elif rule.for_comments:
            found += _comment_problems(texts)
    return found


def _variable_problems(text: str) -> list[str]:
    bubbles = [bubble for texts in syntax.wordings("", text) for bubble in texts]
    nothing = any(not variables.fill(bubble, {}).strip() for bubble in bubbles)
    return variables.problems(text) + ([NOTHING_LEFT] if nothing else [])


def _comment_problems(texts: Sequence[str]) -> list[str]:
    size = len(texts[0].encode())
    if len(texts) > 1:
        return [COMMENT_TAKES_ONE]
    if size > MAX_TEXT_BYTES:
        return [f"A comment gets one message of at most {MAX_TEXT_BYTES} bytes; this has {size}."]
    return []


def _quick_reply_problems(rule: "ResponseRule") -> list[str]:
    replies = syntax.quick_replies(rule.quick_replies)
    found = quick_reply_problems(replies)
    if replies and syntax.buttons(rule.buttons):
        found.append(NOT_BOTH)
    elif replies and not rule.reply.strip():
        found.append(CHIPS_NEED_TEXT)
    return found


def _media_problems(rule: "ResponseRule") -> list[str]:
    url = rule.media_url.strip()
    if not rule.media_kind:
        return []
    return Media(rule.media_kind, url).problems() if url else [NO_ADDRESS]
