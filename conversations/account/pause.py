"""When our account sends nothing for a while, and how it comes back.

A pause is one row, not a write for each conversation. When it is over one send goes first; only
when Meta takes that one do all others go on, so a refusing Meta gets few calls. Each refusal in a
row is a strike: the next pause is twice as long, and sending goes on at half the rate, which
recovers by one strike a minute. Where Meta cannot be reached nobody has refused anything, so that
is no strike.
"""

from datetime import datetime, timedelta

import structlog
from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.utils import timezone

from conversations.account import identity
from conversations.models import FIRST, Account, Conversation
from instagram.errors import AccountError, BlockedError, GraphError
from instagram.limits import SENDS_A_SECOND
from shop import tuning

log = structlog.get_logger("pauses")

MOST_STRIKES = 6
RECOVERS_AFTER = timedelta(minutes=1)
LONGEST_THROTTLE = timedelta(hours=1)
BLOCKED_FIRST, BLOCKED_LONGEST = timedelta(minutes=15), timedelta(hours=4)
LONGEST_UNREACHABLE = timedelta(minutes=1)
BROKEN = timedelta(days=1)  # ended by look_after, which asks once a minute


def doubled(first: timedelta, strikes: int, longest: timedelta) -> timedelta:
    """Return the length of the pause after so many strikes."""
    times: int = 2 ** min(max(strikes - 1, 0), MOST_STRIKES)
    return min(first * times, longest)


@transaction.atomic
def throttled(account_id: int, asked_seconds: float, reason: str, *, first_again: bool) -> None:
    """Instagram asks for fewer messages: send nothing for a while, at least what it asks for.

    first_again: the send that went first after a pause was refused. Many sends that were under
    way together are one strike.
    """
    now, account = timezone.now(), _locked(account_id)
    is_paused = not first_again and account.is_paused(now)
    if is_paused and account.pause != Account.Pause.THROTTLED:
        return
    strikes = account.strikes if is_paused else min(account.strikes + 1, MOST_STRIKES)
    shortest = timedelta(minutes=tuning.get("throttle_pause_minutes"))
    length = max(timedelta(seconds=asked_seconds), doubled(shortest, strikes, LONGEST_THROTTLE))
    until = now + length
    if is_paused and account.paused_until:
        until = max(until, account.paused_until)
    _begin(account, Account.Pause.THROTTLED, until, reason, strikes)


@transaction.atomic
def refused(
    account_id: int, error: AccountError, *, first_again: bool, version: int | None = None
) -> None:
    """Instagram refuses the account itself: hold all sends until it works again.

    Whether a login or a permission works can be asked (look_after); how long Meta blocks
    an account only a send can tell, a quarter of an hour later, then later and later.
    version: of the token that was refused; where there is another one meanwhile, nothing is
    known of that.
    """
    now, account = timezone.now(), _locked(account_id)
    blocked = isinstance(error, BlockedError)
    if not blocked and version not in (None, account.token_version):
        identity.forget()
        if first_again:
            _let_one_try(account_id)
        return
    kind = Account.Pause.BLOCKED if blocked else Account.Pause.BROKEN
    if account.pause == kind and account.is_paused(now) and not first_again:
        return
    strikes = min(account.strikes + 1, MOST_STRIKES) if blocked else account.strikes
    length = doubled(BLOCKED_FIRST, strikes, BLOCKED_LONGEST) if blocked else BROKEN
    if account.pause != kind:  # said once
        log.warning("account_refused", code=error.reply.code, subcode=error.reply.subcode)
    _begin(account, kind, now + length, error.advice, strikes)


@transaction.atomic
def out_of_reach(account_id: int, reason: str, *, first_again: bool) -> None:
    """The connection to Instagram was never made: hold all sends, and try again with one.

    Each pause is as long as this has lasted, a minute at most, for as long as it takes: what waits
    ends with its window alone.
    """
    now, account = timezone.now(), _locked(account_id)
    if account.is_paused(now) and not first_again:
        return
    lasts = account.pause == Account.Pause.UNREACHABLE
    since = account.struck_at if lasts and account.struck_at else now
    if not lasts:  # said once
        log.warning("out_of_reach")
    length = max(timedelta(seconds=settings.RETRY_FIRST), min(now - since, LONGEST_UNREACHABLE))
    kind = Account.Pause.UNREACHABLE
    _begin(account, kind, now + length, reason, account.strikes, since=since)


