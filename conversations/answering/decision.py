"""Decides: every question gets one verdict, and the answer is written in the same transaction."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import structlog
from django.db import transaction
from django.utils import timezone

from conversations import bot_pause, opt_out, outbox, waiting
from conversations.account import indicators
from conversations.answering import bursts, verdicts
from conversations.answering.bursts import Judged, Patience
from conversations.answering.composition import compose
from conversations.answering.disclosure import disclosure
from conversations.engine import OptOut
from conversations.models import (
    COMMENT,
    MAX_LABEL,
    Conversation,
    Label,
    Message,
    State,
    Verdict,
)
from conversations.outbox import Marked, Pass, states
from metrics import series
from shop import tuning
from workqueue.leases import Lease

log = structlog.get_logger("answering")


@dataclass(frozen=True, slots=True)
class Decided:
    """What came of it: messages to be sent, one that is marked already; or when to look again.

    stopped: what the bot had queued before is cancelled.
    """

    queue: Sequence[Message] = ()
    first: Marked | None = None
    ripe: datetime | None = None
    stopped: bool = False


def decide(
    conversation: Conversation,
    questions: Sequence[Message],
    lease: Lease[Conversation],
    *,
    alone: bool = False,
    together: bool = True,
) -> Decided:
    """Decide the undecided questions in order; return what was written to be sent.

    What Meta has only announced is waited for, and holds nothing else back. alone: nothing else is
    open in this conversation, so that the answer may be marked as being sent when it is written.
    together: what was said in one go is read together.
    """
    there, until = bursts.there(questions, timezone.now())
    if not there:
        return Decided(ripe=until)
    decided = _decide(conversation, there, lease, alone=alone, together=together)
    ripe = min((time for time in (decided.ripe, until) if time), default=None)
    return replace(decided, ripe=ripe)


def _decide(
    conversation: Conversation,
    questions: Sequence[Message],
    lease: Lease[Conversation],
    *,
    alone: bool,
    together: bool,
) -> Decided:
    """A customer who is still writing is waited for: nothing is decided until then."""
    now, patience = timezone.now(), _patience()
    ripe = bursts.ripe(questions, patience)
    if now < ripe:
        if any(question.kind != COMMENT for question in questions):
            indicators.typing(conversation)
        return Decided(ripe=ripe)
    queue: list[Message] = []
    first, stopped = None, False
    for burst in bursts.split(questions, patience, together=together):
        judged = verdicts.judge(conversation, burst, now)
        written = write(conversation, judged, lease, at_once=alone)
        if written is None:
            return Decided(queue, ripe=now, stopped=stopped)
        messages, first = written
        if any(one.opt_out == OptOut.STOP for one in judged):
            queue, stopped = [], True
        queue += messages
        _tell(conversation, judged)
    return Decided(queue[1:] if first else queue, first, stopped=stopped)


def _patience() -> Patience:
    silence, longest = tuning.get("waiting_seconds"), tuning.get("waiting_most_seconds")
    return Patience(timedelta(seconds=silence), timedelta(seconds=longest))


def _tell(conversation: Conversation, judged: Iterable[Judged]) -> None:
    for one in judged:
        rule = one.answer.rule if one.answer else None
        log.info("decided", message=one.question.pk, verdict=one.verdict.value, rule=rule)
        series.verdicts.labels(one.verdict.value).inc()
    if any(one.answer and one.question.kind != COMMENT for one in judged):
        indicators.seen(conversation)


@transaction.atomic(durable=True)
def write(
    conversation: Conversation,
    judged: Sequence[Judged],
    lease: Lease[Conversation],
    *,
    at_once: bool,
) -> tuple[list[Message], Marked | None] | None:
    """Write the verdicts and the answers, the first message as being sent where it may be.

    None, and nothing written: one of the messages was unsent or edited meanwhile, so they are
    another question, or the bot was switched off.
    """
    now = timezone.now()
    fresh = Conversation.objects.renew(lease, now)
    if fresh.bot_off_by and any(one.answer for one in judged):
        return None
    for one in judged:
        if not Message.objects.decide(
            one.question, one.verdict, one.reason, one.why, now,
            flagged=one.needs_person, done=one.is_done(),
        ):  # fmt: skip
            transaction.set_rollback(True)
            return None
    changes = _obey_opt_out(fresh, judged, now)  # first: the gate asks for it
    first_words = disclosure(fresh, judged, now)
    messages = list(compose(judged, first_words, now))
    first = _write_messages(fresh, messages, now, at_once=at_once)
    # A private reply may have had no room for them.
    disclosed = bool(first_words and messages and messages[0].text.startswith(first_words))
    changes |= _follow_up(fresh, judged, now, disclosed=disclosed)
    for name, value in changes.items():  # for what is decided next in this turn
        setattr(conversation, name, value)
    return messages, first


def _obey_opt_out(
    conversation: Conversation, judged: Iterable[Judged], now: datetime
) -> dict[str, Any]:
    """Write down that the customer opts out, or no longer does; return what was changed.

    What the bot has not sent yet does not go out after STOP, but for the answer to it.
    """
    last = next((one for one in judged if one.opt_out), None)
    if last is None:
        return {}
    if last.opt_out == OptOut.STOP:
        states.cancel_of_bot(conversation.pk, opt_out.OPTED_OUT)
        changes = opt_out.begin(conversation.pk, last.question.pk, now)
    else:
        changes = opt_out.lift(conversation.pk)
    for name, value in changes.items():
        setattr(conversation, name, value)
    return dict(changes)


def _write_messages(
    conversation: Conversation, messages: Sequence[Message], now: datetime, *, at_once: bool
) -> Marked | None:
    """Write what is to be sent; return the first message's call, where it may go at once."""
    passed = outbox.ask(conversation, messages[0], now) if at_once and messages else None
    first = outbox.mark(messages[0], passed) if isinstance(passed, Pass) else None
    for message in messages[1:] if first else messages:
        states.queue(message)
    return first


