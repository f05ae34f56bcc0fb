"""Keeps what customers can tap without typing, has Meta show it, and reads what Meta has.

Only what is read back counts: that Meta took something does not say that it has it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from django.db import transaction
from django.utils import timezone

from audit import trail
from audit.trail import Kind
from conversations.account import identity
from conversations.models import Account, Menu, store_options
from instagram import responses
from instagram.errors import AmbiguousError, GraphError, PermanentError, ThrottledError
from instagram.menu import Listed, Option, Part

log = structlog.get_logger("menu")

FRESH = timedelta(minutes=1)  # what was read so lately is not asked for again by opening a page
MAX_SAID = 300  # characters of what Meta says of a mistake
Wanted = Mapping[Part, Sequence[Option]]
Found = Mapping[Part, Listed]


class ChangedError(Exception):
    """Somebody else has changed what is wanted since it was seen; nothing was written."""


class NotSavedError(Exception):
    """Nobody has saved anything that could be published."""


class NotReadError(Exception):
    """What Meta has was never read."""


@dataclass(frozen=True, slots=True)
class Published:
    """What became of it. left: the parts that are not, or may not be, as they are wanted.

    problem: why Meta did not take them. unread: why it is not known what Meta has now.
    """

    left: Sequence[Part] = ()
    problem: str = ""
    unread: str = ""
    is_unsure: bool = False  # no answer came: Meta may have taken it all the same

    @property
    def is_done(self) -> bool:
        return not self.left


def of(account: Account) -> Menu:
    """Return an account's row; it is made when something is first written."""
    return Menu.objects.filter(account=account).first() or Menu(account=account)


def save(account: Account, wanted: Wanted, by: str, seen: str | None = None) -> Menu:
    """Keep what staff want of these parts; nothing is published by that.

    seen: the row's digest when it was read; None: whatever it is now. Raises ChangedError where it
    is another one by now, unless it is just what is wanted here.
    """
    with transaction.atomic():
        row = _lock(account)
        before = row.digest
        row.wanted |= {part: store_options(options) for part, options in wanted.items()}
        if seen not in (None, before) and row.digest != before:
            raise ChangedError
        _write(row, by)
    return row


def take_over(account: Account, by: str, seen: str | None = None) -> Menu:
    """Want what Meta had when it was last read; raises ChangedError as save() does.

    Raises NotReadError where it never was: nobody knows what would be wanted then.
    """
    with transaction.atomic():
        row = _lock(account)
        if seen not in (None, row.digest):
            raise ChangedError
        if row.found_at is None:
            raise NotReadError
        row.wanted = row.found
        _write(row, by)
    return row


def _write(row: Menu, by: str) -> None:
    row.changed_at, row.changed_by = timezone.now(), by
    _note_same(row, row.changed_at)
    row.save()


def is_due(row: Menu, now: datetime) -> bool:
    """Tell whether it is time to read what Meta has."""
    return row.asked_at is None or now - row.asked_at > FRESH


def look(account: Account) -> Menu:
    """Read what Meta has. What goes wrong is kept beside it, and not raised."""
    try:
        found = identity.client(account).menu()
    except GraphError as error:
        return _keep_problem(account, error)
    return _keep(account, found)


def publish(account: Account) -> Published:
    """Have Meta show what was saved, and read it back. What is the same there is left alone.

    So is a part that was never saved: another tool may have made what is there. Raises
    NotSavedError where that is so of all.
    """
    row = of(account)
    if not row.saved:
        raise NotSavedError
    try:
        client = identity.client(account)
        before = client.menu()
    except GraphError as error:
        _keep_problem(account, error)
        return Published(row.saved, explain(error))
    problem, is_unsure = "", False
    for part in row.saved:
        wanted = Listed(tuple(row.wants(part)), before[part].others)
        if wanted.options == before[part].options:
            continue
        try:
            client.put_menu(part, wanted)
        except GraphError as error:
            log.warning("menu_not_published", account=account.pk, part=part, exc_info=error)
            problem, is_unsure = problem or explain(error), isinstance(error, AmbiguousError)
            if not isinstance(error, PermanentError):
                break
    after = look(account)
    if after.problem:
        return Published(differing(row, before), problem, after.problem, is_unsure)
    left = [part for part in row.saved if not after.is_same(part)]
    if not left:
        trail.record(Kind.SETTING, f"published the menu and ice breakers of {account}")
    return Published(left, problem, is_unsure=is_unsure)


def differing(row: Menu, found: Found) -> list[Part]:
    """Return the parts of which Meta has something else than was saved."""
    return [part for part in row.saved if row.wants(part) != list(found[part].options)]


def explain(error: GraphError) -> str:
    """Return the sentence for staff: those of other calls are about messages."""
    if isinstance(error, ThrottledError):
        return "Instagram had too many calls. Try again in a few minutes."
    if isinstance(error, PermanentError):
        said = _said_by_meta(error)
        return (
            f"Instagram does not accept it: “{said}”" if said else "Instagram does not accept it."
        )
    if isinstance(error, AmbiguousError) and error.reply.code is not None:
        return "Instagram did not say whether it could do it."
    return error.advice


def _said_by_meta(error: GraphError) -> str:
    about = responses.parse(error.reply.body.encode()).get("error")
    said = about.get("error_user_msg") or about.get("message") if isinstance(about, dict) else ""
    return str(said or "")[:MAX_SAID]


def _lock(account: Account) -> Menu:
    row, _ = Menu.objects.select_for_update().get_or_create(account=account)
    return row


def _keep(account: Account, found: Found) -> Menu:
    now = timezone.now()
    with transaction.atomic():
        row = _lock(account)
        row.found = {part: store_options(found[part].options) for part in Part}
        row.languages = {part: found[part].languages for part in Part}
        row.found_at = row.asked_at = now
        row.problem = ""
        _note_same(row, now)
        row.save()
    return row


def _note_same(row: Menu, now: datetime) -> None:
    """Remember since when Meta has what is wanted, as long as that goes on."""
    same = [part for part in Part if row.is_same(part) and row.wants(part)]
    row.same_since = {part: row.same_since.get(part) or now.isoformat() for part in same}


def _keep_problem(account: Account, error: GraphError) -> Menu:
    log.warning("menu_not_read", account=account.pk, exc_info=error)
    with transaction.atomic():
        row = _lock(account)
        row.asked_at, row.problem = timezone.now(), explain(error)[:500]
        row.save()
    return row
