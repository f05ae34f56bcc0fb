"""What a customer writes in one go is read together. Pure: no database, no clock.

"hi", "how much?", "do you ship?" are one question in three messages: each rule that wins one of
them answers once, at most three do, and the fallback speaks only where none of them was understood.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from conversations.engine import Answer, OptOut
from conversations.models import BY_ENGINES, COMMENT, Message, Verdict

MOST_ANSWERS = 3
TAKEN_BACK = "Taken back by a later message."
UNDERSTOOD = "Fallback not sent: another message from the same moment was answered."
ENOUGH = f"Limit of {MOST_ANSWERS} answers at once reached. Flagged for the team."
TAPS = ("quick_reply", "postback")


@dataclass(frozen=True, slots=True, eq=False)
class Judged:
    """A question with its verdict and the reason, and what is said to it.

    opt_out: it changes whether the customer wants automatic messages.
    """

    question: Message
    verdict: Verdict
    reason: str
    answer: Answer | None = None
    fallback: bool = False
    needs_person: bool = False
    opt_out: OptOut | None = None
    why: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Patience:
    """How long a customer must be silent before what they wrote is read, and the longest wait."""

    silence: timedelta
    longest: timedelta


def ripe(questions: Sequence[Message], patience: Patience) -> datetime:
    """Return when these may be decided: after a silence, but nobody waits for ever.

    A tap is a whole question, so that it ends the silence; and nobody waits for more comments.
    """
    talk = [question for question in questions if question.kind != COMMENT]
    came = [question.released_at or question.created_at for question in talk or questions]
    if not talk or any(question.kind in TAPS for question in talk):
        return min(came)
    return min(max(came) + patience.silence, min(came) + patience.longest)


def split(
    questions: Sequence[Message], patience: Patience, *, together: bool = True
) -> Iterator[Sequence[Message]]:
    """Split what is undecided, in order, into what was said in one go.

    Where nobody waits for more each message is for itself, and so is each comment.
    """
    waits = together and patience.silence > timedelta()
    burst: list[Message] = []
    for question in questions:
        goes_on = waits and burst and question.at - burst[0].at <= patience.longest
        if burst and not (goes_on and COMMENT not in (question.kind, burst[-1].kind)):
            yield burst
            burst = []
        burst.append(question)
    if burst:
        yield burst


def obey(burst: Iterable[Judged], silent: str) -> list[Judged]:
    """Let the last message of an opt-out count; after STOP nothing but its answer is said.

    silent: why the others get no answer.
    """
    judged = list(burst)
    last = next((one for one in reversed(judged) if one.opt_out), None)
    if last is None:
        return judged
    return [one if one is last else _overruled(one, last, silent) for one in judged]


def _overruled(one: Judged, last: Judged, silent: str) -> Judged:
    if one.opt_out:
        why = {**one.why, "answered_with": last.question.pk}
        return replace(
            one, verdict=Verdict.TOGETHER, reason=TAKEN_BACK, answer=None, opt_out=None, why=why
        )
    if last.opt_out == OptOut.STOP and one.verdict in BY_ENGINES:
        return replace(one, verdict=Verdict.PAUSED, reason=silent, answer=None)
    return one


def combine(burst: Iterable[Judged]) -> list[Judged]:
    """Decide what is said to messages that are read together; those without say who answers."""
    judged = list(burst)
    understood = any(one.verdict == Verdict.ANSWERED for one in judged)
    said: dict[object, Judged] = {}  # by what answered
    return [_among(one, said, understood=understood) for one in judged]


def _among(one: Judged, said: dict[object, Judged], *, understood: bool) -> Judged:
    answer = one.answer
    if one.fallback and understood:
        return replace(
            one, verdict=Verdict.NO_ANSWER, reason=UNDERSTOOD, answer=None, needs_person=False
        )
    if answer is None:
        return one
    by = one if answer.rule is None else answer.rule
    if by in said:
        return _answered_with(said[by], one)
    if len(said) == MOST_ANSWERS:
        return replace(
            one, verdict=Verdict.NO_ANSWER, reason=ENOUGH, answer=None, needs_person=True
        )
    said[by] = one
    return one


def _answered_with(first: Judged, one: Judged) -> Judged:
    verdict = Verdict.FALLBACK if one.verdict == Verdict.FALLBACK else Verdict.TOGETHER
    reason = f"{one.reason}, same answer as for the previous message"
    why = {**one.why, "answered_with": first.question.pk}
    return replace(one, verdict=verdict, reason=reason, answer=None, why=why)
