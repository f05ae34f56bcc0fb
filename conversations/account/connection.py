"""Connects accounts, and disconnects them: sending stops, what is stored stays.

Nobody else writes whether an account is active, but for a new token of the environment. One that is
not keeps what Meta tells of it, and its customers wait for people; whoever connects it again goes
on where it was.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import structlog
from django.db import transaction
from django.utils import timezone

from audit import trail
from audit.trail import Kind
from conversations.account import identity, pause, tokens
from conversations.models import FIRST, Account
from instagram.client import Identity as Found
from instagram.errors import GraphError, LoginError, RetryError
from instagram.kinds import TITLES
from instagram.kinds import Kind as Login

log = structlog.get_logger("connection")

EARLIEST = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class NewToken:
    """A token that somebody brings, and what is known of it. login: its kind."""

    value: str
    login: str
    made_at: datetime | None = None
    ends_at: datetime | None = None
    permissions: Sequence[str] = ()


class UnsureError(RetryError):
    """Nobody knows yet whose the first account's token is, so this may be the same account."""

    def __init__(self) -> None:
        super().__init__(
            "Instagram has not said yet whose the token in INSTAGRAM_PAGE_ACCESS_TOKEN is: this may"
            " be the same account. Try again in a minute. If it lasts, disconnect “our account”"
            " first."
        )


def connect(found: Found, token: NewToken) -> Account:
    """Keep the token of the account that Meta has named with it; a known account goes on with it.

    found: what Meta said when it was asked with this very token, so it has an id. The caller tells
    staff who did it. Not inside a transaction: Meta may be asked. Raises UnsureError.
    """
    if not found.instagram_id:  # it would be any account that is not known yet
        raise ValueError("Meta has not said which account this is")
    identity.ready(FIRST)  # it may be the environment's
    refused = _ask_who_is_first()
    with transaction.atomic():
        account = _account_of(found, refused)
        tokens.keep(
            account.pk, token.value, login=token.login, made_at=token.made_at,
            ends_at=token.ends_at, permissions=token.permissions,
        )  # fmt: skip
        Account.objects.filter(pk=account.pk).update(
            active=True, disconnected_at=None, instagram_id=found.instagram_id
        )
        trail.record(Kind.ACCOUNT, _say_connected(account, found, token))
    account.refresh_from_db()
    identity.learn(account, found)
    pause.try_again(account.pk)
    log.info("account_connected", account=account.pk, login=token.login)
    account.refresh_from_db()
    return account


def _say_connected(before: Account, found: Found, token: NewToken) -> str:
    """Say what became of the account, which is as it was before."""
    name = f"@{found.username}" if found.username else found.instagram_id
    way = TITLES[Login(token.login)]
    if before.token:
        return f"gave {name} a new access token, by {way}"
    again = " again" if before.disconnected_at else ""
    return f"connected {name}{again}, by {way}"


def _ask_who_is_first() -> int | None:
    """Have Meta say whose the first account's token is, where nobody knows.

    Return the version of one that never spoke for an account of its own: Meta refuses it, or it is
    that of another one of ours.
    """
    first = Account.objects.ours()
    if not first.token or first.instagram_id:
        return None
    try:
        identity.identify(first)
    except (LoginError, identity.TwiceError):
        return first.token_version
    except GraphError as error:
        log.warning("account_unreachable", account=FIRST, exc_info=error)
    return None


def _account_of(found: Found, refused: int | None) -> Account:
    """Return the account of this name, else the first one while it is nobody's, else a new one.

    refused: the version of the first one's token that opens nothing. Raises UnsureError.
    """
    first = Account.objects.select_for_update().get(pk=Account.objects.ours().pk)  # one at a time
    # The others, too: no bot is switched off meanwhile, of which a new account would not know.
    rows = list(Account.objects.select_for_update().order_by("pk"))
    known = next((row for row in rows if row.instagram_id == found.instagram_id), None)
    if known:
        return known
    if not first.instagram_id:
        if first.token and first.token_version != refused:
            raise UnsureError
        return first
    off = _last_switched_off(rows)
    by, at = (off.bot_off_by, off.bot_off_at) if off else ("", None)
    return Account.objects.create(instagram_id=found.instagram_id, bot_off_by=by, bot_off_at=at)


def _last_switched_off(rows: Sequence[Account]) -> Account | None:
    """Return whose bot was switched off last, where none of them answers: then nor does a new one.

    Of those that are disconnected none answers, so they count only where all of them are.
    """
    speaking = [row for row in rows if row.active] or rows
    if not all(row.bot_is_off for row in speaking):
        return None
    return max(speaking, key=lambda row: row.bot_off_at or EARLIEST)


def disconnect(account_id: int, by: str, seen_version: int | None = None) -> bool:
    """Forget an account's token and let it say nothing more; False: it is disconnected already.

    What customers write is kept. A message that is being sent at this moment still arrives.
    seen_version: of the token that is meant; False, too, where the account has another by now.
    """
    rows = Account.objects.filter(pk=account_id, disconnected_at=None)
    if seen_version is not None:
        rows = rows.filter(token_version=seen_version)
    with transaction.atomic():
        if not rows.update(active=False, disconnected_at=timezone.now()):
            return False
        tokens.drop(account_id)
        trail.record(Kind.ACCOUNT, f"disconnected {Account.objects.get(pk=account_id)}")
    identity.forget()
    pause.wake(account_id)  # what is queued is refused at the gate, each in its conversation's turn
    log.warning("account_disconnected", account=account_id, by=by)
    return True
