"""Judges messages that are read together: the verdict of each, with its reason and its answer."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial

from conversations import engine
from conversations.answering import bursts, questions
from conversations.answering.bursts import Judged
from conversations.answering.composition import comment_parts
from conversations.engine import OptOut
from conversations.models import (
    ANOTHER_APP,
    COMMENT,
    UNANSWERED,
    Conversation,
    Message,
    Verdict,
    why_off,
)
from conversations.opt_out import OPTED_OUT
from instagram.events import ANNOUNCED
from shop import tuning

NEVER_CAME = "Instagram reported this edit, but not the message: open the Instagram app to read it."
NOT_PASSED_ON = "Instagram did not pass this message on: open the Instagram app to read it."
HEARD = {
    OptOut.STOP: "The customer opted out.",
    OptOut.START: "The customer wants automatic messages again.",
}
TWICE = "Two unanswered questions in a row. Flagged for the team."


def judge(conversation: Conversation, burst: Sequence[Message], now: datetime) -> list[Judged]:
    """Ask the engines about each message; return what comes of all of them together."""
    judged, opted_out = [], conversation.has_opted_out
    for message in burst:
        asked = questions.question(conversation, message, opted_out=opted_out)
        one = _judge(conversation, message, asked, now)
        opted_out = one.opt_out == OptOut.STOP if one.opt_out else opted_out
        judged.append(one)
    if len(judged) > 1:
        judged = bursts.join(
            judged, partial(_judge_joined, conversation), partial(_refuses, conversation)
        )
    judged = bursts.combine(bursts.obey(judged, OPTED_OUT))
    return _twice_without(conversation, judged)


def _judge(
    conversation: Conversation, message: Message, asked: engine.Question, now: datetime
) -> Judged:
    silent = _why_silent(conversation, message, now)
    if silent is None and not asked.opted_out:
        return _answered(message, engine.ask(asked))
    # Whatever keeps the bot silent: that a customer wants no automatic messages is always heard.
    heard = engine.hear_opt_out(asked) if message.kind != COMMENT else None
    if heard == OptOut.START and asked.opted_out and silent is None:
        started = _answered(message, engine.ask(asked))
        if started.opt_out == OptOut.START:
            return started
    is_news = heard is not None and (heard == OptOut.STOP) != asked.opted_out
    if silent and heard:
        reason = f"{silent.reason} {HEARD[heard]}" if is_news else silent.reason
        opt_out = heard if is_news else None
        return replace(silent, reason=reason, opt_out=opt_out, needs_person=False, command=True)
    if silent:
        return silent
    # Nobody answers, so a person may want to; but for who only says once more that they opt out.
    wants_answer = heard is None and message.kind != COMMENT
    return Judged(
        message, Verdict.PAUSED, OPTED_OUT, needs_person=wants_answer, command=heard is not None
    )


def _why_silent(conversation: Conversation, message: Message, now: datetime) -> Judged | None:
    """Return the verdict of a message that no engine is asked about."""
    if message.kind == ANNOUNCED and not conversation.other_app_at:
        reason = NEVER_CAME if message.text else NOT_PASSED_ON
        return Judged(message, Verdict.KEPT, reason, needs_person=True)
    limit = timedelta(minutes=tuning.get("age_limit_minutes"))
    if now - (message.released_at or message.at) > limit:
        minutes = int(limit.total_seconds() // 60)
        reason = f"Received more than {minutes} minutes late."
        return Judged(message, Verdict.TOO_OLD, reason)
    if message.kind != COMMENT and conversation.other_app_at:
        return Judged(message, Verdict.STANDBY, ANOTHER_APP)
    if conversation.bot_is_paused(now):
        # Whoever paused the bot may think that this customer is served.
        return Judged(message, Verdict.PAUSED, conversation.why_paused(), needs_person=True)
    if conversation.bot_off_by:
        return Judged(message, Verdict.OFF, why_off(conversation.bot_off_by))
    return None


def _ask_joined(
    conversation: Conversation, parts: Sequence[Message]
) -> engine.Answer | engine.NoAnswer:
    text = " ".join(part.text for part in parts)
    asked = questions.question(conversation, parts[-1])
    return engine.ask(replace(asked, text=text, joined=True, attachments=()))


def _refuses(conversation: Conversation, found: Judged, beside: Sequence[Message]) -> bool:
    """Tell whether these messages as one text exclude the rule that answers some of them."""
    return found.answer is not None and found.answer.rule in (
        _ask_joined(conversation, beside).excluded
    )


def _judge_joined(conversation: Conversation, parts: Sequence[Message]) -> Judged | None:
    """Judge messages as one text; None where that says no more than each does alone."""
    found = _ask_joined(conversation, parts)
    if isinstance(found, engine.NoAnswer) or found.fallback:
        return None
    earlier = len(parts) - 1
    before = "the message" if earlier == 1 else f"the {earlier} messages"
    judged = _answered(parts[-1], found)
    return replace(judged, reason=f"{judged.reason}, read as one text with {before} before")


def _answered(question: Message, found: engine.Answer | engine.NoAnswer) -> Judged:
    answer = None if isinstance(found, engine.NoAnswer) else found
    reason = answer.every_reason() if answer else found.reason
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
    opt_out = None if question.kind == COMMENT else found.opt_out
    return Judged(
        question, verdict, reason, answer, found.fallback, needs_person, opt_out, found.why
    )


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
