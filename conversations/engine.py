"""What decides an answer. RESPONSE_ENGINES names the engines; the first answer wins."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from functools import cache
from typing import Any, Protocol, overload, runtime_checkable

from django.conf import settings
from django.utils.module_loading import import_string

from instagram.content import Content, messages
from shop.current import ShopNow


@dataclass(frozen=True, slots=True)
class Said:
    """An earlier message of the conversation. by: customer, bot, staff or app."""

    by: str
    text: str
    at: datetime


class History(Sequence[Said]):
    """The latest messages before the question, oldest first; read when first used."""

    def __init__(self, read: Callable[[], Sequence[Said]]) -> None:
        self._read = read
        self._said: Sequence[Said] | None = None

    def _all(self) -> Sequence[Said]:
        if self._said is None:
            self._said = self._read()
        return self._said

    @overload
    def __getitem__(self, index: int) -> Said: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Said]: ...
    def __getitem__(self, index: int | slice) -> Said | Sequence[Said]:
        return self._all()[index]

    def __len__(self) -> int:
        return len(self._all())


@dataclass(frozen=True, slots=True)
class Earlier:
    """An answer that this customer got before: when, and in which of its wordings."""

    at: datetime
    variant: int = 0


class Past(Protocol):
    """What this customer got before the question; read when first asked for."""

    def is_new(self) -> bool:
        """Tell whether nobody has written to this customer yet."""

    def last(self, rule: int) -> Earlier | None:
        """Return this rule's latest answer to the customer."""


@dataclass(frozen=True, slots=True)
class Imagined:
    """A past that is given, and not read."""

    new: bool = True
    answers: Mapping[int, Earlier] = field(default_factory=dict)

    def is_new(self) -> bool:
        return self.new

    def last(self, rule: int) -> Earlier | None:
        return self.answers.get(rule)


class OptOut(StrEnum):
    """What a whole message asks of the bot: no automatic messages any more, or some again."""

    STOP = "stop"
    START = "start"


@dataclass(frozen=True, slots=True)
class Question:
    """What the customer wrote, tapped or sent.

    kind: text, quick_reply, postback, story_reply, story_mention, comment, unsupported, or the type
    of an attachment. referral: how the customer came last (an ig.me link's ref, an ad's id). name
    and username: what the customer is called, empty until Instagram has told. opted_out: the
    customer wants no automatic messages; only an answer with OptOut.START is sent then. joined: the
    text of several messages, none of which was understood alone. attachments: the kinds of those
    that came with it. account: the Instagram ID of the account that was written to; empty: any.
    shop: what staff say of the shop there.
    """

    text: str
    kind: str
    payload: str
    at: datetime
    customer: str
    referral: str = ""
    history: Sequence[Said] = ()
    name: str = ""
    username: str = ""
    opted_out: bool = False
    past: Past = field(default_factory=Imagined)
    joined: bool = False
    attachments: Sequence[str] = ()
    account: str = ""
    shop: ShopNow = field(default_factory=ShopNow)


@dataclass(frozen=True, slots=True)
class Answer:
    """What to say and why. reason is one sentence for staff; rule is the engine's own number.

    Each of says is sent in its order; a long text as several messages. A comment gets one private
    reply, the beginning of the texts, and public_reply below itself. also: answers to the other
    questions in the same message, said after this one. fallback: it is said for want of a better
    answer. by: what answered, in words for staff. Then the conversation is marked, the bot pauses
    there for pause_hours, and the label is put on it. opt_out: from now on the bot is silent for
    this customer, after this answer, or it is no longer; a comment never does that. why: anything
    to keep beside the question, as JSON; conversations.display.explanation says how staff are shown
    it. excluded: the numbers of what would answer but for a word in the text.
    """

    says: tuple[str | Content, ...]
    reason: str
    rule: int | None = None
    public_reply: str = ""
    variant: int | None = None
    fallback: bool = False
    by: str = "the bot"
    needs_person: bool = False
    pause_hours: float = 0
    label: str = ""
    opt_out: OptOut | None = None
    why: Mapping[str, Any] = field(default_factory=dict)
    also: Sequence["Answer"] = ()
    excluded: Sequence[int] = ()
    generated: bool = False

    def all(self) -> list["Answer"]:
        """Return this answer and those that are said with it."""
        return [self, *self.also]

    def as_generated(self) -> "Answer":
        """Return the same answer, written by a machine."""
        also = [replace(one, generated=True) for one in self.also]
        return replace(self, generated=True, also=also)

    def every_reason(self) -> str:
        """Return the reasons of all that is said, in one sentence."""
        return ", and ".join(answer.reason for answer in self.all())

    def messages(self) -> list[Content]:
        """Return the messages to send; none where there is nothing but white space."""
        return [message for said in self.says for message in messages(said)]


