"""Who our accounts are on Instagram, and the clients that speak for them."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field

import structlog
from django.conf import settings
from django.db import transaction

from conversations.account import tokens
from conversations.models import FIRST, Account
from instagram import hosts
from instagram.client import GraphClient
from instagram.client import Identity as Found
from instagram.errors import AccountError
from workqueue.snapshot import Snapshot

log = structlog.get_logger("identity")


@dataclass(frozen=True, slots=True)
class Accounts:
    """Our accounts, the first one first.

    has_seed: the first account was seen to have the token of this process's environment.
    """

    rows: tuple[Account, ...]
    has_seed: bool
    _by_pk: dict[int, Account] = field(init=False, repr=False)
    _by_name: dict[str, Account] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        by_pk = {account.pk: account for account in self.rows}
        by_name = {name: account for account in self.rows for name in account.names()}
        # What Meta calls an account comes before what others say of it.
        by_name |= {one.instagram_id: one for one in self.rows if one.instagram_id}
        object.__setattr__(self, "_by_pk", by_pk)
        object.__setattr__(self, "_by_name", by_name)

    @property
    def first(self) -> Account:
        return self.rows[0]

    def get(self, pk: int) -> Account | None:
        return self._by_pk.get(pk)

    def named(self, name: str) -> Account | None:
        """Return the account that a webhook's entry names; None: none of ours, as far as known.

        The only one, of which Meta has not said who it is, may be any.
        """
        known = self._by_name.get(name)
        if known is None and len(self.rows) == 1 and self.first.answers_to(name):
            return self.first
        return known


class TwiceError(AccountError):
    """The account's token is another account's."""

    everywhere = True

    def __init__(self, other: Account) -> None:
        super().__init__(f"This access token is for {other}, which is connected already.")


def _fingerprint() -> str:
    """What tells one token at one host, for one account, from another, without being either."""
    asked = f"{settings.GRAPH_API_URL} {settings.INSTAGRAM_PAGE_ACCESS_TOKEN}"
    if settings.INSTAGRAM_ACCOUNT_ID != "me":
        asked += f" {settings.INSTAGRAM_ACCOUNT_ID}"
    return hashlib.sha256(asked.encode()).hexdigest()[:32]


def _load(before: Accounts | None) -> Accounts:
    rows = list(Account.objects.order_by("pk"))
    if not rows or rows[0].pk != FIRST:
        rows.insert(0, Account.objects.ours())
    first, seed = rows[0], tokens.seed_of_environment()
    has_seed = first.token_seed == seed
    seen_before = before is not None and before.has_seed
    # Where it was there once, a process with a newer environment has come since.
    if seed and not has_seed and not (seen_before and first.token_seed):
        tokens.seed(first)
        first = rows[0] = Account.objects.ours()
    if not is_known(first):
        first.instagram_id = first.node_id = ""
    return Accounts(tuple(rows), has_seed or seen_before)


_accounts = Snapshot(_load)


def accounts() -> Accounts:
    """Return our accounts, at most half a second old; an id is empty until Meta was asked."""
    return _accounts.get()


def account(pk: int) -> Account:
    """Return one of them."""
    return accounts().get(pk) or Account.objects.get(pk=pk)


def forget() -> None:
    """Read the accounts again when they are next asked for."""
    _accounts.forget()


def read() -> Accounts:
    """Return our accounts as they are at this moment."""
    return _load(accounts())


def is_known(account: Account) -> bool:
    """Tell whether Meta has said whose token this is."""
    seed = tokens.seed_of_environment()
    ours = account.pk == FIRST and account.token_seed == seed
    return bool(account.instagram_id) and (not ours or account.identified_by == _fingerprint())


_clients: dict[int, tuple[tuple[int, str], GraphClient]] = {}


def client(account: Account) -> GraphClient:
    """Return the client of an account, with the token that it has here.

    Raises tokens.NoTokenError and vault.SealedError, which are Meta's LoginError to whoever calls.
    """
    key = (account.token_version, account.token)
    known = _clients.get(account.pk)
    if known is None or known[0] != key:
        _clients.pop(account.pk, None)
        known = _clients[account.pk] = (key, _make_client(account))
    return known[1]


def _make_client(account: Account) -> GraphClient:
    node = settings.INSTAGRAM_ACCOUNT_ID if account.pk == FIRST else "me"
    owner = "me"
    if account.login == Account.Login.UNIFIED:  # whose `me` is no account
        node = owner = account.instagram_id
    return GraphClient(
        url_of(account.login),
        tokens.read(account),
        version=settings.GRAPH_API_VERSION,
        node=node,
        owner=owner,
        timeout=settings.GRAPH_TIMEOUT,
        deadline=settings.GRAPH_DEADLINE,
        proxy=settings.GRAPH_PROXY,
        certificates=settings.GRAPH_CERTIFICATES,
    )


def url_of(login: str) -> str:
    """Return the address of the Graph API for such an account, unless the settings have another."""
    if settings.GRAPH_API_URL_IS_SET or not login:
        return settings.GRAPH_API_URL
    return hosts.INSTAGRAM if login == Account.Login.INSTAGRAM else hosts.FACEBOOK


def forget_clients() -> None:
    """Make them anew from the settings when they are next asked for."""
    _clients.clear()


_when_known: list[Callable[[Account], None]] = []


def when_known(call: Callable[[Account], None]) -> None:
    """Have this called whenever it becomes known who an account is.

    It is called with that account, in the transaction that keeps it.
    """
    _when_known.append(call)


def identify(account: Account) -> None:
    """Ask Meta whose token this is, and keep it; raises GraphError."""
    learn(account, client(account).me())


def learn(account: Account, found: Found) -> None:
    """Keep who an account is; raises TwiceError where that is another one of ours."""
    names = {"instagram_id": found.instagram_id, "node_id": found.node_id}
    seed = tokens.seed_of_environment()
    if account.pk == FIRST and seed and account.token_seed == seed:
        names["identified_by"] = _fingerprint()
    rows = Account.objects.filter(pk=account.pk)
    with transaction.atomic():
        others = Account.objects.exclude(pk=account.pk).exclude(instagram_id="")
        if other := others.filter(instagram_id=found.instagram_id).first():
            raise TwiceError(other)
        is_news = not rows.filter(**names).exists()
        rows.update(**names, username=found.username)
        for call in _when_known if is_news else ():
            call(rows.get())
    forget()
