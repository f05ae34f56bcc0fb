"""Keeps the figures of whole days, of each account: a worker's look, once a minute.

Nothing is counted where messages come and go. Today and yesterday are counted anew at each look.
What changes an earlier day changes a conversation, and with it its version
(conversations.models.version): so the look takes the conversations whose version is another one
than that which was counted, and makes the earlier days of their accounts dirty on which something
was said in them. Nobody has to remember to say that a day has changed.

One worker looks at a time. Its lease is the fence: what a worker counted that was thought dead is
not written.
"""

import time
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import structlog
from django.conf import settings
from django.db import transaction
from django.db.models import Case, Value, When
from django.db.models.functions import TruncDate
from django.utils import timezone

from conversations.models import Account, AccountDay, Conversation, FiguresUpkeep, Message, State
from conversations.statistics import day as days
from conversations.statistics import takeover
from conversations.statistics.day import Bounds
from shop.current import ShopNow, current_shop
from shop.hours import DAY
from workqueue.postgresql import pool

log = structlog.get_logger("figures")

EVERY = timedelta(seconds=55)  # a look is due; workers ask once a minute
# A look takes no longer than this, so that a year that is counted anew disturbs nobody.
BUDGET_SECONDS = 5.0
REST_SECONDS = 0.02  # between two days, for whoever answers customers
CONVERSATIONS_AT_ONCE = 100
SHIFTS = range(-2, 3)  # days by which two clocks may differ: zones lie up to 26 hours apart


class LeaseLostError(Exception):
    """Another worker looks after the figures meanwhile."""


@dataclass(slots=True)
class _Look:
    """One look: the shop and its accounts as they are, and until when we have the lease."""

    shop: ShopNow
    accounts: Sequence[int]  # all, also those that are disconnected: they keep their messages
    now: datetime
    until: datetime

    @property
    def today(self) -> date:
        return self.shop.today(self.now)

    @property
    def open_since(self) -> date:
        """The first of the days that are counted at each look."""
        return self.today - DAY

    def only(self, account: int) -> Collection[int] | None:
        """Return of which accounts to count; None where there is no other: without a join."""
        return [account] if len(self.accounts) > 1 else None


def look() -> None:
    """Count today and yesterday anew, and of earlier days those in which something changed.

    What takes longer than the budget is left to the next look: the newest days come first.
    """
    now = timezone.now()
    until = now + settings.LEASE
    row = FiguresUpkeep.objects.take(now, until, now - EVERY)
    if row is None:
        return
    ends = time.monotonic() + BUDGET_SECONDS
    accounts = list(Account.objects.order_by("pk").values_list("pk", flat=True))
    look = _Look(current_shop(), accounts, now, until)
    try:
        _take_over(look)
        if row.time_zone != look.shop.time_zone:
            _begin_anew(look)
        for day in (look.today, look.open_since):
            _count_open_day(look, day)
        marked = _mark_changed_days(look, ends)
        counted = _count_dirty_days(look, ends)
    except LeaseLostError:
        log.warning("figures_lease_lost")
        return
    FiguresUpkeep.objects.held(look.until).update(leased_until=None, looked_at=now)
    if marked or counted:
        log.info("figures_counted", changed=marked, days=counted)


def _count_open_day(look: _Look, day: date) -> None:
    """Count the accounts that said something, or did when the day was last counted."""
    spoke = Bounds.of(day, look.shop).messages(None).order_by()
    found = {*spoke.values_list("conversation__account", flat=True).distinct()}
    found |= {*AccountDay.objects.filter(day=day).values_list("account", flat=True)}
    for account in sorted(found):
        _count(look, day, [account])


def _take_over(look: _Look) -> None:
    with transaction.atomic():
        _hold(look)
        takeover.take_over(look.accounts)


def _begin_anew(look: _Look) -> None:
    """Days begin and end at other moments now: all are counted again that can be."""
    counted = AccountDay.objects.values_list("account", "day", "of_all")
    # Some messages are on a day now that had none, and so has no row.
    found = {
        (one, day + number * DAY)
        for account, day, of_all in counted
        for one in (look.accounts if of_all else [account])
        for number in SHIFTS
    }
    _mark(look, [one for one in found if one[1] < look.open_since])
    _forget_days_to_come(look)
    FiguresUpkeep.objects.held(look.until).update(time_zone=look.shop.time_zone)