def _follow_up(
    conversation: Conversation, judged: Iterable[Judged], now: datetime, *, disclosed: bool
) -> dict[str, Any]:
    """Mark, pause and label the conversation, as the answers want; return what was changed."""
    changes: dict[str, Any] = {"disclosed_at": now} if disclosed else {}
    if changes:
        Conversation.objects.filter(pk=conversation.pk).update(**changes)
    answers = [answer for one in judged if one.answer for answer in one.answer.all()]
    longest = max(answers, key=lambda answer: answer.pause_hours, default=None)
    if longest:
        changes |= bot_pause.pause_by_rule(conversation, longest.by, longest.pause_hours, now)
    # In one order, so that two conversations with new labels do not wait for each other.
    for name in sorted({answer.label[:MAX_LABEL] for answer in answers if answer.label}):
        label = Label.objects.named(name)
        _, is_new = Conversation.labels.through.objects.get_or_create(
            conversation_id=conversation.pk, label_id=label.pk
        )
        if is_new:
            Conversation.objects.relabel(conversation.pk)
    # What is answered, as nearly everything, changes nothing of who waits.
    if any(one.needs_answer() or one.opt_out for one in judged):
        changes |= waiting.recount(conversation.pk)
    return changes


@transaction.atomic(durable=True)
def give_up(lease: Lease[Conversation], reason: str) -> bool:
    """The conversation keeps failing: its oldest open row fails, and a person is asked.

    Returns whether there was such a row.
    """
    now = timezone.now()
    Conversation.objects.renew(lease, now)
    rows = Message.objects.filter(conversation=lease.pk).order_by("at", "pk")
    if question := rows.filter(verdict=Verdict.UNDECIDED).first():
        Message.objects.decide(question, Verdict.FAILED, reason, {}, now, flagged=True)
        series.verdicts.labels(Verdict.FAILED.value).inc()
        waiting.recount(lease.pk)
        return True
    queued = rows.filter(state=State.QUEUED).first()
    if queued:
        states.give_up(queued, reason)
    waiting.flag(lease.pk, now)
    return queued is not None
