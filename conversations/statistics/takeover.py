"""Takes over what the release before this one counts: a row for each day, of all accounts.

Its workers may run beside ours for a while, and look under the same lease. Of a conversation whose
changes they have seen they say that it is counted, and nobody would look at it again. So each look
begins with the rows that they have written since. All this goes with the table DayFigures.

Their retention does not know which days ours has still to count. It may delete a message of a day
that has changed within this minute: the day stays as it was before that change.
"""

from collections.abc import Sequence
from datetime import date

from django.db.models import F, Q, QuerySet, Sum

from conversations.models import FIRST, AccountDay, DayFigures

SAME = ("day", "begins_at", "ends_at", "messages", "figures", "counted_at")


def take_over(accounts: Sequence[int]) -> None:
    """Copy what was counted, and make dirty what was; inside a transaction that holds the lease.

    accounts: all of them. A copy is of all accounts, and is the first one's until it is counted
    again.
    """
    rows = list(_written_since())
    if not rows or FIRST not in accounts:  # without it nobody has written yet
        return
    copied = _worth_copying(rows)
    AccountDay.objects.filter(day__in=copied).exclude(account=FIRST).delete()
    of_all = len(accounts) > 1
    AccountDay.objects.write([_copy(row, of_all=of_all) for row in rows if row.day in copied])
    others = [row.day for row in rows if row.day not in copied]
    AccountDay.objects.make_dirty((account, day) for day in others for account in accounts)
    for row in rows:
        row.taken_over, row.dirty = row.counted_at, False
    DayFigures.objects.bulk_update(rows, ["taken_over", "dirty"])


def _written_since() -> QuerySet[DayFigures]:
    is_known = Q(taken_over=F("counted_at")) | Q(counted_at=None)
    return DayFigures.objects.filter(~is_known | Q(dirty=True)).order_by("day")


def _worth_copying(rows: Sequence[DayFigures]) -> set[date]:
    """Return the days counted since, but for those of which ours knows messages that are gone."""
    days = AccountDay.objects.filter(day__in=[row.day for row in rows]).order_by()
    known = dict(days.values("day").annotate(all=Sum("messages")).values_list("day", "all"))
    news = (row for row in rows if row.counted_at and row.counted_at != row.taken_over)
    return {row.day for row in news if row.messages >= known.get(row.day, 0)}


def _copy(row: DayFigures, *, of_all: bool) -> AccountDay:
    same = {name: getattr(row, name) for name in SAME}
    return AccountDay(account_id=FIRST, dirty=row.dirty or of_all, of_all=of_all, **same)
