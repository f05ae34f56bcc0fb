"""The access tokens of accounts: where they come from, which one is in force, and how they change.

Nobody else writes their columns. Each new token raises its account's `token_version`, and who
brings a renewed one says which version it renews: one that staff pasted meanwhile wins. The
environment's token is given to the first account once; what is stored afterwards, a renewed one
too, wins until the environment has another.
"""

import hashlib
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

import structlog
from django.conf import settings
from django.db.models import F

from conversations.account import vault
from conversations.models import FIRST, Account
from instagram import hosts
from instagram.errors import LoginError
from instagram.kinds import Kind

log = structlog.get_logger("tokens")


class NoTokenError(LoginError):
    """The account has no token: it was never connected, or it is disconnected."""

    def __init__(self) -> None:
        super().__init__("This account has no access token: connect it.")


def read(account: Account) -> str:
    """Return an account's token; raises NoTokenError and vault.SealedError."""
    if not account.token:
        raise NoTokenError
    return vault.unseal(account.token)


def keep(  # noqa: PLR0913 - each is a column
    account_id: int,
    token: str,
    *,
    login: str,
    made_at: datetime | None = None,
    ends_at: datetime | None = None,
    permissions: Sequence[str] = (),
) -> None:
    """Give an account this token, whatever it had."""
    rows = Account.objects.filter(pk=account_id)
    rows.update(**_columns(token, made_at, ends_at), login=login, permissions=list(permissions))


def replace(
    account_id: int,
    seen_version: int,
    token: str,
    *,
    made_at: datetime | None = None,
    ends_at: datetime | None = None,
) -> bool:
    """Give an account the token that renews the one of this version.

    False, and nothing written: it has another one meanwhile.
    """
    rows = Account.objects.filter(pk=account_id, token_version=seen_version).exclude(token="")
    return bool(rows.update(**_columns(token, made_at, ends_at)))


def note(
    account_id: int, seen_version: int, ends_at: datetime | None, permissions: Sequence[str]
) -> bool:
    """Write down what Meta says of the token of this version; False: it has another meanwhile."""
    rows = Account.objects.filter(pk=account_id, token_version=seen_version)
    return bool(rows.update(token_ends_at=ends_at, permissions=list(permissions)))


def drop(account_id: int) -> None:
    """Take an account's token away."""
    Account.objects.filter(pk=account_id).update(
        token="", token_version=F("token_version") + 1, token_made_at=None, token_ends_at=None,
        permissions=[],
    )  # fmt: skip


def _columns(token: str, made_at: datetime | None, ends_at: datetime | None) -> dict[str, Any]:
    return {
        "token": vault.seal(token),
        "token_version": F("token_version") + 1,
        "token_made_at": made_at,
        "token_ends_at": ends_at,
    }


def seed_of_environment() -> str:
    """Return what tells the environment's token from another, without being it; empty: none."""
    token = settings.INSTAGRAM_PAGE_ACCESS_TOKEN
    return hashlib.sha256(f"seed {token}".encode()).hexdigest() if token else ""


def is_environments(account_id: int, token: str) -> bool:
    """Tell whether an account has the environment's own token, which INSTAGRAM_ACCOUNT_ID is for.

    One that was pasted may be of another login, to which that id says nothing.
    """
    return account_id == FIRST and token == settings.INSTAGRAM_PAGE_ACCESS_TOKEN


def is_lost(account: Account) -> bool:
    """Tell whether no key unseals an account's token."""
    try:
        vault.unseal(account.token)
    except vault.SealedError:
        return bool(account.token)
    return False


def seed(account: Account) -> None:
    """Give the first account the environment's token, unless another process just did."""
    assert account.pk == FIRST
    token, fingerprint = settings.INSTAGRAM_PAGE_ACCESS_TOKEN, seed_of_environment()
    by_instagram = hosts.is_instagrams(token, settings.GRAPH_API_URL)
    login = Kind.INSTAGRAM if by_instagram else Kind.FACEBOOK
    rows = Account.objects.filter(pk=FIRST, token_seed=account.token_seed)
    # Whoever gives the environment another token connects the account again.
    if rows.update(
        **_columns(token, None, None), login=login, permissions=[], token_seed=fingerprint,
        active=True, disconnected_at=None,
    ):  # fmt: skip
        log.info("token_of_environment_kept", account=FIRST)


def encrypt_again() -> tuple[int, list[Account]]:
    """Seal all tokens with the first key; return how many, and the accounts that none unseals."""
    sealed, unreadable = 0, []
    for account in _with_token():
        try:
            token = vault.unseal(account.token)
        except vault.SealedError:
            unreadable.append(account)
            continue
        rows = Account.objects.filter(pk=account.pk, token_version=account.token_version)
        sealed += rows.update(token=vault.seal(token))
    return sealed, unreadable


def _with_token() -> Iterable[Account]:
    return Account.objects.exclude(token="").order_by("pk")
