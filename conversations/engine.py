"""What decides an answer. RESPONSE_ENGINES names the engines; the first answer wins."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Protocol, overload

from django.conf import settings
from django.utils.module_loading import import_string

from instagram.content import Content, messages


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
class Question:
    """What the customer wrote, tapped or sent.

    kind: text, quick_reply, postback, story_reply, story_mention, comment, unsupported, or the type
    of an attachment. referral: how the customer came last (an ig.me link's ref, an ad's id).
    """

    text: str
    kind: str
    payload: str
    at: datetime
    customer: str
    referral: str = ""
    history: Sequence[Said] = ()


@dataclass(frozen=True, slots=True)
class Answer:
    """What to say and why. reason is one sentence for staff; rule is the engine's own number.

    Each of says is sent in its order; a long text as several messages. A comment gets one private
    reply, the beginning of the texts, and public_reply below itself.
    """

    says: tuple[str | Content, ...]
    reason: str
    rule: int | None = None
    public_reply: str = ""

    def messages(self) -> list[Content]:
        """Return the messages to send; none where there is nothing but white space."""
        return [message for said in self.says for message in messages(said)]


class Engine(Protocol):
    def answer(self, question: Question) -> Answer | None:
        """Return the answer, or None to leave the question to the next engine."""


@cache
def engines(paths: tuple[str, ...]) -> tuple[Engine, ...]:
    """Make each engine once per process; raise ImportError for a path that leads nowhere."""
    return tuple(import_string(path)() for path in paths)


def ask(question: Question) -> Answer | None:
    """Ask the engines in their order."""
    for engine in engines(tuple(settings.RESPONSE_ENGINES)):
        answer = engine.answer(question)
        if answer is not None and answer.messages():
            return answer
    return None
