"""Decides: every question gets one verdict, and the answer is written in the same transaction."""

import json
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import structlog
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from conversations import engine, sql, tuning
from conversations.leases import Lease
from conversations.models import (
    COMMENT,
    PRIVATE_REPLY,
    PUBLIC_REPLY,
    Conversation,
    Message,
    Origin,
    State,
    Verdict,
)
from instagram import content
from instagram.content import Buttons, Text
from instagram.limits import PRIVATE_REPLY_WINDOW, WINDOW, WINDOW_MARGIN, split_text

log = structlog.get_logger("replying")

HISTORY = 20  # messages handed to the engine
Part = tuple[str, str, dict[str, Any]]  # of an answer: kind, text, and what is beside the text

DECIDE = """
UPDATE conversations_message SET verdict = %s, reason = %s, decided_at = %s
WHERE id = %s AND verdict = 'undecided'"""


def decide(
    conversation: Conversation, questions: Sequence[Message], lease: Lease[Conversation]
) -> tuple[list[Message], datetime | None]:
    """Decide the undecided questions in order; return what was written to be sent.

    A customer who is still writing is waited for: nothing is decided until the waiting time has
    passed since the newest question, which is then returned beside the empty list.
    """
    if not questions:
        return [], None
    now = timezone.now()
    newest = max(question.created_at for question in questions)
    ripe = newest + timedelta(seconds=tuning.get("waiting_seconds"))
    if now < ripe:
        return [], ripe
    written = []
    for question in questions:
        verdict, reason, answer = _judge(conversation, question, now)
        written += _write(question, verdict, reason, answer, lease)
        log.info(
            "decided",
            message=question.pk,
            verdict=verdict.value,
            rule=answer.rule if answer else None,
        )
    return written, None


def _judge(
    conversation: Conversation, question: Message, now: datetime
) -> tuple[Verdict, str, engine.Answer | None]:
    limit = timedelta(minutes=tuning.get("age_limit_minutes"))
    if now - (question.released_at or question.at) > limit:
        minutes = int(limit.total_seconds() // 60)
        return Verdict.TOO_OLD, f"It was older than {minutes} minutes when instabot saw it.", None
    if question.kind != COMMENT and conversation.other_app_at:
        return Verdict.STANDBY, "Another app answers in this conversation.", None
    if conversation.bot_is_paused(now):
        return Verdict.PAUSED, f"The bot was paused by {conversation.bot_paused_by}.", None
    answer = engine.ask(_asked(conversation, question))
    if answer is None:
        return Verdict.NO_ANSWER, "No rule matched.", None
    return Verdict.ANSWERED, answer.reason, answer


def _asked(conversation: Conversation, question: Message) -> engine.Question:
    return engine.Question(
        text=question.text,
        kind=question.kind,
        payload=question.payload,
        at=question.at,
        customer=conversation.customer_id,
        referral=conversation.referral_ref,
        history=engine.History(lambda: history(question)),
    )


def history(question: Message) -> list[engine.Said]:
    """Read the latest messages before this one, oldest first; ours count up to now."""
    before = Q(at__lte=question.at) | ~Q(origin=Origin.CUSTOMER)
    thread = Message.objects.filter(before, conversation=question.conversation_id)
    # Never said, or taken back.
    thread = thread.exclude(state__in=[State.FAILED, State.CANCELLED]).filter(unsent_at=None)
    rows = thread.exclude(pk=question.pk).order_by("-at", "-pk")
    latest = rows.values_list("origin", "text", "at")[:HISTORY]
    return [engine.Said(by, text, at) for by, text, at in reversed(latest)]


@transaction.atomic(durable=True)
def _write(
    question: Message,
    verdict: Verdict,
    reason: str,
    answer: engine.Answer | None,
    lease: Lease[Conversation],
) -> list[Message]:
    now = timezone.now()
    Conversation.objects.renew(lease, now)
    if not sql.change(DECIDE, verdict, reason, now, question.pk) or answer is None:
        return []  # without an answer, or unsent meanwhile
    of_comment = question.kind == COMMENT
    parts = _comment_parts(answer) if of_comment else map(content.row, answer.messages())
    return [
        _queue(question, part, position, answer.rule, now) for position, part in enumerate(parts)
    ]


def _comment_parts(answer: engine.Answer) -> list[Part]:
    """A comment takes one private reply, a text; more would be refused (Private Replies)."""
    texts = [said.text for said in answer.messages() if isinstance(said, Text | Buttons)]
    parts: list[Part] = [(PRIVATE_REPLY, text, {}) for text in texts[:1]]
    if answer.public_reply.strip():
        parts.append((PUBLIC_REPLY, split_text(answer.public_reply.strip())[0], {}))
    return parts


def _queue(
    question: Message, part: Part, position: int, rule: int | None, now: datetime
) -> Message:
    kind, text, rest = part
    columns = {
        "conversation_id": question.conversation_id,
        "origin": Origin.BOT,
        "kind": kind,
        "text": text,
        "at": now,
        "created_at": now,
        "in_reply_to_id": question.pk,
        "position": position,
        "rule": rule,
        "state": State.QUEUED,
    }
    # A plain text, which most are, leaves the column to its default.
    beside = {"content": json.dumps(rest)} if rest else {}
    return Message(pk=Message.objects.insert(columns | beside), content=rest, **columns)


@transaction.atomic(durable=True)
def give_up(lease: Lease[Conversation], reason: str) -> bool:
    """The conversation keeps failing: its oldest open row fails, and a person is asked.

    Returns whether there was such a row.
    """
    now = timezone.now()
    Conversation.objects.renew(lease, now)
    Conversation.objects.filter(pk=lease.pk).update(needs_person=True)
    rows = Message.objects.filter(conversation=lease.pk).order_by("at", "pk")
    if question := rows.filter(verdict=Verdict.UNDECIDED).first():
        sql.change(DECIDE, Verdict.FAILED, reason, now, question.pk)
        return True
    if queued := rows.filter(state=State.QUEUED).first():
        Message.objects.filter(pk=queued.pk, state=State.QUEUED).update(
            state=State.FAILED, error=reason
        )
        return True
    return False


def answer_late(questions: QuerySet[Any]) -> int:
    """Staff want these answered by the rules after all; return how many are.

    Those stay whose window has closed: Instagram would refuse the answer.
    """
    now = timezone.now()
    taken = Q(conversation__last_inbound_at__gt=now - WINDOW + WINDOW_MARGIN) | Q(
        kind=COMMENT, at__gt=now - PRIVATE_REPLY_WINDOW + WINDOW_MARGIN
    )
    with transaction.atomic():
        rows = questions.filter(taken, verdict=Verdict.TOO_OLD)
        chosen = dict(rows.values_list("pk", "conversation"))
        released = Message.objects.filter(pk__in=chosen, verdict=Verdict.TOO_OLD).update(
            verdict=Verdict.UNDECIDED, released_at=now, reason="", decided_at=None
        )
        for conversation in set(chosen.values()):
            Conversation.objects.wake(conversation, now)
    return released


def leave_late(questions: QuerySet[Any], by: str) -> int:
    """Staff leave these without an answer; return how many they were."""
    rows = questions.filter(verdict=Verdict.TOO_OLD).order_by()
    return rows.update(verdict=Verdict.KEPT, reason=f"Left without an answer by {by}.")
