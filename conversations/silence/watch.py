"""Watches each account for a silence that is no chance; a worker asks Instagram, once a minute.

Three customers' worth of silence is enough to ask, since asking disturbs nobody. Who is rung for is
told by the answer: messages that no webhook brought are proof; where there is nothing it is a quiet
day; where Instagram cannot be asked, the silence itself has to be no chance.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

import structlog
from django.utils import timezone

from conversations.models import Account, SilenceWatch
from conversations.silence import confirmation, counts, judgement, rates
from conversations.silence.judgement import ASK_EVERY, FIRST_DAYS, Judgement
from conversations.silence.quiet import Quiet
from shop.current import ShopNow, current_shop

log = structlog.get_logger("silence")


@dataclass(frozen=True, slots=True)
class Observation:
    """What is known of one account. heard_at: its last message that a webhook brought.

    silence: None while there is nothing to judge it by. watch: None before a worker has looked.
    """

    account: Account
    heard_at: datetime | None
    silence: Judgement | None
    watch: SilenceWatch | None

    def quiet(self) -> Quiet | None:
        """Return the silence with what Instagram says of it; None: it is as short as usual."""
        if self.silence is None or not self.silence.is_noticed:
            return None
        row = self.watch
        if row is None or row.silent_since != self.silence.since:
            return Quiet.of(self.account, self.silence, "")
        return Quiet.of(self.account, self.silence, row.answer, row.lost, row.problem)


def look(now: datetime | None = None) -> list[Quiet]:
    """Return the accounts that are quieter than usual; `rings` says for which an alarm is due.

    It reads rows alone: what Instagram says was asked by a worker (tend).
    """
    return [one for seen in observe(now) if (one := seen.quiet()) is not None]


def observe(now: datetime | None = None, *accounts: int) -> Iterator[Observation]:
    """Return what is known of these accounts, of all that are connected where none is named."""
    now, shop = now or timezone.now(), current_shop()
    watches = SilenceWatch.objects.in_bulk()
    active = Account.objects.seen().filter(active=True).order_by("pk")
    for account in active.filter(pk__in=accounts) if accounts else active:
        yield _observe(account, watches.get(account.pk), shop, now)


def _observe(
    account: Account, watch: SilenceWatch | None, shop: ShopNow, now: datetime
) -> Observation:
    counted = counts.read(account.pk, shop, now, watch.heard_at if watch else None)
    silence = None
    if watch is not None and counted.days and _has_been_there(counted, shop, now):
        since = max(filter(None, (counted.heard_at, watch.watched_since)))
        began = shop.today(since)
        learned = rates.learn(counted.days, began)
        if learned is not None:
            today = counted.starts_on(began)
            silence = judgement.judge(learned, since, now, shop.zone, today)
    return Observation(account, counted.heard_at, silence, watch)


def _has_been_there(counted: counts.Counted, shop: ShopNow, now: datetime) -> bool:
    return counted.days[0].day + FIRST_DAYS <= shop.today(now)


def tend() -> None:
    """Ask Instagram of each silence that is noticed, every quarter of an hour while it lasts.

    One worker asks at a time: whoever moves the time of the question. One that dies meanwhile
    leaves the older answer, and another one asks a quarter of an hour later.
    """
    now = timezone.now()
    _begin(now)
    for seen in observe(now):
        if seen.watch is None:  # connected at this very moment
            continue
        if seen.heard_at != seen.watch.heard_at:
            SilenceWatch.objects.filter(pk=seen.account.pk).update(heard_at=seen.heard_at)
        if seen.silence is not None and seen.silence.is_noticed:
            _ask(seen.account, seen.silence, seen.watch)


def _ask(account: Account, silence: Judgement, watch: SilenceWatch) -> None:
    now = timezone.now()
    if not SilenceWatch.objects.take(account.pk, now, now - ASK_EVERY):
        return
    rows = SilenceWatch.objects.filter(pk=account.pk, asked_at=now)
    answer = confirmation.ask(account, silence.since)
    if answer is None:
        rows.update(asked_at=watch.asked_at)
        return
    log.info(
        "silence", account=account.pk, since=silence.since.isoformat(),
        expected=round(silence.expected, 1), answer=answer.answer.value, lost=answer.lost,
    )  # fmt: skip
    rows.update(
        silent_since=silence.since, answer=answer.answer, lost=answer.lost,
        problem=answer.problem[:500],
    )  # fmt: skip


def _begin(now: datetime) -> None:
    """Give each connected account its row; one that is connected again begins anew."""
    SilenceWatch.objects.filter(account__active=False).delete()
    new = Account.objects.filter(active=True).exclude(pk__in=SilenceWatch.objects.values("pk"))
    rows = [SilenceWatch(pk=pk, watched_since=now) for pk in new.values_list("pk", flat=True)]
    if rows:
        SilenceWatch.objects.bulk_create(rows, ignore_conflicts=True)


def begin_anew(now: datetime) -> None:
    """Nobody of us was there for a while: nothing could come, and no silence counts before now."""
    SilenceWatch.objects.update(watched_since=now)
