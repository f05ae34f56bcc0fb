"""Who we are on Instagram, and the client that speaks for us."""

import hashlib
from functools import cache

from django.conf import settings

from conversations.models import Account
from instagram.client import GraphClient
from workqueue.snapshot import Snapshot


def _fingerprint() -> str:
    """What tells one token at one host from another, without being either."""
    asked = f"{settings.GRAPH_API_URL} {settings.INSTAGRAM_PAGE_ACCESS_TOKEN}"
    return hashlib.sha256(asked.encode()).hexdigest()[:32]


def _load(_: Account | None) -> Account:
    account = Account.objects.ours()
    if account.identified_by != _fingerprint():
        account.instagram_id = ""  # known under another token: not known any more
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


def is_known() -> bool:
    """Tell whether Meta has said whose token this is."""
    return bool(_load(None).instagram_id)


def identify() -> None:
    """Ask Meta whose token this is, and keep it; raises GraphError."""
    identity = client().me()
    Account.objects.filter(pk=Account.objects.ours().pk).update(
        instagram_id=identity.instagram_id,
        node_id=identity.node_id,
        identified_by=_fingerprint(),
        username=identity.username,
    )
    forget()
