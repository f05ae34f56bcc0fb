"""Who our accounts are on Instagram, and the clients that speak for them."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass

import structlog
from django.conf import settings
from django.db import transaction

from backoffice.reach import may_see
from conversations.account import tokens
from conversations.models import FIRST, Account
from instagram import hosts
from instagram.client import GraphClient
from instagram.client import Identity as Found
from instagram.errors import AccountError
from instagram.kinds import Kind
from instagram.limits import MAX_ID
from workqueue.postgresql import pool
from workqueue.snapshot import Snapshot

log = structlog.get_logger("identity")


@dataclass(frozen=True, slots=True)
class Accounts:
    """Our accounts, the first one first, and by their names.

    ids: the Instagram ID that each had last, also while it is not sure.
    has_seed: the first account was seen to have the token of this process's environment;
    wants_seed: it is to be given it.
    """

    rows: tuple[Account, ...]
    names: dict[str, Account]
    ids: dict[int, str]
    has_seed: bool
    wants_seed: bool

    @property
    def first(self) -> Account:
        return self.rows[0]

    def get(self, pk: int) -> Account | None:
        return next((account for account in self.rows if account.pk == pk), None)

    @property
    def are_several(self) -> bool:
        return len(self.rows) > 1

    def called(self, instagram_id: str) -> str:
        """Return what staff call an account; one that is none of ours by its id.

        Whoever may not see it is not told its name.
        """
        known = self.names.get(instagram_id)
        if known and not may_see(known.pk):
            return "another account"
        return str(known) if known else instagram_id

    def named(self, name: str) -> Account | None:
        """Return the account that a webhook's entry names; None: none of ours, as far as known.

        The only one, of which Meta has not said who it is, may be any; one of several has the name
        that it had.
        """
        if len(self.rows) == 1:
            return self.first if self.first.answers_to(name) else None
        return self.names.get(name)


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
    wants_seed = bool(seed) and not has_seed and not (seen_before and first.token_seed)
    names = {name: account for account in rows for name in account.names()}
    # What Meta calls an account comes before what others say of it.
    names |= {account.instagram_id: account for account in rows if account.instagram_id}
    ids = {account.pk: account.instagram_id for account in rows}
    if not is_known(first) or (wants_seed and first.identified_by != _fingerprint()):
        first.instagram_id = first.node_id = ""
    return Accounts(tuple(rows), names, ids, has_seed or seen_before, wants_seed)


_accounts = Snapshot(_load)


def accounts() -> Accounts:
    """Return our accounts, at most half a second old; an id is empty until Meta was asked."""
    return _accounts.get()


def account(pk: int) -> Account:
    """Return one of them."""
    return accounts().get(pk) or Account.objects.get(pk=pk)


def ready(pk: int) -> Account:
    """Return an account that is about to be called, with the environment's token where that is new.

    Not inside a transaction, which may end in a rollback.
    """
    if pk == FIRST and (accounts().wants_seed or _is_lost()):
        tokens.seed(accounts().first)
        forget()
    return account(pk)


def _is_lost() -> bool:
    """Tell whether the environment's token was stored under a secret that is gone."""
    first = accounts().first
    stands_there = first.token_seed == tokens.seed_of_environment() != ""
    return stands_there and FIRST not in _clients and tokens.is_lost(first)


def forget() -> None:
    """Read the accounts again when they are next asked for."""
    _accounts.forget()


def read() -> Accounts:
    """Return our accounts as they are at this moment."""
    return _load(accounts())


def is_known(account: Account) -> bool:
    """Tell whether Meta has said whose token this is."""
    seed = tokens.seed_of_environment()
    ours = account.pk == FIRST and account.token_seed in ("", seed)
    is_same = not (seed and ours) or account.identified_by == _fingerprint()
    return bool(account.instagram_id) and is_same


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
    token = tokens.read(account)
    node = owner = "me"
    if account.login == Kind.UNIFIED:  # whose `me` is no account
        node = owner = account.instagram_id
    elif tokens.is_environments(account.pk, token):
        node = settings.INSTAGRAM_ACCOUNT_ID
    return GraphClient(
        url_of(account.login),
        token,
        version=settings.GRAPH_API_VERSION,
        node=node,
        owner=owner,
        timeout=settings.GRAPH_TIMEOUT,
        deadline=settings.GRAPH_DEADLINE,
        proxy=settings.GRAPH_PROXY,
        certificates=settings.GRAPH_CERTIFICATES,
        before=pool.give_back,  # Meta takes its time: who waits for it needs no connection
    )


def url_of(login: str) -> str:
    """Return the address of the Graph API for such an account, unless the settings have another."""
    if settings.GRAPH_API_URL_IS_SET or not login:
        return settings.GRAPH_API_URL
    return hosts.INSTAGRAM if login == Kind.INSTAGRAM else hosts.FACEBOOK


def forget_clients() -> None:
    """Make them anew from the settings when they are next asked for."""
    _clients.clear()


_when_known: list[Callable[[Account], Callable[[], None]]] = []


def when_known(prepare: Callable[[Account], Callable[[], None]]) -> None:
    """Have this called whenever it becomes known who an account is.

    It is called with that account, before the transaction that keeps it, and what it returns is
    called inside: what takes long keeps no lock.
    """
    _when_known.append(prepare)


def identify(account: Account) -> None:
    """Ask Meta whose token this is, and keep it; raises GraphError."""
    learn(account, client(account).me())


def look_again(account: Account) -> None:
    """Ask Meta who a known account is, and keep what it is called now; raises GraphError.

    Where its token is another account's by now nothing is kept: the doctor says it.
    """
    found = client(account).me()
    if found.instagram_id == account.instagram_id and _looks_different(account, found):
        same = Account.objects.filter(pk=account.pk, token_version=account.token_version)
        same.update(**_shown(found))
        forget()
        log.info("account_renamed", account=account.pk)


def _looks_different(account: Account, found: Found) -> bool:
    shown = _shown(found)
    if "picture_url" in shown and _file(shown.pop("picture_url")) != _file(account.picture_url):
        return True
    return any(getattr(account, name) != value for name, value in shown.items())


def _file(link: str) -> str:
    """Return what a link is to, without its signature, which is another one at each call."""
    return link.partition("?")[0]


def _shown(found: Found) -> dict[str, str]:
    """Return what people see of an account, as far as Meta tells it."""
    shown = {
        "username": found.username, "name": found.name[:MAX_ID], "picture_url": found.picture,
    }  # fmt: skip
    return {name: value for name, value in shown.items() if value}


def learn(account: Account, found: Found) -> None:
    """Keep who an account is; raises TwiceError where that is another one of ours.

    Not inside a transaction: it may have to look through all events.
    """
    names = {"instagram_id": found.instagram_id, "node_id": found.node_id}
    seed = tokens.seed_of_environment()
    if account.pk == FIRST and seed and account.token_seed == seed:
        names["identified_by"] = _fingerprint()
    rows = Account.objects.filter(pk=account.pk)
    is_news = not rows.filter(**names).exists()
    named = Account(pk=account.pk, **names)
    prepared = [prepare(named) for prepare in _when_known] if is_news else []
    with transaction.atomic():
        others = Account.objects.exclude(pk=account.pk).exclude(instagram_id="")
        if other := others.filter(instagram_id=found.instagram_id).first():
            raise TwiceError(other)
        rows.update(**{**names, "username": found.username, **_shown(found)})
        for call in prepared:
            call()
    forget()