NO_MATCH = "No rule matched."
MOST_ANSWERS = 3  # to what a customer says in one go


@dataclass(frozen=True, slots=True)
class NoAnswer:
    """Why there is no answer. final: no other engine is asked.

    needs_person: the conversation is marked as needing a person. fallback: it is not, if another
    message of the same moment was answered.
    """

    reason: str = NO_MATCH
    final: bool = False
    needs_person: bool = False
    fallback: bool = False
    opt_out: OptOut | None = None
    why: Mapping[str, Any] = field(default_factory=dict)
    excluded: Sequence[int] = ()


class Engine(Protocol):
    """Finds answers; with `generates = True` it writes them itself, as a language model does."""

    def answer(self, question: Question) -> Answer | NoAnswer | None:
        """Return the answer; NoAnswer (or None) leaves the question to the next engine."""


@runtime_checkable
class HearsOptOut(Protocol):
    def opt_out(self, question: Question) -> OptOut | None:
        """Return what the whole message asks of the bot; without a query, nothing is answered."""


@cache
def engines(paths: tuple[str, ...]) -> tuple[Engine, ...]:
    """Make each engine once per process; raise ImportError for a path that leads nowhere."""
    return tuple(import_string(path)() for path in paths)


def ask(question: Question) -> Answer | NoAnswer:
    """Ask the engines in their order; return the first answer, or the first reason for none."""
    nothing: NoAnswer | None = None
    for engine in _in_order(question):
        found = engine.answer(question)
        if isinstance(found, Answer) and getattr(engine, "generates", False):
            found = found.as_generated()
        said = spoken(found) if found else None
        if isinstance(said, Answer) or (said and said.final):
            return said
        nothing = nothing or said
    return nothing or NoAnswer()


def _in_order(question: Question) -> Sequence[Engine]:
    """Return the engines; one that hears an opt-out comes before those that answer everything."""
    every = engines(tuple(settings.RESPONSE_ENGINES))
    if len(every) == 1:
        return every
    news = OptOut.START if question.opted_out else OptOut.STOP
    hear = [one for one in every if isinstance(one, HearsOptOut) and one.opt_out(question) == news]
    return [*hear, *(one for one in every if one not in hear)]


def hear_opt_out(question: Question) -> OptOut | None:
    """Ask the engines for nothing but an opt-out, where the bot is silent anyway.

    An engine that knows any has `opt_out(question)` beside `answer(question)`.
    """
    for engine in engines(tuple(settings.RESPONSE_ENGINES)):
        if isinstance(engine, HearsOptOut) and (heard := engine.opt_out(question)):
            return heard
    return None


def spoken(found: Answer | NoAnswer) -> Answer | NoAnswer:
    """Return what an engine has found; an answer of which nothing is left to say is none."""
    if not isinstance(found, Answer):
        return found
    said = [one for one in found.all() if one.messages()]
    if said:
        return replace(said[0], also=said[1:]) if found.also else found
    reason = f"{found.reason}, but the reply is empty."
    return NoAnswer(reason, needs_person=found.needs_person, opt_out=found.opt_out, why=found.why)
