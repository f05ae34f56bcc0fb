"""What stands around the field in which staff write: where a reply may go, and what was said."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings

from backoffice import people
from backoffice.ages import MINUTE, clock, stamp, time_since
from conversations import outbox
from conversations.display import names
from conversations.display.thread import Thread
from conversations.models import (
    PRIVATE_REPLY,
    PUBLIC_REPLY,
    Conversation,
    Message,
    Origin,
    State,
)
from instagram.limits import HUMAN_AGENT_WINDOW, WINDOW, WINDOW_MARGIN
from workqueue import sql

EXCERPT = 40  # characters of a comment that one chooses


@dataclass(frozen=True, slots=True)
class Place:
    """Where a reply can go. problem: why it cannot at present; empty: it can."""

    value: str
    title: str
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """One message of a conflict."""

    who: str
    text: str


@dataclass(frozen=True, slots=True)
class Conflict:
    """What was said while somebody was writing; seen: its last message."""

    sentence: str
    lines: list[Line]
    seen: int


def read_conflict(conversation: Conversation, said: Sequence[Message], now: datetime) -> Conflict:
    lines = [Line(_who(one, conversation), names.excerpt(one, 300)) for one in said]
    return Conflict(_sentence(conversation, said, now), lines, max(one.pk for one in said))


def _sentence(conversation: Conversation, said: Sequence[Message], now: datetime) -> str:
    """Say who was faster; a colleague's reply is what one must know first."""
    for one in reversed(said):
        if one.origin == Origin.STAFF:
            return f"{people.called(one.staff)} replied {_ago(one, now)}."
        if one.origin == Origin.APP:
            return f"{names.origin(one)}: a reply was sent {_ago(one, now)}."
    if any(one.origin == Origin.CUSTOMER for one in said):
        return f"{conversation} has written in the meantime."
    return f"The bot replied {_ago(said[-1], now)}."


def _ago(message: Message, now: datetime) -> str:
    passed = now - message.at
    seconds = int(passed.total_seconds())
    return f"{seconds} s ago" if 1 < seconds < MINUTE.total_seconds() else time_since(passed)


def _who(message: Message, conversation: Conversation) -> str:
    if message.origin == Origin.CUSTOMER:
        return str(conversation)
    if message.origin == Origin.STAFF:
        return people.called(message.staff)
    return names.origin(message)


def why_closed(conversation: Conversation, now: datetime) -> str:
    """Return why no direct message can be sent now, and since when; empty: one can."""
    if stopped := outbox.why_stopped(conversation.account_id):
        return stopped
    problem = outbox.why_closed(conversation, now, person=True)
    since = conversation.last_inbound_at
    if not problem or since is None:
        return problem
    last = since + HUMAN_AGENT_WINDOW - WINDOW_MARGIN
    if settings.HUMAN_AGENT:
        return f"{problem} It closed on {stamp(last)}. You can reply when the customer writes."
    said = f"{problem} It closed on {stamp(since + WINDOW - WINDOW_MARGIN)}."
    if now < last:
        until = stamp(last)
        said += f" With Meta's Human Agent permission (HUMAN_AGENT) you could reply until {until}."
    return f"{said} You can reply when the customer writes."


def say_window(conversation: Conversation, now: datetime) -> str:
    """Say who sees a reply, and until when it can be sent; empty: not, or as a person's alone."""
    until = conversation.answers_until()
    if until is None or until <= now:
        return ""
    return f"The customer sees this. Open until {clock(until, now)}."


def say_late(conversation: Conversation, now: datetime) -> str:
    """Say that a reply goes out as a person's; empty: the window is open, or all is over."""
    since = conversation.last_inbound_at
    if since is None or conversation.may_answer(now):
        return ""
    until = stamp(since + HUMAN_AGENT_WINDOW - WINDOW_MARGIN)
    return (
        "More than 24 hours have passed: your reply goes out as a person's (Human Agent tag)."
        f" Possible until {until}."
    )


def places(conversation: Conversation, now: datetime) -> list[Place]:
    """Return where a reply can go, the direct message first; one alone needs no choice."""
    found = [Place("", "Direct message", why_closed(conversation, now))]
    stopped = outbox.why_stopped(conversation.account_id)
    for comment in outbox.open_comments(conversation.pk, now):
        said, pk = names.excerpt(comment.message, EXCERPT), comment.message.pk
        why_not = stopped or comment.why_not_privately
        found += [
            Place(f"{PRIVATE_REPLY}:{pk}", f"Private reply to the comment “{said}”", why_not),
            Place(f"{PUBLIC_REPLY}:{pk}", f"Public reply below the comment “{said}”", stopped),
        ]
    return found


def read_place(value: str) -> tuple[str, int | None]:
    """Return the kind of a reply and its comment, as places() names them; nonsense: a text."""
    kind, _, comment = value.partition(":")
    if kind not in (PRIVATE_REPLY, PUBLIC_REPLY):
        return "text", None
    return kind, sql.row_id(comment) or 0


def last_failed(thread: Thread) -> Message | None:
    """Return what a person last wrote at the end of a thread, if it was not sent."""
    if not thread.is_newest:
        return None
    for entry in reversed(thread.entries):
        message = entry.message
        if message.origin == Origin.STAFF:
            return message if message.state == State.FAILED else None
        if message.origin == Origin.APP and message.state != State.UNDECIDED:
            return None
    return None
