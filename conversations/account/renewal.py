"""Tokens renew themselves: those of Instagram Login, which end after 60 days.

Once a token is a week old it is renewed, where its age is not known a day after it was brought, and
tried again after 15 minutes or six hours where that fails. A token that cannot be renewed is asked
about daily, so that its end is known before it comes. A process takes an account by moving
`renewal_at`; what it brings is written only where the account still has the token that it began
with, so a token that staff paste meanwhile wins.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from django.db.models import F, Q
from django.utils import timezone

from conversations.account import authorization, identity, pause, tokens
from conversations.models import Account
from instagram.errors import AccountError, GraphError, LoginError, RefusedError, RetryError
from instagram.kinds import Kind
from instagram.token_facts import Facts, Granted

log = structlog.get_logger("renewal")

OLD_ENOUGH = timedelta(days=7)  # to be renewed
NEXT_LOOK = timedelta(days=1)
LEASE = timedelta(minutes=5)
AFTER_REFUSAL, AFTER_OUTAGE = timedelta(hours=6), timedelta(minutes=15)
NOT_RENEWED = "Instagram did not renew the access token, which still works. We try again."
NOT_ASKED = (
    "Instagram does not accept the app's ID and secret, so it does not say how long the access"
    " token lasts. Check FACEBOOK_APP_ID and FACEBOOK_APP_SECRET."
)
WARN_DAYS = (14, 7, 3, 1)
URGENT_DAYS = 3  # from then on everybody is told


def look() -> None:
    """Renew or ask about the tokens that are due. Called once a minute; does a few at a time."""
    now = timezone.now()
    for account in due(now):
        if _take(account, now):
            try:
                _attend(account)
            except Exception:  # the other accounts go on; the lease tries again
                log.exception("token_not_looked_at", account=account.pk)


def due(now: datetime) -> list[Account]:
    """Return accounts whose token is due for a look; a new token always is."""
    is_new = ~Q(renewal_version=F("token_version"))
    rows = Account.objects.filter(Q(renewal_at=None) | Q(renewal_at__lte=now) | is_new, active=True)
    return list(rows.exclude(token="").order_by("pk"))


def look_soon() -> None:
    """Have the tokens looked at that are only asked about: something may have happened to one."""
    now = timezone.now()
    rows = Account.objects.filter(active=True).exclude(login=Kind.INSTAGRAM)
    rows.exclude(token="").update(renewal_at=now)


def _take(account: Account, now: datetime) -> bool:
    """Take an account for a while; False: somebody else has it."""
    mine = Account.objects.filter(
        pk=account.pk, renewal_at=account.renewal_at, renewal_version=account.renewal_version,
        token_version=account.token_version,
    )  # fmt: skip
    return bool(mine.update(renewal_at=now + LEASE, renewal_version=account.token_version))


def _attend(account: Account) -> None:
    now = timezone.now()
    try:
        if account.login == Kind.INSTAGRAM:
            if is_old_enough(account, now):
                _renew(account)
        else:
            _ask(account)
    except GraphError as error:
        _fail(account, error)
    else:
        _finish(account)


def is_old_enough(account: Account, now: datetime) -> bool:
    """Tell whether a token may be renewed.

    Meta renews none that is younger than a day. One whose age nobody knows may have been made a
    minute before it was brought, so it is left alone when it is first looked at, and waits for
    NEXT_LOOK.
    """
    if account.token_made_at is None:
        return account.renewal_version == account.token_version
    return now - account.token_made_at >= OLD_ENOUGH


def _renew(account: Account) -> None:
    granted = _refresh(tokens.read(account))
    now = timezone.now()
    written = tokens.replace(
        account.pk, account.token_version, granted.token,
        made_at=now, ends_at=granted.ends_at(now),
    )  # fmt: skip
    if written:
        # Ours is the newest: it is not new to whoever looks next.
        newest = account.token_version + 1
        renewed = Account.objects.filter(pk=account.pk, token_version=newest)
        renewed.update(renewal_version=newest)
        log.info("token_renewed", account=account.pk)
    identity.forget()


def _refresh(token: str) -> Granted:
    """Have Meta renew a token; a refusal says whether the token itself still works."""
    login = authorization.make_login()
    try:
        return login.refresh(token)
    except RefusedError as error:
        login.who_instagram(token)
        raise RetryError(NOT_RENEWED, error.reply) from None


def _ask(account: Account) -> None:
    """Have Meta say how long a token lives that cannot be renewed, where it tells the app."""
    login = authorization.make_login()
    if not login.facebook.is_known:
        return
    token = tokens.read(account)
    try:
        facts = login.debug(token)
    except AccountError as error:  # it is the app that is not accepted, and not the token
        raise RetryError(NOT_ASKED, error.reply) from None
    if not facts.is_valid:
        raise facts.error or LoginError("Instagram no longer accepts the access token.")
    _note(account, facts)


def _note(account: Account, facts: Facts) -> None:
    tokens.note(account.pk, account.token_version, facts.ends_at, sorted(facts.permissions))
    identity.forget()


def _finish(account: Account) -> None:
    rows = Account.objects.filter(pk=account.pk, renewal_version=F("token_version"))
    next_at = timezone.now() + NEXT_LOOK
    rows.update(renewal_at=next_at, renewal_problem="", renewal_failed_at=None)


def _fail(account: Account, error: GraphError) -> None:
    """Say why, and try again: soon where Meta was out of reach, later where it refused."""
    now = timezone.now()
    wait = AFTER_REFUSAL if isinstance(error, RefusedError) else AFTER_OUTAGE
    rows = Account.objects.filter(pk=account.pk, token_version=account.token_version)
    rows.update(renewal_at=now + wait, renewal_problem=error.advice[:500])
    rows.filter(renewal_failed_at=None).update(renewal_failed_at=now)
    log.warning("token_not_renewed", account=account.pk, exc_info=error)
    if isinstance(error, AccountError) and account.login != Kind.INSTAGRAM:
        version = account.token_version
        pause.refused(account.pk, error, first_again=False, version=version)


def is_refused(account: Account) -> bool:
    """Tell whether it is the token itself that Meta refused when it was last asked about it.

    Where it said nothing, or did not accept the app, the account goes on.
    """
    is_broken = account.pause == Account.Pause.BROKEN
    return is_broken and account.pause_reason == account.renewal_problem


@dataclass(frozen=True, slots=True)
class Ending:
    """What staff are told of a token that ends soon. days: that are left, rounded down."""

    days: int
    ends_at: datetime

    @property
    def is_over(self) -> bool:
        return self.days < 0

    @property
    def level(self) -> int:
        """The last of the days at which staff are warned anew; 0 when it is over."""
        return 0 if self.is_over else min(day for day in WARN_DAYS if self.days <= day)


def days_left(account: Account, now: datetime) -> int | None:
    """Return the whole days until a token ends, -1 when it is over; None: no end is known."""
    if not account.token or account.token_ends_at is None:
        return None
    left = account.token_ends_at - now
    return max(left.days, 0) if left > timedelta(0) else -1


def warn(account: Account, now: datetime) -> Ending | None:
    """Return what to warn of, from 14 days before a token ends; None: nothing yet."""
    days = days_left(account, now)
    if days is None or account.token_ends_at is None or days > max(WARN_DAYS):
        return None
    return Ending(days, account.token_ends_at)
