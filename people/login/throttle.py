"""Which tries to log in are locked, and what each wrong password does: axes asks here.

The first backend of Django's log-in is axes': it asks is_locked() before any password is hashed,
and one SELECT answers. As at most one password is hashed at a time in a process, no more tries than
there are processes slip in between a question and the count of its answer.
"""

import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import structlog
from axes.handlers.base import AxesHandler
from axes.helpers import get_cool_off
from django.contrib.auth.models import User
from django.db import transaction
from django.http import HttpRequest
from django.utils import timezone

from audit import trail
from audit.actors import Actor, acting, current
from backoffice import ages
from people.login import allowance, devices, locks
from people.login.allowance import Kind
from people.login.attempt import SPARED_AT_HOME, Attempt, Rows, is_home, site_of
from people.login.locks import Lock, recent
from people.models import Tries
from people.sessions import clients

log = structlog.get_logger("login")

KNOWN_FOR = timedelta(days=90)  # an address from which somebody logged in
COLUMNS = ["level", "at", "locked_until", "known_until", "kept_until", "person"]


def find_recent(request: HttpRequest, name: str) -> Lock | None:
    """Return the lock of a try, if this process met it some seconds ago; no query."""
    locks_met = (recent.find(key) for key in Attempt.of(request, name).keys().values())
    return next((lock for lock in locks_met if lock and lock.until > timezone.now()), None)


def is_at_home(request: HttpRequest, name: str) -> bool:
    """Tell whether somebody has logged in under a name from where a request comes: one SELECT."""
    home = Attempt.of(request, name).home()
    return bool(Tries.objects.filter(key=home, known_until__gt=timezone.now()).exists())


def lock_of(request: HttpRequest) -> Lock | None:
    """Return the lock that a request met, or made by its wrong password."""
    return getattr(request, "login_lock", None)


def free_tries(request: HttpRequest) -> int | None:
    """Return how many wrong passwords are free after the one of this request, if it had one."""
    return getattr(request, "login_free", None)


class Throttle(AxesHandler):  # type: ignore[misc]  # axes carries no types
    """What axes asks, and tells, of each try."""

    def is_locked(self, request: Any, credentials: dict[str, Any] | None = None) -> bool:
        name, asked = (credentials or {}).get("username") or "", time.monotonic()
        attempt, now = Attempt.of(request, name), timezone.now()
        rows = _read(attempt)
        request.login_lock, request.login_at_home = None, is_home(rows, now)
        for kind in attempt.counts_for(rows, now):
            row = rows.get(kind)
            if row and row.locked_until and row.locked_until > now:
                lock = Lock(row.locked_until)
                if kind not in SPARED_AT_HOME:
                    recent.keep(row.key, lock, asked)
                request.login_lock = max(lock, lock_of(request) or lock, key=lambda one: one.until)
        return request.login_lock is not None

    def user_login_failed(
        self, _sender: Any, credentials: dict[str, Any], request: Any = None, **_: Any
    ) -> None:
        if request is not None and not request.axes_locked_out:
            _count(request, credentials.get("username") or "")

    def user_logged_in(self, _sender: Any, request: Any, user: Any, **_: Any) -> None:
        clients.begin(request)
        devices.note_log_in(request)
        if "REMOTE_ADDR" in request.META:  # somebody came, and no command
            _welcome(Attempt.of(request, user.get_username()), user)

    def user_logged_out(self, _sender: Any, request: Any, user: Any, **_: Any) -> None:
        if user is not None and "REMOTE_ADDR" in request.META:
            trail.record(trail.Kind.SESSION, "logged out", by=user)

    def reset_attempts(
        self,
        *,
        ip_address: str | None = None,
        username: str | None = None,
        ip_or_username: bool = False,  # noqa: ARG002 - axes' signature
    ) -> int:
        """What axes' own commands call."""
        return locks.unlock(
            person=User.objects.filter(username=username).first() if username else None,
            address=ip_address or "",
        )


def _read(attempt: Attempt, *, to_change: bool = False) -> Rows:
    rows = Tries.objects.filter(key__in=attempt.keys().values())
    if to_change:
        rows = rows.select_for_update().order_by("key")
    return {row.kind: row for row in rows}


