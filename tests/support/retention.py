"""Old messages, and what of them may be deleted, told once more and slowly."""

from datetime import datetime, timedelta
from typing import Any

from django.db.models import F
from django.utils import timezone

from conversations.models import (
    LATE,
    Conversation,
    FiguresUpkeep,
    Message,
    Origin,
    RetentionUpkeep,
    State,
    Verdict,
)
from conversations.statistics import upkeep as figures
from shop import tuning
from tests.support.talks import ask, say
from webhooks import retention

DAY = timedelta(days=1)
KEPT_DAYS = 30


def keep(**days: int) -> None:
    """Set for how many days things are kept: messages=30."""
    for kind, number in days.items():
        tuning.put(f"keep_{kind}_days", str(number))


def counts() -> None:
    """Let the figures know of all there is."""
    FiguresUpkeep.objects.update(looked_at=None)
    figures.look()
    Conversation.objects.update(counted_version=F("version"))


def looks() -> None:
    """The figures are counted, and the worker deletes what is kept no longer."""
    counts()
    RetentionUpkeep.objects.update(due_at=None)
    retention.look()


def ago(days: float) -> datetime:
    return timezone.now() - days * DAY


def asked(talk: Conversation, days: float, **fields: Any) -> Message:
    """A customer wrote that many days ago, and that was decided then."""
    at = ago(days)
    given: dict[str, Any] = {
        "verdict": Verdict.ANSWERED,
        "at": at,
        "created_at": at,
        "decided_at": at,
    }
    return ask(talk, **(given | {"mid": f"aWdf{Message.objects.count()}"} | fields))


def said(talk: Conversation, days: float, **fields: Any) -> Message:
    at = ago(days)
    given = {"at": at, "created_at": at, "called_at": at, "sent_at": at}
    return say(talk, **(given | {"mid": f"aWdf{Message.objects.count()}"} | fields))


OPEN_STATES = {State.QUEUED, State.SENDING, State.UNKNOWN, State.UNDECIDED, State.FAILED}
OPEN_VERDICTS = {Verdict.UNDECIDED, *LATE}


def must_stay(row: Message, talk: Conversation, now: datetime, days: int) -> str:
    """Say why a message alone must not be deleted; empty: by itself it may be."""
    if row.at >= now - days * DAY:
        return "young"
    told = (row.created_at, row.decided_at, row.called_at, row.sent_at, row.edited_at,
            row.unsent_at)  # fmt: skip
    if any(at and at >= now - 7 * DAY for at in told):
        return "told of lately"
    if row.origin == Origin.CUSTOMER and row.verdict in OPEN_VERDICTS:
        return "open or late"
    if row.origin != Origin.CUSTOMER and row.state in OPEN_STATES:
        return "not sent or not settled"
    if talk.waiting_since and row.at >= talk.waiting_since:
        return "waits"
    return ""
