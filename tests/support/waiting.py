"""Who waits for a person, counted once more and slowly: in plain Python, over every message."""

from collections.abc import Sequence
from datetime import datetime

from conversations.models import Conversation, Message

NEEDS_ONE = {"no_answer", "fallback", "paused", "too_old", "off", "failed"}
TO_COMMENTS = {"private_reply", "public_reply"}


def who_waits(talk: Conversation) -> tuple[datetime | None, bool]:
    """Return since when this customer waits for a person, and whether a flag is a reason."""
    rows = list(Message.objects.filter(conversation=talk))
    theirs = [row for row in rows if row.origin == "customer" and row.unsent_at is None]
    open_ones = [row for row in theirs if needs_answer(row, rows) and not is_served(row, rows)]
    times = [row.at for row in open_ones]
    flagged = any(row.flagged for row in open_ones)
    at = talk.flagged_at
    if at is not None and not any(row.at > at for row in talks_of_persons(rows)):
        flagged = True
        before = [row.at for row in theirs if row.at <= at]
        times.append(max(before) if before else min(talk.last_inbound_at or at, at))
    return min(times, default=None), flagged


def needs_answer(question: Message, rows: Sequence[Message]) -> bool:
    if question.verdict == "undecided" or question.done_at is not None:
        return False
    if question.verdict in NEEDS_ONE or question.flagged:
        return True
    with_its_answer = {question.pk, question.why.get("answered_with")}
    return any(
        row.origin == "bot"
        and row.in_reply_to_id in with_its_answer
        and row.state in ("failed", "cancelled")
        for row in rows
    )


def is_served(question: Message, rows: Sequence[Message]) -> bool:
    if question.kind == "comment":
        return any(
            row.in_reply_to_id == question.pk and row.kind in TO_COMMENTS for row in persons(rows)
        )
    return any(
        row.at > (question.at if row.origin == "app" else question.found_at or question.at)
        for row in talks_of_persons(rows)
    )


def talks_of_persons(rows: Sequence[Message]) -> list[Message]:
    return [row for row in persons(rows) if row.kind not in TO_COMMENTS]


def persons(rows: Sequence[Message]) -> list[Message]:
    """Return what people have said, or are about to say."""
    return [
        row
        for row in rows
        if (row.origin == "staff" or (row.origin == "app" and not row.reason))
        and row.state not in ("failed", "cancelled", "undecided")
        and row.unsent_at is None
    ]


def check_who_waits() -> None:
    """Compare what each conversation says with the slow recount."""
    for talk in Conversation.objects.all():
        assert (talk.waiting_since, talk.needs_person) == who_waits(talk), talk
