"""Who we are on Instagram, and the client that speaks for us."""

import hashlib
from collections.abc import Callable
from functools import cache

from django.conf import settings
from django.db import transaction

from conversations.models import Account
from instagram.client import GraphClient
from workqueue.snapshot import Snapshot


def _fingerprint() -> str:
    """What tells one token at one host, for one account, from another, without being either."""
    asked = f"{settings.GRAPH_API_URL} {settings.INSTAGRAM_PAGE_ACCESS_TOKEN}"
    if settings.INSTAGRAM_ACCOUNT_ID != "me":
        asked += f" {settings.INSTAGRAM_ACCOUNT_ID}"
    return hashlib.sha256(asked.encode()).hexdigest()[:32]


def _load(_: Account | None) -> Account:
    account = Account.objects.ours()
    if account.identified_by != _fingerprint():
        account.instagram_id = account.node_id = ""  # known under another token: not known any more
    return account


_current = Snapshot(_load)


def current() -> Account:
    """Return our account, at most half a second old; its id is empty until Meta was asked."""
    return _current.get()


@cache
def client() -> GraphClient:
    """The client of this process, made from the settings."""
    return GraphClient(
        settings.GRAPH_API_URL,
        settings.INSTAGRAM_PAGE_ACCESS_TOKEN,
        version=settings.GRAPH_API_VERSION,
        node=settings.INSTAGRAM_ACCOUNT_ID,
        timeout=settings.GRAPH_TIMEOUT,
        deadline=settings.GRAPH_DEADLINE,
        proxy=settings.GRAPH_PROXY,
        certificates=settings.GRAPH_CERTIFICATES,
    )


def forget() -> None:
    """Read the account again when it is next asked for."""
    _current.forget()


def read() -> Account:
    """Return our account as it is at this moment."""
    return _load(None)


def is_known() -> bool:
    """Tell whether Meta has said whose token this is."""
    return bool(read().instagram_id)


_when_known: list[Callable[[], None]] = []


def when_known(call: Callable[[], None]) -> None:
    """Have this called whenever it becomes known who we are, in the transaction that keeps it."""
    _when_known.append(call)


def identify() -> None:
    """Ask Meta whose token this is, and keep it; raises GraphError."""
    found = client().me()
    names = {"instagram_id": found.instagram_id, "node_id": found.node_id}
    names["identified_by"] = _fingerprint()
    ours = Account.objects.filter(pk=Account.objects.ours().pk)
    with transaction.atomic():
        is_news = not ours.filter(**names).exists()
        ours.update(**names, username=found.username)
        for call in _when_known if is_news else ():
            call()
    forget()
