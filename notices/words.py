"""What a person is told: how many wait, where, and the way there; nothing that a customer said."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from django.conf import settings
from django.urls import reverse

from backoffice import ages
from notices.occasions import Occasion

if TYPE_CHECKING:
    from notices.models import PersonalNotice

MOST_LINES = 10
QUEUE = "admin:conversations_conversation_changelist"
# What comes first, and how many there are: of one, and of more.
COUNTED = {
    Occasion.CLOSES: ("1 window closes", "{} windows close"),
    Occasion.MENTION: ("1 note names you", "{} notes name you"),
    Occasion.WAITS: ("1 customer waits too long", "{} customers wait too long"),
}


def title(notices: Sequence["PersonalNotice"], now: datetime) -> str:
    if len(notices) == 1:
        said = _say(notices[0], now)
        return f"instabot: {said[0].lower()}{said[1:]}"
    counts = Counter(Occasion(one.occasion) for one in notices)
    said = ", ".join(
        one if counts[occasion] == 1 else more.format(counts[occasion])
        for occasion, (one, more) in COUNTED.items()
        if occasion in counts
    )
    return f"instabot: {said}"


def text(notices: Sequence["PersonalNotice"], now: datetime) -> str:
    order = list(COUNTED)
    shown = sorted(notices, key=lambda one: order.index(Occasion(one.occasion)))[:MOST_LINES]
    lines = [f"{_say(one, now)}: {_link(one)}" for one in shown]
    if len(notices) > MOST_LINES:
        lines.append(f"And {len(notices) - MOST_LINES} more: {_at(reverse(QUEUE))}")
    page = _at(reverse("admin:notices_listener_changelist"))
    return "\n\n".join([*lines, f"What you are told, and when: {page}"])


def _say(one: "PersonalNotice", now: datetime) -> str:
    talk = one.conversation
    customer = f"customer of {talk.account}"
    waited = ages.span(now - (talk.waiting_since or now))
    if one.occasion == Occasion.WAITS:
        return f"A {customer} has waited {waited}"
    if one.occasion == Occasion.CLOSES:
        left = ages.remaining((talk.answers_until() or now) - now)
        return f"The window of a {customer} who has waited {waited} closes in {left}"
    return f"A note about a {customer} names you"


def _link(one: "PersonalNotice") -> str:
    if one.mention_id is not None:
        return _at(reverse("admin:conversations_mention_change", args=[one.mention_id]))
    return _at(reverse("admin:conversations_conversation_change", args=[one.conversation_id]))


def _at(path: str) -> str:
    return f"{settings.PUBLIC_URL}{path}"
