"""What Instagram's own inbox has since a moment: asked before anybody is rung for."""

from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from django.utils import timezone

from conversations.account import identity, reads
from conversations.models import Account, SilenceWatch
from conversations.recovery import door, thread
from conversations.recovery.thread import Source
from conversations.silence import counts
from instagram.errors import AmbiguousError, GraphError, PermanentError, ThrottledError
from instagram.events import Incoming

log = structlog.get_logger("silence")

Answer = SilenceWatch.Answer
A_SECOND = timedelta(seconds=1)  # threads tell times in whole ones
MOST_THREADS = 5
PUT_OFF = timedelta(minutes=5)
NO_ANSWER = "it does not answer."
ADVICE_OF_PAUSE = "the account is paused: {reason}"


@dataclass(frozen=True, slots=True)
class Confirmation:
    """The answer; lost: how many messages no webhook brought; problem: why it was not read."""

    answer: SilenceWatch.Answer
    lost: int = 0
    problem: str = ""


class _NoSlotError(Exception):
    """The account may read nothing at the moment."""


def ask(account: Account, since: datetime) -> Confirmation | None:
    """Tell whether something came since then of which no webhook told; None: ask a little later.

    What the look for missed messages has found already is told without a call. Else the list of
    threads is read, and at most five of them: six calls, each of which waits for a slot.
    """
    if lost := counts.found_later(account.pk, since):
        return Confirmation(Answer.LOST, lost)
    if account.is_paused(timezone.now()):
        reason = account.pause_reason or account.get_pause_display()
        return Confirmation(Answer.UNREAD, problem=ADVICE_OF_PAUSE.format(reason=reason))
    try:
        return _read(identity.ready(account.pk), since)
    except _NoSlotError:
        return None
    except door.TooFullError:
        return Confirmation(Answer.WAITING)
    except GraphError as error:
        return _explain(account, error)


def _explain(account: Account, error: GraphError) -> Confirmation:
    log.warning("inbox_unreadable", account=account.pk, exc_info=error)
    if isinstance(error, ThrottledError):
        after = max(PUT_OFF, timedelta(seconds=error.reply.regain_seconds))
        reads.put_off(account.pk, timezone.now() + after)
    problem = NO_ANSWER if isinstance(error, AmbiguousError) else error.advice
    return Confirmation(Answer.UNREAD, problem=problem)


def _read(account: Account, since: datetime) -> Confirmation:
    if not identity.is_known(account):
        raise _NoSlotError  # whose messages these are cannot be told
    client = identity.client(account)
    _wait(account)
    threads = [one for one in client.list_threads().threads if one.updated_at >= since]
    lost, is_all = 0, True
    for one in threads[:MOST_THREADS]:
        _wait(account)
        try:
            said = client.thread_messages(one.id)
        except PermanentError as error:  # of this one alone: the list was read right before
            log.warning("thread_unreadable", account=account.pk, exc_info=error)
            continue
        missing = thread.missing_in(said, account, Source(since + A_SECOND))
        lost += sum(isinstance(item, Incoming) for item in missing.items)
        is_all &= missing.is_all
    if lost:
        return Confirmation(Answer.LOST, lost)
    return Confirmation(Answer.NOTHING if is_all else Answer.WAITING)


def _wait(account: Account) -> None:
    if not reads.wait(account.pk):
        raise _NoSlotError