@transaction.atomic
def _count(request: Any, name: str) -> None:
    """Count a wrong password, and lock what has had too many."""
    attempt, now = Attempt.of(request, name), timezone.now()
    person = User.objects.filter(username=name).first()
    rows = _read(attempt, to_change=True)
    counted = []
    for kind in attempt.counts_for(rows, now):
        row = rows.get(kind) or _begin(kind, attempt, person, now)
        _raise_level(row, request, now)
        counted.append(row)
    _write(counted)
    request.login_free = min(allowance.free_after(Kind(row.kind), row.level) for row in counted)
    locked = [Lock(row.locked_until) for row in counted if row.locked_until]
    request.login_lock = max(locked, key=lambda lock: lock.until, default=None)
    log.info("login_refused", address=attempt.place, known_name=person is not None)
    with acting(_whoever_tries(request, name)):
        for says in _say(counted, person):
            trail.record(trail.Kind.LOGIN, says)


def _whoever_tries(request: Any, name: str) -> Actor:
    """Return nobody at this address, unless somebody who is logged in tries their own name.

    Who posts a log-in from another's session is not that person.
    """
    actor, user = current(), getattr(request, "user", None)
    is_own = user is not None and user.is_authenticated and user.get_username() == name
    return actor if is_own else Actor(address=actor.address)


def _begin(kind: Kind, attempt: Attempt, person: User | None, now: datetime) -> Tries:
    return Tries(
        key=attempt.keys()[kind],
        kind=kind,
        person=None if kind in locks.OF_ADDRESSES else person,
        address=_address(kind, attempt),
        at=now,
    )


def _address(kind: Kind, attempt: Attempt) -> str:
    if kind == Kind.SITE:
        return site_of(attempt.place)
    return "" if kind == Kind.NAME else attempt.place


def _raise_level(row: Tries, request: Any, now: datetime) -> None:
    kind = Kind(row.kind)
    row.level = allowance.left(kind, row.level, now - row.at) + 1
    row.at = now
    request.axes_failures_since_start = allowance.beyond(kind, row.level)
    wait = get_cool_off(request)
    row.locked_until = now + wait if wait else None
    forgiven_at = allowance.nothing_left_at(kind, row.level, now)
    row.kept_until = max(forgiven_at, row.known_until or now)


def _write(rows: list[Tries]) -> None:
    """Two that both begin a count at the same moment count one: of some thousands, no matter."""
    Tries.objects.bulk_create(
        rows, update_conflicts=True, unique_fields=["key"], update_fields=COLUMNS
    )


def _say(counted: list[Tries], person: User | None) -> Iterator[str]:
    """Say what is to be on record: that a series began, and each lock."""
    rows = {row.kind: row for row in counted}
    own = rows.get(Kind.PAIR) or rows.get(Kind.DEVICE)
    is_hunted = Kind.NAME in rows and rows[Kind.NAME].locked_until
    if person and own and own.level <= 1 and not is_hunted:
        yield f"entered a wrong password for “{person}”"
    for row in counted:
        if row.locked_until and (person or row.kind in locks.OF_ADDRESSES):
            wait = ages.span(row.locked_until - row.at)
            what = _what_is(Kind(row.kind), row.address, person)
            log.warning("login_locked", kind=row.kind, address=row.address, wait=wait)
            yield f"entered {round(row.level)} wrong passwords: {what} locked for {wait}"


def _what_is(kind: Kind, address: str, person: User | None) -> str:
    match kind:
        case Kind.PAIR:
            return f"the log-in of “{person}” from {address} is"
        case Kind.DEVICE:
            return f"the log-in of “{person}” in a browser of theirs is"
        case Kind.NAME:
            return f"the log-in of “{person}” from where they never logged in before is"
        case Kind.ADDRESS:
            return f"all log-ins from {address} are"
        case Kind.SITE:
            return f"all log-ins from {address}, but for names that are known there, are"


@transaction.atomic
def _welcome(attempt: Attempt, user: User) -> None:
    """Forget the wrong passwords before the right one, and know the address from now on."""
    now = timezone.now()
    kind = Kind.DEVICE if attempt.device else Kind.PAIR
    row = _read(attempt).get(kind) or _begin(kind, attempt, user, now)
    row.level, row.at, row.locked_until = 0, now, None
    row.known_until = row.kept_until = now + KNOWN_FOR
    _write([row])
    trail.record(trail.Kind.LOGIN, "logged in", by=user)
