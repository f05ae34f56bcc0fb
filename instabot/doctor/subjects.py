"""The accounts that are looked at, and what Meta says of each one's token."""

import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from queue import Empty, SimpleQueue
from threading import Thread
from typing import TypeVar

from django.conf import settings

from conversations.account import authorization, tokens
from conversations.account.vault import SealedError
from conversations.models import FIRST, Account
from instabot.doctor import graph
from instabot.doctor.findings import Finding, warning
from instabot.doctor.secrecy import remember
from instagram import diagnosis, token_text
from instagram.diagnosis import Diagnosis
from instagram.errors import GraphError
from instagram.kinds import Kind
from instagram.token_text import TokenError
from workqueue.snapshot import Recent

Answer = TypeVar("Answer")

ASKED_AGAIN_AFTER = 5.0  # seconds: several checks want to know the same
MOST_AT_ONCE = 4  # accounts about which Meta is asked
SECONDS = 10.0  # for all accounts of a check: less than the check itself has


@dataclass(frozen=True, slots=True)
class Subject:
    """An account with a token that can be read. node: what webhook fields are subscribed at."""

    account: Account
    kind: Kind
    token: str
    is_alone: bool

    @property
    def node(self) -> str:
        is_page = self.kind is Kind.FACEBOOK
        return self.account.node_id if is_page else self.account.instagram_id

    def say(self, text: str) -> str:
        """Return a sentence about the account, which names it where there are several."""
        return text if self.is_alone else f"{self.account}: {text}"


def rows() -> list[Account]:
    """Return the accounts as they are, without writing anything."""
    return list(Account.objects.order_by("pk"))


def subjects() -> Iterator[Subject]:
    """Return the active accounts whose token can be read; the others are lines of their own."""
    known = rows() or [Account(pk=FIRST)]
    active = [account for account in known if account.active]
    for account in active:
        try:
            subject = _read(account, is_alone=len(active) == 1)
        except (tokens.NoTokenError, SealedError):
            continue
        remember(subject.token)
        yield subject


def _read(account: Account, *, is_alone: bool) -> Subject:
    """Return the account with its token: the environment's, where no process has kept it yet."""
    seed = tokens.seed_of_environment()
    token, login = settings.INSTAGRAM_PAGE_ACCESS_TOKEN, ""
    if account.pk != FIRST or not seed or account.token_seed == seed:
        token, login = tokens.read(account), account.login
    begins = token_text.kind_of(token)
    if begins is None and settings.SANDBOX:  # its own token is of no kind of Meta's
        return Subject(account, Kind.INSTAGRAM, token, is_alone)
    kind = Kind(login) if login else begins
    return Subject(account, kind or Kind.FACEBOOK, token, is_alone)


def unreadable() -> list[tuple[Account, GraphError]]:
    """Return the active accounts without a token, or with one that no key decrypts."""
    found: list[tuple[Account, GraphError]] = []
    for account in rows() or [Account(pk=FIRST)]:
        if account.active:
            try:
                _read(account, is_alone=False)
            except (tokens.NoTokenError, SealedError) as error:
                found.append((account, error))
    return found


_diagnosed: Recent[Diagnosis | TokenError | GraphError] = Recent(ASKED_AGAIN_AFTER)


def diagnose(subject: Subject) -> Diagnosis | TokenError:
    """Return whose token it is and what it may do, or what is wrong with it.

    Raises GraphError where Meta is out of reach, or does not answer.
    """

    def ask() -> Diagnosis | TokenError | GraphError:
        try:
            found = diagnosis.diagnose(authorization.make_login(), subject.kind, subject.token)
        except TokenError as error:
            # An outage says nothing of the token.
            cause = error.__context__
            return cause if isinstance(cause, graph.OUTAGES) else error
        named = [one for one in found if one.account.instagram_id == subject.account.instagram_id]
        return (named or found)[0]

    found = _diagnosed.get((subject.account.pk, subject.token), ask)
    if isinstance(found, GraphError):
        raise found
    return found


def ask_each(
    asked: Sequence[Subject], call: Callable[[Subject], Answer]
) -> Iterator[tuple[Subject, Answer | None, Finding | None]]:
    """Ask Meta about accounts, MOST_AT_ONCE of them beside each other; return them in their order.

    Each comes with what the call answers, or with the line that it did not; who has not been asked
    in time, too. The call has a thread of its own, and must leave the database alone.
    """
    waiting = deque(enumerate(asked))
    answers: SimpleQueue[tuple[int, Answer | None, Finding | None, Exception | None]]
    answers = SimpleQueue()

    def work() -> None:
        with suppress(IndexError):  # nobody is left
            while True:
                number, subject = waiting.popleft()
                try:
                    answers.put((number, *ask(subject, partial(call, subject)), None))
                except Exception as error:  # noqa: BLE001 - raised again where it is waited for
                    answers.put((number, None, None, error))

    for _ in asked[:MOST_AT_ONCE]:
        Thread(target=work, name="Doctor", daemon=True).start()
    told: dict[int, tuple[Answer | None, Finding | None]] = {}
    ends_at = time.monotonic() + SECONDS
    while len(told) < len(asked) and (left := ends_at - time.monotonic()) > 0:
        with suppress(Empty):
            number, answer, trouble, error = answers.get(timeout=left)
            if error:
                raise error
            told[number] = answer, trouble
    waiting.clear()
    for number, subject in enumerate(asked):
        yield subject, *told.get(number, (None, _not_in_time(subject)))


def _not_in_time(subject: Subject) -> Finding:
    says = f"Instagram did not answer within {SECONDS:g} seconds."
    return warning(subject.say(says), "Check again in a minute.")


def ask(subject: Subject, call: Callable[[], Answer]) -> tuple[Answer | None, Finding | None]:
    """Return what a call of Meta's answers, or the line that it did not."""
    try:
        return call(), None
    except GraphError as error:
        return None, graph.not_told(error, subject.say)
