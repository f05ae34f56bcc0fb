"""Decides: every question gets one verdict, and the answer is written in the same transaction."""

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import structlog
from django.db import transaction
from django.utils import timezone

from conversations import asking, bursts, engine, outbox, signs, sql, tuning
from conversations.bursts import Judged
from conversations.disclosing import disclosure
from conversations.leases import Lease
from conversations.models import (
    COMMENT,
    PRIVATE_REPLY,
    PUBLIC_REPLY,
    UNANSWERED,
    Conversation,
    Label,
    Message,
    Origin,
    State,
    Verdict,
)
from conversations.outbox import Held, Marked, Pass, Refused
from instagram import content
from instagram.content import Buttons, Text
from instagram.limits import MAX_TEXT_BYTES, split_text

log = structlog.get_logger("replying")

Part = tuple[str, str, dict[str, Any]]  # of an answer: kind, text, and what is beside the text
TWICE = "Two questions in a row had no answer: a person is asked."

DECIDE = """
UPDATE conversations_message SET verdict = %s, reason = %s, why = %s, decided_at = %s
WHERE id = %s AND verdict = 'undecided'"""


@dataclass(frozen=True, slots=True)
class Decided:
    """What came of it: messages to be sent, one that is marked already; or when to look again."""

    queue: Sequence[Message] = ()
    first: Marked | None = None
    ripe: datetime | None = None


def decide(
    conversation: Conversation,
    questions: Sequence[Message],
    lease: Lease[Conversation],
    *,
    alone: bool = False,
) -> Decided:
    """Decide the undecided questions in order; return what was written to be sent.

    A customer who is still writing is waited for: nothing is decided until then. alone: nothing
    else is open in this conversation, so that the answer may be marked as being sent when it is
    written.
    """
    if not questions:
        return Decided()
    now, ripe = timezone.now(), bursts.ripe(questions)
    if now < ripe:
        if any(question.kind != COMMENT for question in questions):
            signs.typing(conversation)
        return Decided(ripe=ripe)
    queue: list[Message] = []
    first = None
    for burst in bursts.split(questions):
        judged = bursts.combine(_judge(conversation, question, now) for question in burst)
        judged = _twice_without(conversation, judged)
        written = _write(conversation, judged, lease, at_once=alone)
        if written is None:
            return Decided(queue, ripe=now)
        messages, first = written
        queue += messages
        _tell(conversation, judged)
    return Decided(queue[1:] if first else queue, first)


def _tell(conversation: Conversation, judged: Iterable[Judged]) -> None:
    for one in judged:
        rule = one.answer.rule if one.answer else None
        log.info("decided", message=one.question.pk, verdict=one.verdict.value, rule=rule)
    if any(one.answer and one.question.kind != COMMENT for one in judged):
        signs.seen(conversation)


