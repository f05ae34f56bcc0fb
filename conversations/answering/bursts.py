"""What a customer writes in one go is read together. Pure: no database, no clock.

"hi", "how much?", "do you ship?" are one question in three messages: each rule that wins one of
them answers once, at most three do, and the fallback speaks only where none of them was understood.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from conversations.engine import MOST_ANSWERS, Answer, OptOut
from conversations.models import (
    BY_ENGINES,
    COMMENT,
    NEEDS_ANSWER,
    UNANSWERED,
    Message,
    Verdict,
)
from instagram.events import ANNOUNCED

ANNOUNCED_WAIT = timedelta(seconds=30)  # Meta may post the message itself after its announcement
TAKEN_BACK = "Taken back by a later message."
UNDERSTOOD = "Fallback not sent: another message from the same moment was answered."
ENOUGH = f"Limit of {MOST_ANSWERS} answers at once reached. Flagged for the team."
PART = "Read as one text with the next message."
TAPS = ("quick_reply", "postback")
TEXT = "text"  # the kind of a question that may be a part of one
MOST_JOINED = 4  # messages
MOST_BESIDE = 12  # messages that are looked at for what excludes the answer


@dataclass(frozen=True, slots=True, eq=False)
class Judged:
    """A question with its verdict and the reason, and what is said to it.

    opt_out: it changes whether the customer wants automatic messages. command: it was said to the
    bot alone, and nobody has to answer it.
    """

    question: Message
    verdict: Verdict
    reason: str
    answer: Answer | None = None
    fallback: bool = False
    needs_person: bool = False
    opt_out: OptOut | None = None
    why: Mapping[str, Any] = field(default_factory=dict)
    command: bool = False

    def needs_answer(self) -> bool:
        """Tell whether a person has to answer this, or to look at it."""
        return self.needs_person or (self.verdict in NEEDS_ANSWER and not self.is_done())

    def is_done(self) -> bool:
        """Tell whether nobody has to answer this, even if the bot's answer fails."""
        return self.command or self.opt_out == OptOut.STOP

    def is_open(self) -> bool:
        """Tell whether this is a text in which nothing was understood, so a part of one perhaps."""
        not_understood = self.verdict in UNANSWERED and not self.why.get("lost")
        return not_understood and self.question.kind == TEXT


@dataclass(frozen=True, slots=True)
class Patience:
    """How long a customer must be silent before what they wrote is read, and the longest wait."""

    silence: timedelta
    longest: timedelta


def there(questions: Iterable[Message], now: datetime) -> tuple[list[Message], datetime | None]:
    """Return the questions that have come, and until when the next announced one may still come."""
    come, awaited = [], []
    for question in questions:
        until = question.created_at + ANNOUNCED_WAIT
        if question.kind == ANNOUNCED and now < until:
            awaited.append(until)
        else:
            come.append(question)
    return come, min(awaited, default=None)


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


Ask = Callable[[Sequence[Message]], Judged | None]  # about several messages as one text
Refuses = Callable[[Judged, Sequence[Message]], bool]  # if these are one text, this answer is wrong


def join(burst: Iterable[Judged], ask: Ask, refuses: Refuses) -> list[Judged]:
    """Let messages in a row that were not understood alone be understood as one.

    The last of them gets the answer, and those before it are answered with it; not where what was
    written beside them, and was not understood either, excludes it: "lost", "gift", "card".
    """
    every = list(burst)
    judged: list[Judged] = []
    for at, one in enumerate(every):
        judged.append(one)
        for size in range(2, MOST_JOINED + 1):
            parts = judged[-size:]
            if len(parts) < size or not all(part.is_open() for part in parts):
                break
            found = ask([part.question for part in parts])
            if found and not _is_refused(found, every, range(at + 1 - size, at + 1), refuses):
                judged[-size:] = [*(_part_of(found, part) for part in parts[:-1]), found]
                break
    return judged


def _is_refused(found: Judged, every: Sequence[Judged], own: range, refuses: Refuses) -> bool:
    """Ask once more with the neighbours of the parts that were not understood."""
    start, end = own.start, own.stop
    while start and own.stop - start < MOST_BESIDE and every[start - 1].is_open():
        start -= 1
    while end < len(every) and end - own.start < MOST_BESIDE and every[end].is_open():
        end += 1
    beside = [one.question for one in every[start:end]]
    return len(beside) > len(own) and refuses(found, beside)


def _part_of(whole: Judged, part: Judged) -> Judged:
    why = {**part.why, "answered_with": whole.question.pk}
    return Judged(part.question, Verdict.TOGETHER, PART, why=why)


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
    new = [part for part in answer.all() if _who(part) not in said]
    if not new:
        return _answered_with(said[_who(answer)], one)
    room = MOST_ANSWERS - len(said)
    if not room:
        return replace(
            one, verdict=Verdict.NO_ANSWER, reason=ENOUGH, answer=None, needs_person=True
        )
    said.update((_who(part), one) for part in new[:room])
    return replace(
        one,
        answer=replace(new[0], also=new[1:room]),
        needs_person=one.needs_person or len(new) > room,
    )


def _who(answer: Answer) -> object:
    """Return what is equal for answers of the same rule."""
    return id(answer) if answer.rule is None else ("rule", answer.rule)


def _answered_with(first: Judged, one: Judged) -> Judged:
    verdict = Verdict.FALLBACK if one.verdict == Verdict.FALLBACK else Verdict.TOGETHER
    reason = f"{one.reason}, same answer as for the previous message"
    why = {**one.why, "answered_with": first.question.pk}
    return replace(one, verdict=verdict, reason=reason, answer=None, why=why)