def _forget_days_to_come(look: _Look) -> None:
    """Remove what was counted of a day that has not begun by the new clock."""
    with transaction.atomic():
        _hold(look)
        AccountDay.objects.filter(day__gt=look.today).delete()


def _mark_changed_days(look: _Look, ends: float) -> int:
    """Make dirty the earlier days of each conversation that has changed; return how many have."""
    changed, columns = 0, ("pk", "version", "account")
    while time.monotonic() < ends:
        rows = Conversation.objects.uncounted().order_by("pk").values_list(*columns)
        batch = list(rows[:CONVERSATIONS_AT_ONCE])
        if not batch:
            break
        changed += len(batch)
        _mark(look, list(_days_of({pk: account for pk, _, account in batch}, look)))
        # Read before the days were: what has changed since has another version.
        counted = Case(*(When(pk=pk, then=Value(version)) for pk, version, _ in batch))
        Conversation.objects.filter(pk__in=[pk for pk, *_ in batch]).update(counted_version=counted)
    return changed


def _days_of(accounts: Mapping[int, int], look: _Look) -> Iterator[tuple[int, date]]:
    """Return the earlier days on which something was said; served by message_thread.

    accounts: of which account each of the conversations is.
    """
    before = look.shop.begins(look.open_since)
    for account in set(accounts.values()):
        talks = [pk for pk, its_account in accounts.items() if its_account == account]
        said = Message.objects.filter(conversation__in=talks, at__lt=before).order_by()
        on = said.annotate(day=TruncDate("at", tzinfo=look.shop.zone))
        for day in on.values_list("day", flat=True).distinct():
            yield account, day


def _mark(look: _Look, found: Sequence[tuple[int, date]]) -> None:
    if found:
        with transaction.atomic():
            _hold(look)
            AccountDay.objects.make_dirty(found)


def _count_dirty_days(look: _Look, ends: float) -> int:
    before = AccountDay.objects.filter(day__lt=look.open_since).defer("figures")
    of_all = {row.day: row for row in before.filter(of_all=True)}
    counted, whole = 0, set[date]()
    for row in before.filter(dirty=True).order_by("-day", "account"):
        if time.monotonic() > ends:
            break
        if row.day in whole:  # counted with another account's
            continue
        together = of_all.get(row.day)
        if _has_lost_messages(look, together or row):
            _leave(look, row)
        else:
            _count(look, row.day, look.accounts if together else [row.account_id])
            whole |= {row.day} if together else set()
        counted += 1
        pool.give_back()
        time.sleep(REST_SECONDS)
    return counted


def _has_lost_messages(look: _Look, row: AccountDay) -> bool:
    """Tell whether messages that were counted are not there any more: the day stays as it was."""
    if row.begins_at is None or row.ends_at is None:
        return False
    accounts = None if row.of_all else look.only(row.account_id)
    return _count_messages(Bounds(row.begins_at, row.ends_at), accounts) < row.messages


def _count_messages(bounds: Bounds, accounts: Collection[int] | None) -> int:
    """Count all but echoes that are not clear yet: one of ours is taken away again."""
    return bounds.messages(accounts).exclude(state=State.UNDECIDED).count()


def _count(look: _Look, day: date, accounts: Sequence[int]) -> None:
    """Count a day of these accounts, and write all of it at once."""
    rows = []
    for account in accounts:
        rows.append(_day_of(look, day, account))
        with transaction.atomic():
            _hold(look)
    with transaction.atomic():
        _hold(look)
        AccountDay.objects.write(rows)


def _day_of(look: _Look, day: date, account: int) -> AccountDay:
    bounds, only = Bounds.of(day, look.shop), look.only(account)
    # Counted first: of a message that comes meanwhile the figures may know, never the other way.
    messages = _count_messages(bounds, only)
    figures = days.count(day, look.shop, only)
    return AccountDay(
        account_id=account,
        day=day,
        begins_at=bounds.begins,
        ends_at=bounds.ends,
        messages=messages,
        figures=figures.as_json(),
        counted_at=timezone.now(),
    )


def _leave(look: _Look, row: AccountDay) -> None:
    """Let a day stay as it was counted."""
    with transaction.atomic():
        _hold(look)
        AccountDay.objects.filter(pk=row.pk).update(dirty=False)


def _hold(look: _Look) -> None:
    """Lock the lease until the commit, and make it longer; raise LeaseLostError."""
    until = timezone.now() + settings.LEASE
    if not FiguresUpkeep.objects.held(look.until).update(leased_until=until):
        raise LeaseLostError
    look.until = until