def _judge(conversation: Conversation, question: Message, now: datetime) -> Judged:
    limit = timedelta(minutes=tuning.get("age_limit_minutes"))
    if now - (question.released_at or question.at) > limit:
        minutes = int(limit.total_seconds() // 60)
        reason = f"It was older than {minutes} minutes when instabot saw it."
        return Judged(question, Verdict.TOO_OLD, reason)
    if question.kind != COMMENT and conversation.other_app_at:
        return Judged(question, Verdict.STANDBY, "Another app answers in this conversation.")
    if conversation.bot_is_paused(now):
        reason = f"The bot was paused by {conversation.bot_paused_by}."
        return Judged(question, Verdict.PAUSED, reason)
    answer = engine.ask(asking.question(conversation, question))
    if isinstance(answer, engine.NoAnswer):
        verdict = Verdict.NO_ANSWER
        return Judged(question, verdict, answer.reason, None, answer.needs_person, answer.why)
    verdict = Verdict.FALLBACK if answer.fallback else Verdict.ANSWERED
    return Judged(question, verdict, answer.reason, answer, answer.needs_person, answer.why)


def _twice_without(conversation: Conversation, judged: list[Judged]) -> list[Judged]:
    """Ask for a person where neither these nor the question before had an answer."""
    talk = [one for one in judged if one.question.kind != COMMENT]
    lost = bool(talk) and all(one.verdict in UNANSWERED for one in talk)
    if not lost or conversation.needs_person or any(one.needs_person for one in talk):
        return judged
    if not asking.unanswered_before([one.question for one in judged]):
        return judged
    last = talk[-1]
    reason = f"{last.reason}. {TWICE}" if last.answer else TWICE
    asked = replace(last, reason=reason, needs_person=True)
    return [asked if one is last else one for one in judged]


@transaction.atomic(durable=True)
def _write(
    conversation: Conversation,
    judged: Sequence[Judged],
    lease: Lease[Conversation],
    *,
    at_once: bool,
) -> tuple[list[Message], Marked | None] | None:
    """Write the verdicts and the answers, the first message as being sent where it may be.

    None, and nothing written: one of the messages was unsent meanwhile, so the rest is another
    question.
    """
    now = timezone.now()
    fresh = Conversation.objects.renew(lease, now)
    for one in judged:
        why = json.dumps(one.why)
        if not sql.change(DECIDE, one.verdict, one.reason, why, now, one.question.pk):
            transaction.set_rollback(True)
            return None
    first_words = disclosure(fresh, judged, now)
    messages = list(_messages(judged, first_words, now))
    passed = outbox.ask(fresh, messages[0], now) if at_once and messages else None
    for message in messages:
        _insert(message, passed if message is messages[0] else None)
    changes = _afterwards(fresh, judged, now, disclosed=bool(first_words and messages))
    for name, value in changes.items():  # for what is decided next in this turn
        setattr(conversation, name, value)
    return messages, outbox.on_record(messages[0], passed) if isinstance(passed, Pass) else None


def _messages(judged: Iterable[Judged], first_words: str, now: datetime) -> Iterator[Message]:
    for one in judged:
        if one.answer is None:
            continue
        if one.question.kind == COMMENT:
            parts = comment_parts(one.answer, first_words)
        else:
            parts = [*map(content.row, one.answer.messages())]
            if first_words:
                yield _message(one.question, ("text", first_words, {}), 0, None, now)
        begin = 1 if first_words and one.question.kind != COMMENT else 0
        first_words = ""
        for position, part in enumerate(parts, begin):
            yield _message(one.question, part, position, one.answer, now)


def comment_parts(answer: engine.Answer, first_words: str) -> list[Part]:
    """A comment takes one private reply, a text; more would be refused (Private Replies)."""
    texts = [said.text for said in answer.messages() if isinstance(said, Text | Buttons)]
    parts: list[Part] = [(PRIVATE_REPLY, _begun_with(first_words, text), {}) for text in texts[:1]]
    if answer.public_reply.strip():
        parts.append((PUBLIC_REPLY, split_text(answer.public_reply.strip())[0], {}))
    return parts


def _begun_with(first_words: str, text: str) -> str:
    """Put both into the one message, where they fit."""
    both = f"{first_words}\n\n{text}" if first_words else text
    return both if len(both.encode()) <= MAX_TEXT_BYTES else text


def _message(
    question: Message, part: Part, position: int, answer: engine.Answer | None, now: datetime
) -> Message:
    kind, text, beside = part
    return Message(
        conversation_id=question.conversation_id,
        origin=Origin.BOT,
        kind=kind,
        text=text,
        content=beside,
        at=now,
        created_at=now,
        in_reply_to=question,
        position=position,
        rule=answer.rule if answer else None,
        variant=answer.variant if answer else None,
        state=State.QUEUED,
    )


def _insert(message: Message, passed: Pass | Held | Refused | None) -> None:
    names = ["conversation_id", "origin", "kind", "text", "at", "created_at", "in_reply_to_id"]
    columns = {name: getattr(message, name) for name in [*names, "position", "rule", "variant"]}
    if message.content:  # most are plain texts, and leave the column to its default
        columns["content"] = json.dumps(message.content)
    if isinstance(passed, Pass):
        message.state = State.SENDING
        columns |= {"called_at": passed.slot, "tries": 1}
    message.pk = Message.objects.insert(columns | {"state": message.state})


def _afterwards(
    conversation: Conversation, judged: Iterable[Judged], now: datetime, *, disclosed: bool
) -> dict[str, Any]:
    """Mark, pause and label the conversation, as the answers want; return what was changed."""
    changes: dict[str, Any] = {"disclosed_at": now} if disclosed else {}
    if any(one.needs_person for one in judged):
        changes["needs_person"] = True
    answers = [one.answer for one in judged if one.answer]
    longest = max(answers, key=lambda answer: answer.pause_hours, default=None)
    # A person who has just paused it keeps the last word.
    if longest and longest.pause_hours and not conversation.bot_is_paused(now):
        until = now + timedelta(hours=longest.pause_hours)
        changes |= {
            "bot_paused_until": until,
            "bot_paused_by": longest.by,
            "last_word_at": now,
        }
    if changes:
        Conversation.objects.filter(pk=conversation.pk).update(**changes)
    for name in {answer.label for answer in answers if answer.label}:
        label, _ = Label.objects.get_or_create(name=name)
        Conversation.labels.through.objects.get_or_create(
            conversation_id=conversation.pk, label_id=label.pk
        )
    return changes


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
        sql.change(DECIDE, Verdict.FAILED, reason, "{}", now, question.pk)
        return True
    if queued := rows.filter(state=State.QUEUED).first():
        Message.objects.filter(pk=queued.pk, state=State.QUEUED).update(
            state=State.FAILED, error=reason
        )
        return True
    return False
