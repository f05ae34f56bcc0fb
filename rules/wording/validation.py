"""What is wrong with the reply of a rule: what Meta would refuse, and what would say nothing."""

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from instagram.content import (
    Media,
    button_problems,
    button_text_problems,
    quick_reply_problems,
)
from instagram.limits import MAX_TEXT_BYTES
from rules.wording import syntax, variables
from shop.placeholders import find_placeholders

if TYPE_CHECKING:
    from rules.models import ResponseRule, RuleCard

MAX_PUBLIC_REPLY = 300  # characters: our own limit, everybody reads it

NO_REPLY = "Write what the customer gets, or add an attachment or cards."
COMMENT_NEEDS_TEXT = "A comment gets one text: write it."
COMMENT_TAKES_ONE = "A comment gets one message: remove the line ---."
QUICK_REPLIES_NEED_TEXT = "Quick replies need a text above them: write one."
NOT_BOTH = "A text can have quick replies or buttons, not both: choose one of the two."
NO_URL = "Write the URL of the file."
NO_KIND = "Choose what kind of file this is."
EMPTY_WITHOUT_VALUES = (
    "When its variables are unknown, nothing is left of this text. Write what to say then:"
    " {first_name|…}."
)
NO_FIRST_VARIANT = "Write the reply itself above: these are other variants of it."


def find_problems(rule: "ResponseRule", *, has_cards: bool) -> dict[str, list[str]]:
    """Return sentences for staff under the names of the fields that they are about.

    A text that is too long for one message is sent as several, but not under buttons.
    """
    problems = {
        "reply": _reply_problems(rule, has_cards=has_cards) + _variable_problems(rule.reply),
        "other_replies": _other_variant_problems(rule),
        "public_reply": _public_reply_problems(rule.public_reply)
        + variables.find_problems(rule.public_reply),
        "quick_replies": _quick_reply_problems(rule),
        "buttons": _button_problems(rule.buttons),
        "media_kind": [NO_KIND] if rule.media_url.strip() and not rule.media_kind else [],
        "media_url": _media_problems(rule),
    }
    return {field: sentences for field, sentences in problems.items() if sentences}


def find_unknown_placeholders(rule: "ResponseRule") -> Iterator[tuple[str, str]]:
    """Return each field of a rule and its cards with a sentence about what stands there."""
    for field in ("reply", "other_replies", "public_reply"):
        yield from ((field, one) for one in variables.find_problems(getattr(rule, field)))
    taps = syntax.read_quick_replies(rule.quick_replies)
    yield from (("quick_replies", one) for one in _in_short_texts(tap.title for tap in taps))
    yield from (("buttons", one) for one in _find_button_variables(rule.buttons))
    yield from (("media_url", one) for one in find_link_problems(rule.media_url))
    for card in rule.cards.all():
        for sentences in find_card_problems(card).values():
            yield from (("cards", one) for one in sentences)


def find_card_problems(card: "RuleCard") -> dict[str, list[str]]:
    """Return sentences about the variables of a card under the names of its fields."""
    problems = {
        "title": variables.find_problems(card.title),
        "subtitle": variables.find_problems(card.subtitle),
        "image_url": find_link_problems(card.image_url),
        "url": find_link_problems(card.url),
        "buttons": _find_button_variables(card.buttons),
    }
    return {field: sentences for field, sentences in problems.items() if sentences}


def find_link_problems(url: str) -> list[str]:
    """Return a sentence for each placeholder in a link: there is no place for values in it."""
    shown = dict.fromkeys(place.shown for place in find_placeholders(url))
    return [f"A link can have no {one}: write it out." for one in shown]


def _button_problems(buttons: str) -> list[str]:
    return [*button_problems(syntax.read_buttons(buttons)), *_find_button_variables(buttons)]


def _find_button_variables(buttons: str) -> list[str]:
    read = syntax.read_buttons(buttons)
    return [
        *_in_short_texts(button.title for button in read),
        *(problem for button in read for problem in find_link_problems(button.url)),
    ]


def _in_short_texts(titles: Iterable[str]) -> list[str]:
    return [problem for title in titles for problem in variables.find_problems(title)]


def _reply_problems(rule: "ResponseRule", *, has_cards: bool) -> list[str]:
    variants = syntax.read_variants(rule.reply, "")
    if syntax.read_buttons(rule.buttons):
        return button_text_problems(variants[0][-1] if variants else "")
    if not variants:
        if rule.for_comments:
            return [COMMENT_NEEDS_TEXT]
        return [] if rule.media_kind or has_cards else [NO_REPLY]
    return _comment_problems(variants[0]) if rule.for_comments else []


def _other_variant_problems(rule: "ResponseRule") -> list[str]:
    problems = _variable_problems(rule.other_replies)
    for texts in syntax.read_variants("", rule.other_replies):
        if not rule.reply.strip():
            return [NO_FIRST_VARIANT]
        if syntax.read_buttons(rule.buttons):
            problems += button_text_problems(texts[-1])
        elif rule.for_comments:
            problems += _comment_problems(texts)
    return problems


def _variable_problems(text: str) -> list[str]:
    messages = [message for texts in syntax.read_variants("", text) for message in texts]
    is_empty = any(not variables.fill(message, {}).strip() for message in messages)
    return variables.find_problems(text) + ([EMPTY_WITHOUT_VALUES] if is_empty else [])


def _comment_problems(texts: Sequence[str]) -> list[str]:
    size = len(texts[0].encode())
    if len(texts) > 1:
        return [COMMENT_TAKES_ONE]
    if size > MAX_TEXT_BYTES:
        return [f"A comment gets one message of at most {MAX_TEXT_BYTES} bytes; this has {size}."]
    return []


def _public_reply_problems(text: str) -> list[str]:
    sizes = [len(variant) for variant in syntax.read_public_replies(text)]
    return [
        f"A reply below a comment has at most {MAX_PUBLIC_REPLY} characters; one has {size}."
        for size in sizes
        if size > MAX_PUBLIC_REPLY
    ]


def _quick_reply_problems(rule: "ResponseRule") -> list[str]:
    quick_replies = syntax.read_quick_replies(rule.quick_replies)
    problems = quick_reply_problems(quick_replies)
    problems += _in_short_texts(tap.title for tap in quick_replies)
    if quick_replies and syntax.read_buttons(rule.buttons):
        problems.append(NOT_BOTH)
    elif quick_replies and not rule.reply.strip():
        problems.append(QUICK_REPLIES_NEED_TEXT)
    return problems


def _media_problems(rule: "ResponseRule") -> list[str]:
    url = rule.media_url.strip()
    if not rule.media_kind:
        return []
    return [*Media(rule.media_kind, url).problems(), *find_link_problems(url)] if url else [NO_URL]
