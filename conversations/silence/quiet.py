"""A silence that is longer than usual, in words: since when, what Instagram says, what to do."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone

from backoffice.ages import clock
from backoffice.counts import counted
from conversations.models import Account, SilenceWatch
from conversations.silence.judgement import Judgement

Answer = SilenceWatch.Answer
SUBSCRIBE = (
    "The subscription is gone, or webhooks do not get through. Run `manage.py doctor --fix`, or"
    " open Doctor: the lines from Public address to Webhook fields say which it is."
)
TRY = (
    "Write to the account from another phone. If nothing comes, open Doctor: the lines from Public"
    " address to Webhook fields say why."
)
WORKERS = "See that a worker runs: Doctor, the lines Worker and Work."


@dataclass(frozen=True, slots=True)
class Quiet:
    """expected: how many customers usually begin to write in such a time. answer: Instagram's.

    lost: how many messages no webhook brought. rings: somebody has to see to it. says, next: for
    people; next is empty where there is nothing to do.
    """

    account: Account
    since: datetime
    expected: float
    answer: str
    lost: int
    rings: bool
    says: str
    next: str

    @classmethod
    def of(
        cls, account: Account, silence: Judgement, answer: str, lost: int = 0, problem: str = ""
    ) -> "Quiet":
        """Judge by the answer; empty: Instagram was not asked yet, and nobody is rung for."""
        says, then = _WORDS[answer](_begin(account, silence), lost, problem)
        rings = answer == Answer.LOST or (answer == Answer.UNREAD and silence.is_long)
        return cls(account, silence.since, silence.expected, answer, lost, rings, says, then)


def customers(expected: float) -> str:
    """Return how many customers were expected, in words."""
    return counted(round(expected), "customer")


def _begin(account: Account, silence: Judgement) -> str:
    since = clock(silence.since, timezone.now())
    usual = f"{customers(silence.expected)} usually begin to write in such a time"
    return f"Nothing has come to {account} since {since}; {usual}."


Words = Callable[[str, int, str], tuple[str, str]]


def _lost(begin: str, lost: int, _: str) -> tuple[str, str]:
    what = counted(lost, "message is", "messages are")
    return f"{begin} {what} in the Instagram inbox that no webhook brought.", SUBSCRIBE


def _nothing(begin: str, _: int, __: str) -> tuple[str, str]:
    return f"{begin} There is nothing in the Instagram inbox either: a quiet day.", ""


def _waiting(begin: str, _: int, __: str) -> tuple[str, str]:
    return f"{begin} Webhooks have come that no worker has read yet.", WORKERS


def _unread(begin: str, _: int, problem: str) -> tuple[str, str]:
    return f"{begin} The Instagram inbox could not be read: {problem}", TRY


def _not_asked(begin: str, _: int, __: str) -> tuple[str, str]:
    return f"{begin} Instagram is asked whether there is something.", ""


_WORDS: dict[str, Words] = {
    "": _not_asked,
    Answer.LOST: _lost,
    Answer.NOTHING: _nothing,
    Answer.WAITING: _waiting,
    Answer.UNREAD: _unread,
}
