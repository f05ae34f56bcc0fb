"""Looks for messages that no webhook told of: once an hour, and after silence.

One worker looks at a time. A look goes back to the beginning of the last one that came to its end,
so none is missed by one that failed; whatever it finds twice is recognised.
"""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta
from typing import Any

import structlog
from django.conf import settings
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from conversations.account import reads
from conversations.models import Account, HistoryImport, MissedLook, SilenceWatch
from conversations.recovery import comments, door, history, walk
from conversations.recovery.history import FARTHEST
from conversations.recovery.thread import Source
from conversations.recovery.walk import Bite, LeaseLostError, NoSlotError
from instagram.errors import AmbiguousError, GraphError, ThrottledError
from metrics import series
from shop import tuning

log = structlog.get_logger("recovery")

HOUR = timedelta(hours=1)
# Beyond the last look: what is younger than two minutes is not looked at, and clocks differ.
MARGIN = timedelta(minutes=10)
AGAIN_AFTER = timedelta(minutes=10)  # a look that failed
NO_SLOT = timedelta(minutes=1)
THROTTLED = timedelta(minutes=5)
BACKLOG = timedelta(minutes=1)  # what came while we were away is read first
SILENCE, TALK = HOUR, timedelta(days=1)
UNREADABLE = "Instagram did not list the messages. It is asked again in a few minutes."
UNLISTED = "Instagram did not list the comments of every post. It is asked again within the hour."
WELL: dict[str, Any] = {"problem": "", "failed_at": None}
WELL_BELOW: dict[str, Any] = {"comments_problem": "", "comments_failed_at": None}


def look() -> None:
    """Take a bite of the look that is due, and one of the history that somebody wants."""
    now = timezone.now()
    _begin(now)
    every = tuning.get("missed_minutes")
    if every:
        _heed_silence(now)
        rows = MissedLook.objects.due(now, timedelta(minutes=every))
        if row := rows.filter(_may_read(now)).take_first(now, now + settings.LEASE):
            _look(row, now)
    wanted = HistoryImport.objects.due(now).filter(_may_read(now))
    if row_of_history := wanted.take_first(now, now + settings.LEASE):
        _import(row_of_history)


def _may_read(now: datetime) -> Q:
    """Keep only accounts that have a slot soon: one that is paused is in no other one's way.

    What a backup left open is compared first: what is found beside it would be somebody else's.
    """
    soon = now + settings.LOOK_EVERY
    compared = Q(restored_at=None) | Q(compared_at__isnull=False)
    return Q(account__in=Account.objects.filter(reads.may_read(soon), compared))


def look_anew(now: datetime) -> None:
    """The rows are those of a backup: look from its last look on, wherever a walk was then."""
    MissedLook.objects.update(due_at=now, place={}, leased_until=None)


def look_soon(now: datetime) -> None:
    """Nobody was there for a while: look as soon as what is at the door has been read."""
    MissedLook.objects.filter(Q(due_at=None) | Q(due_at__gt=now)).update(due_at=now + BACKLOG)


def _begin(now: datetime) -> None:
    """Give each account its row: what is older than that was never awaited."""
    new = Account.objects.filter(active=True).exclude(pk__in=MissedLook.objects.values("pk"))
    rows = [
        MissedLook(pk=pk, began_at=now, looked_at=now) for pk in new.values_list("pk", flat=True)
    ]
    if rows:
        MissedLook.objects.bulk_create(rows, ignore_conflicts=True)


def _heed_silence(now: datetime) -> None:
    """Where webhooks brought an account messages in the last day, then none for an hour, look once.

    When the last one came is what the watch for silence has noted (conversations.silence), so a
    lively account hides no dead one. One statement.
    """
    watched = SilenceWatch.objects.filter(pk=OuterRef("pk"), heard_at__gt=now - TALK)
    watched = watched.filter(heard_at__lt=now - SILENCE)
    # A look that has begun an hour after that message knows of the silence.
    unaware = watched.filter(heard_at__gt=OuterRef("looked_at") - SILENCE)
    MissedLook.objects.filter(Exists(unaware), due_at=None).update(due_at=now)


