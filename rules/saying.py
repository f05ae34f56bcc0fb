"""What a rule says, message by message, and what Meta would refuse of it."""

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
from instagram.limits import MAX_TEXT_BYTES
from rules import lines

if TYPE_CHECKING:
    from rules.models import ResponseRule

NOTHING = "Write what the customer gets, or add an attachment or cards."
COMMENT_NEEDS_TEXT = "A comment gets one text: write it."
CHIPS_NEED_TEXT = "Quick replies stand under a text: write one."
NOT_BOTH = (
    "Quick replies stand under a plain text only, and buttons make another message of it: choose"
    " one of the two."
)
NO_ADDRESS = "Write where the attachment is on the web."
NO_KIND = "Choose what is at this address."


def says(rule: "ResponseRule") -> tuple[str | Content, ...]:
    """Return attachment, text with its buttons or quick replies, cards: what there is of them."""
    said: list[str | Content] = []
    if rule.media_kind:
        said.append(Media(rule.media_kind, rule.media_url.strip()))
    if rule.reply.strip():
        said.append(_text(rule))
    if cards := rule.card_list():
        said.append(Cards(tuple(cards)))
    return tuple(said)


def _text(rule: "ResponseRule") -> str | Content:
    if buttons := lines.buttons(rule.buttons):
        return Buttons(rule.reply, buttons)
    replies = lines.quick_replies(rule.quick_replies)
    return Text(rule.reply, replies) if replies else rule.reply


def problems(rule: "ResponseRule", *, has_cards: bool) -> dict[str, list[str]]:
    """Return sentences about Meta's limits under the names of the fields they are about.

    A text that is too long for one message is sent as several, but not under buttons.
    """
    found = {
        "reply": _reply_problems(rule, has_cards=has_cards),
        "quick_replies": _quick_reply_problems(rule),
        "buttons": button_problems(lines.buttons(rule.buttons)),
        "media_kind": [NO_KIND] if rule.media_url.strip() and not rule.media_kind else [],
        "media_url": _media_problems(rule),
    }
    return {field: sentences for field, sentences in found.items() if sentences}


def _reply_problems(rule: "ResponseRule", *, has_cards: bool) -> list[str]:
    size = len(rule.reply.encode())
    if lines.buttons(rule.buttons):
        return button_text_problems(rule.reply)
    if not rule.reply.strip():
        if rule.for_comments:
            return [COMMENT_NEEDS_TEXT]
        return [] if rule.media_kind or has_cards else [NOTHING]
    if rule.for_comments and size > MAX_TEXT_BYTES:
        return [f"A comment gets one message of at most {MAX_TEXT_BYTES} bytes; this has {size}."]
    return []


def _quick_reply_problems(rule: "ResponseRule") -> list[str]:
    replies = lines.quick_replies(rule.quick_replies)
    found = quick_reply_problems(replies)
    if replies and lines.buttons(rule.buttons):
        found.append(NOT_BOTH)
    elif replies and not rule.reply.strip():
        found.append(CHIPS_NEED_TEXT)
    return found


def _media_problems(rule: "ResponseRule") -> list[str]:
    url = rule.media_url.strip()
    if not rule.media_kind:
        return []
    return Media(rule.media_kind, url).problems() if url else [NO_ADDRESS]
