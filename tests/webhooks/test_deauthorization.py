"""Meta's word that the app was removed: believed only with its signature."""

import base64
import hashlib
import hmac
import json
import time
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from audit.models import Entry
from conversations.account import identity, renewal, tokens
from conversations.models import Account
from instagram.client import GraphClient
from instagram.signature import read_signed_request
from tests.support.graph import HTML_502, Answer, Graph, error

pytestmark = pytest.mark.django_db

HOUR = timedelta(hours=1)
ADDRESS = "/webhooks/instagram/deauthorize"
# Worked out by hand from Meta's documentation, with the key "test_secret".
VECTOR = (
    "jiGHmnesS9_p_KxH5fRvEtlnDKSlddH5A7AQUgJqHao.eyJhbGdvcml0aG0iOiJITUFDLVNIQTI1NiIsImlzc3VlZF9hdCI"
    "6MTc2MzgwMDAwMCwidXNlcl9pZCI6IjkxNzAwMDAwMDAwMDAwMDEifQ"
)


def encode(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def signed(secret: str = "instagram-secret", **payload: Any) -> str:
    body = encode(
        json.dumps({"algorithm": "HMAC-SHA256", "issued_at": time.time(), **payload}).encode()
    )
    made = hmac.new(secret.encode(), body.encode(), hashlib.sha256).digest()
    return f"{encode(made)}.{body}"


@pytest.fixture
def account(settings: Settings) -> Account:
    settings.INSTAGRAM_PAGE_ACCESS_TOKEN = ""
    account = identity.read().first
    tokens.keep(account.pk, "IGAA", login="instagram", made_at=timezone.now() - HOUR)
    Account.objects.update(instagram_id="178", node_id="917", renewal_at=timezone.now())
    return Account.objects.get()


def post(request: str) -> int:
    return Client(enforce_csrf_checks=True).post(ADDRESS, {"signed_request": request}).status_code


@pytest.mark.table
@pytest.mark.parametrize("secret", ["new-secret", "old-secret", "instagram-secret"])
@pytest.mark.parametrize(
    "payload",
    [{"user_id": "917"}, {"user_id": 917}, {"user_id": "178"}, {"user_id": 0, "profile_id": "917"}],
)
def test_the_account_is_disconnected(
    account: Account, secret: str, payload: dict[str, Any]
) -> None:
    assert post(signed(secret, **payload)) == 200
    account.refresh_from_db()
    assert (account.active, account.token) == (False, "")
    assert account.disconnected_at
    assert post(signed(secret, **payload)) == 200  # told once more
    entry = Entry.objects.get()
    assert (entry.kind, entry.name, entry.says) == ("account", "Instagram", "disconnected 178")
    assert entry.address == "127.0.0.1"


@pytest.mark.parametrize(
    "request_",
    [
        "",
        ".",
        "a.b",
        "ключ.ключ",
        signed("another", user_id="917"),
        signed(user_id="917")[:-2],
        f"x{signed(user_id='917')}",
        signed(user_id="917", algorithm="none"),
        VECTOR,
    ],
)
def test_what_meta_did_not_sign_changes_nothing(account: Account, request_: str) -> None:
    assert post(request_) == 403
    account.refresh_from_db()
    assert (account.active, tokens.read(account)) == (True, "IGAA")


def test_a_person_who_is_nobodys_has_all_tokens_of_pages_looked_at(account: Account) -> None:
    other = Account.objects.create(instagram_id="179", renewal_at=timezone.now())
    tokens.keep(other.pk, "EAA", login="page")
    later = timezone.now() + renewal.NEXT_LOOK
    Account.objects.update(renewal_at=later, renewal_version=1)
    assert post(signed(user_id="77")) == 200
    assert [one.pk for one in renewal.due(timezone.now())] == [other.pk]
    assert not Account.objects.filter(active=False).exists()


@pytest.mark.parametrize(
    ("made", "issued", "stays"),
    [(1, 2, True), (2, 1, False)],
    ids=["connected again since", "connected before"],
)
def test_an_account_that_was_connected_again_since_then_stays(
    account: Account, made: int, issued: int, stays: bool
) -> None:
    now = timezone.now()
    Account.objects.update(token_made_at=now - made * HOUR)
    said_at = int((now - issued * HOUR).timestamp())
    assert post(signed(user_id="917", issued_at=said_at)) == 200
    account.refresh_from_db()
    assert (account.active, bool(account.token)) == (stays, stays)


@pytest.mark.parametrize(
    ("meta_says", "status", "stays"),
    [
        (error(190, 460), 200, False),
        (error(190), 200, False),
        (None, 200, True),
        (HTML_502, 503, True),
        (error(4), 503, True),
        (error(2, status=500), 503, True),
    ],
    ids=["ended", "not valid", "works", "HTML", "too many calls", "does not know"],
)
def test_of_a_token_of_unknown_age_meta_is_asked_whether_it_works(
    graph: Graph, account: Account, meta_says: Answer | None, status: int, stays: bool
) -> None:
    """A word that comes once more, after the account was connected again, ends nothing."""
    Account.objects.update(token_made_at=None)
    if meta_says:
        graph.refused["IGAA"] = meta_says
    assert post(signed(user_id="917")) == status
    account.refresh_from_db()
    assert (account.active, bool(account.token)) == (stays, stays)


def test_a_word_without_a_time_is_checked_too(graph: Graph, account: Account) -> None:
    assert post(signed(user_id="917", issued_at=None)) == 200
    assert Account.objects.get().active
    graph.refused["IGAA"] = error(190)
    assert post(signed(user_id="917", issued_at=None)) == 200
    assert not Account.objects.get().active


def test_a_token_that_comes_while_meta_is_asked_stays(
    graph: Graph, account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    Account.objects.update(token_made_at=None)
    graph.refused["IGAA"] = error(190)
    client = identity.client

    def connected_meanwhile(row: Account) -> GraphClient:
        tokens.keep(row.pk, "IGAA-new", login="instagram")
        return client(row)

    monkeypatch.setattr(identity, "client", connected_meanwhile)
    assert post(signed(user_id="917")) == 200
    account.refresh_from_db()
    assert (account.active, tokens.read(account)) == (True, "IGAA-new")


def test_it_is_posted(client: Client) -> None:
    assert client.get(ADDRESS).status_code == 405


def test_the_documented_vector_is_read() -> None:
    found = read_signed_request(VECTOR, ["other", "test_secret"])
    assert found is not None
    assert found["user_id"] == "9170000000000001"
    assert read_signed_request(VECTOR, ["other"]) is None