def _look(row: MissedLook, now: datetime) -> None:
    earliest = max(row.began_at, now - FARTHEST)
    # A thread shows its newest messages whenever it is read, so all that is missing of one is found
    # though an earlier walk passed it by.
    source = Source(earliest, is_blind=row.recognised_at is None)
    bite = walk.begin(row, source, since=max(row.looked_at - MARGIN, earliest))
    with _going(bite):
        if not bite.go():
            bite.leave(due_at=timezone.now(), **WELL)
        elif bite.place.recognised:  # from now on it is written down what is missing
            bite.end(recognised_at=timezone.now())
            bite.leave(due_at=timezone.now(), **WELL)
        else:
            _end(bite, row, earliest)


def _end(bite: Bite, row: MissedLook, earliest: datetime) -> None:
    """The threads were read, whatever becomes of the comments."""
    series.missed_looks.labels("done").inc()
    if comments.are_needed():
        since = row.comments_looked_at or row.looked_at
        bite.end(**_outcome(bite), **WELL, comments_looked_at=since)
        bite.leave(**_read_comments(bite, row, max(since - MARGIN, earliest)))
    else:
        bite.end(**_outcome(bite), **WELL, **WELL_BELOW, comments_looked_at=None)
        bite.leave()


def _outcome(bite: Bite) -> dict[str, Any]:
    """Return how far the look is that has come to its end, and when the next one is due."""
    told = {"left_out": bite.place.left_out}
    if bite.source.is_blind:
        return told | {"due_at": timezone.now() + HOUR}
    if not bite.place.is_all:
        return told | {"due_at": timezone.now() + AGAIN_AFTER}
    return told | {"due_at": None, "looked_at": bite.began_at}


def _read_comments(bite: Bite, row: MissedLook, since: datetime) -> dict[str, Any]:
    """Look below posts, too; what hinders that alone is said, and keeps no message back."""
    began, bite.place.is_all = timezone.now(), True
    try:
        bite.read_comments(Source(since))
    except GraphError as error:
        if walk.is_of_all(error):
            raise
        log.warning("comments_unreadable", account=row.pk, exc_info=error)
        problem = UNLISTED if isinstance(error, AmbiguousError) else error.advice
        failed_at = row.comments_failed_at or began
        return {"comments_problem": problem[:500], "comments_failed_at": failed_at}
    return WELL_BELOW | ({"comments_looked_at": began} if bite.place.is_all else {})


def _import(row: HistoryImport) -> None:
    source = history.source(row)
    bite = walk.begin(row, source, since=source.since)
    with _going(bite):
        if bite.go():
            bite.end(finished_at=timezone.now(), **WELL)
            bite.leave()
        else:
            bite.leave(due_at=timezone.now(), **WELL)


@contextmanager
def _going(bite: Bite) -> Iterator[None]:
    """Have a walk that cannot go on do so later, where it is; its row says why, for staff."""
    try:
        yield
    except LeaseLostError:
        log.warning("recovery_lease_lost", account=bite.row.pk)
    except (NoSlotError, door.TooFullError):
        _put_off(bite, NO_SLOT)
    except ThrottledError as error:
        after = max(THROTTLED, timedelta(seconds=error.reply.regain_seconds))
        reads.put_off(bite.row.pk, timezone.now() + after)
        _put_off(bite, after, error.advice)
    except GraphError as error:
        log.warning("threads_unreadable", account=bite.row.pk, exc_info=error)
        _put_off(
            bite, AGAIN_AFTER, UNREADABLE if isinstance(error, AmbiguousError) else error.advice
        )
    finally:
        if bite.found:
            log.info("found_in_threads", account=bite.row.pk, messages=bite.found)
            if isinstance(bite.row, MissedLook):
                series.found_messages.inc(bite.found)


def _put_off(bite: Bite, after: timedelta, problem: str = "") -> None:
    now = timezone.now()
    why = {"problem": problem[:500], "failed_at": bite.row.failed_at or now} if problem else {}
    if isinstance(bite.row, MissedLook):
        series.missed_looks.labels("put off").inc()
    with suppress(LeaseLostError):
        bite.leave(due_at=now + after, **why)
