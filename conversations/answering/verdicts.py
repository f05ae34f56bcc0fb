"""Judges messages that are read together: the verdict of each, with its reason and its answer."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial

from conversations import engine
from conversations.answering import bursts, questions
from conversations.answering.bursts import Judged
from conversations.answering.composition import comment_parts
from conversations.models import ANOTHER_APP, COMMENT, UNANSWERED, Conversation, Message, Verdict
from instagram.events import ANNOUNCED
from shop import tuning

NEVER_CAME = "Instagram told of this edit, but not of its message: read it in the Instagram app."
NOT_PASSED_ON = "Instagram did not pass this message on: read it in the Instagram app."
TWICE = "Two unanswered questions in a row. Flagged for the team."


def judge(conversation: Conversation, burst: Sequence[Message], now: datetime) -> list[Judged]:
    """Ask the engines about each message; return what comes of all of them together."""
    judged = [_judge(conversation, question, now) for question in burst]
    if len(judged) > 1:
        judged = bursts.join(judged, partial(_judge_joined, conversation))
    judged = bursts.combine(judged)
    return _twice_without(conversation, judged)


def _judge(conversation: Conversation, question: Message, now: datetime) -> Judged:
    if question.kind == ANNOUNCED and not conversation.other_app_at:
        reason = NEVER_CAME if question.text else NOT_PASSED_ON
        return Judged(question, Verdict.KEPT, reason, needs_person=True)
    limit = timedelta(minutes=tuning.get("age_limit_minutes"))
    if now - (question.released_at or question.at) > limit:
        minutes = int(limit.total_seconds() // 60)
        reason = f"Received more than {minutes} minutes late."
        return Judged(question, Verdict.TOO_OLD, reason)
    if question.kind != COMMENT and conversation.other_app_at:
        return Judged(question, Verdict.STANDBY, ANOTHER_APP)
    if conversation.bot_is_paused(now):
        # Whoever paused the bot may think that this customer is served.
        return Judged(question, Verdict.PAUSED, conversation.why_paused(), needs_person=True)
    return _answered(question, engine.ask(questions.question(conversation, question)))


def _judge_joined(conversation: Conversation, parts: Sequence[Message]) -> Judged | None:
    """Judge messages as one text; None where that says no more than each does alone."""
    text = " ".join(part.text for part in parts)
    asked = replace(questions.question(conversation, parts[-1]), text=text, joined=True)
    found = engine.ask(asked)
    if isinstance(found, engine.NoAnswer) or found.fallback:
        return None
    earlier = len(parts) - 1
    before = "the message" if earlier == 1 else f"the {earlier} messages"
    judged = _answered(parts[-1], found)
    return replace(judged, reason=f"{judged.reason}, read as one text with {before} before")


def _answered(question: Message, found: engine.Answer | engine.NoAnswer) -> Judged:
    answer = None if isinstance(found, engine.NoAnswer) else found
    reason = ", and ".join(one.reason for one in answer.all()) if answer else found.reason
    if answer and question.kind == COMMENT and not comment_parts(answer):
        reason, answer = (
            f"{reason}, but a comment can only get a text, and this rule has none.",
            None,
        )
    verdict = Verdict.NO_ANSWER
    if answer:
        verdict = Verdict.FALLBACK if answer.fallback else Verdict.ANSWERED
    needs_person = found.needs_person
    if answer:
        needs_person = any(one.needs_person for one in answer.all())
    return Judged(question, verdict, reason, answer, found.fallback, needs_person, found.why)


def _twice_without(conversation: Conversation, judged: list[Judged]) -> list[Judged]:
    """Ask for a person where neither these nor the question before had an answer."""
    talk = [one for one in judged if one.question.kind != COMMENT]
    lost = bool(talk) and all(one.verdict in UNANSWERED for one in talk)
    if not lost or conversation.needs_person or any(one.needs_person for one in talk):
        return judged
    if not questions.unanswered_before([one.question for one in judged]):
        return judged
    last = talk[-1]
    said = "" if last.reason == engine.NO_MATCH else f"{last.reason.rstrip('.')}. "
    asked = replace(last, reason=said + TWICE, needs_person=True)
    return [asked if one is last else one for one in judged]