def _locked(account_id: int) -> Account:
    return Account.objects.select_for_update().get(pk=account_id)


def _begin(  # noqa: PLR0913 - each is a column
    account: Account,
    kind: Account.Pause,
    until: datetime,
    reason: str,
    strikes: int,
    *,
    since: datetime | None = None,
) -> None:
    Account.objects.filter(pk=account.pk).update(
        pause=kind,
        paused_until=until,
        pause_reason=reason,
        strikes=strikes,
        struck_at=since or timezone.now(),
    )
    identity.forget()


def slow_down(account_id: int) -> None:
    """Instagram's limit is near: go on at half the rate."""
    slowed = Account.objects.filter(pk=account_id, strikes=0)
    slowed.update(strikes=1, struck_at=timezone.now())
    identity.forget()


def look_after() -> None:
    """Ask Meta who an account is while that is unknown, and whether a broken one works again.

    Called about once a minute. Changes nothing when Meta cannot be reached.
    """
    _recover()
    identity.ready(FIRST)
    for account in identity.read().rows:
        if account.token and account.active:
            try:
                _look_after(account)
            except Exception:  # the other accounts go on
                log.exception("account_not_looked_after", account=account.pk)


def _look_after(account: Account) -> None:
    broken = account.pause == Account.Pause.BROKEN and account.is_paused(timezone.now())
    if identity.is_known(account) and not broken:
        return
    try:
        identity.identify(account)
        if broken:
            identity.client(account).read_messages()
    except AccountError as error:
        refused(account.pk, error, first_again=False, version=account.token_version)
    except GraphError as error:
        log.warning("account_unreachable", account=account.pk, exc_info=error)
    else:
        if broken:
            try_again(account.pk)


def _recover() -> None:
    """Take a strike back when nothing was refused for a minute."""
    now = timezone.now()
    Account.objects.filter(pause="", strikes__gt=0, struck_at__lte=now - RECOVERS_AFTER).update(
        strikes=F("strikes") - 1, struck_at=now
    )


def may_go_first(account_id: int, now: datetime) -> bool:
    """Let one send try whether the pause is really over; tell whether it is the caller's.

    Part of the transaction that marks the send. Where its worker dies, the next one may try when a
    lease is over.
    """
    over = Account.objects.filter(pk=account_id, paused_until__lte=now).exclude(pause="")
    return bool(over.update(paused_until=now + settings.LEASE))


def try_again(account_id: int) -> None:
    """A broken account looks mended: let one send go first."""
    _let_one_try(account_id)
    identity.forget()
    wake(account_id)
    log.info("account_may_work", account=account_id)


def _let_one_try(account_id: int) -> None:
    broken = Account.objects.filter(pk=account_id, pause=Account.Pause.BROKEN)
    broken.update(paused_until=timezone.now())


def end(account_id: int) -> None:
    """Instagram takes messages again: end the pause, and wake all that waits for it."""
    Account.objects.filter(pk=account_id).update(paused_until=None, pause="", pause_reason="")
    identity.forget()
    wake(account_id)
    log.info("account_works", account=account_id)


def wake(account_id: int) -> None:
    """In one statement of its own, after the other, and leased rows too.

    A turn that has just seen the pause and is about to sleep until its end is woken by its release.
    """
    now = timezone.now()
    Conversation.objects.filter(account=account_id, due_at__gt=now).update(due_at=now)


def ends_at(account_id: int) -> datetime | None:
    """Return until when the account's pause lasts, if it has one."""
    return Account.objects.values_list("paused_until", flat=True).get(pk=account_id)


def rate(account_id: int) -> float:
    """Return how many messages a second may leave an account now; 0: as many as can."""
    tuned, strikes = tuning.get("send_rate"), identity.account(account_id).strikes
    if not strikes:
        return tuned
    return float((tuned or SENDS_A_SECOND) / 2**strikes)
