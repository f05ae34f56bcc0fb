"""What Meta tells of an app: whether a secret is its, what it posts, whose a thread is."""

import hashlib
import hmac
from datetime import date
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import responses

from instagram import versions
from instagram.errors import LoginError
from instagram.login import App, Login

pytestmark = pytest.mark.no_database

GRAPH = "https://graph.facebook.com/v26.0"
APP = App("200000000000002", ("secret-of-the-app",))


def login() -> Login:
    return Login(facebook=APP, version="v26.0", timeout=(0.5, 0.5))


def refused(code: int, text: str) -> dict[str, Any]:
    return {"error": {"code": code, "message": text, "type": "OAuthException"}}


@responses.activate
def test_a_secret_is_tried_by_its_proof_and_not_shown() -> None:
    responses.get(f"{GRAPH}/me", json={"id": "50010001"})
    assert login().is_signed_by("EAAtoken", "a-secret")
    [call] = responses.calls
    asked = parse_qs(urlsplit(str(call.request.url)).query)
    proof = hmac.new(b"a-secret", b"EAAtoken", hashlib.sha256).hexdigest()
    assert asked == {"fields": ["id"], "appsecret_proof": [proof]}
    assert call.request.headers["Authorization"] == "Bearer EAAtoken"


@pytest.mark.parametrize(
    ("code", "text"),
    [
        (100, "Invalid appsecret_proof provided in the API argument"),
        (104, "Incorrect signature"),
        (15, "The method must be called with an app secret signed session"),
    ],
)
@responses.activate
def test_another_apps_secret_is_told(code: int, text: str) -> None:
    responses.get(f"{GRAPH}/me", status=400, json=refused(code, text))
    assert not login().is_signed_by("EAAtoken", "another-secret")


@responses.activate
def test_a_token_that_is_over_says_nothing_of_the_secret() -> None:
    responses.get(f"{GRAPH}/me", status=400, json=refused(190, "Session has expired"))
    with pytest.raises(LoginError):
        login().is_signed_by("EAAtoken", "a-secret")


@pytest.mark.parametrize(
    ("data", "found"),
    [
        ([], {}),
        (None, {}),
        (["odd"], {}),
        ([{"object": "instagram", "active": False, "fields": []}], {}),
        (
            [
                {
                    "object": "instagram",
                    "callback_url": "https://bot.example/webhooks/instagram",
                    "active": True,
                    "fields": [{"name": "messages", "version": "v26.0"}, "comments"],
                },
                {"object": "page", "callback_url": "https://bot.example/page"},
            ],
            {
                "instagram": (
                    "https://bot.example/webhooks/instagram",
                    frozenset(("messages", "comments")),
                ),
                "page": ("https://bot.example/page", frozenset()),
            },
        ),
    ],
)
@responses.activate
def test_what_the_app_posts_is_read_in_each_shape(data: Any, found: Any) -> None:
    responses.get(f"{GRAPH}/{APP.id}/subscriptions", json={"data": data})
    assert login().posted() == found
    assert (
        responses.calls[0].request.headers["Authorization"] == f"Bearer {APP.id}|{APP.secrets[0]}"
    )


@pytest.mark.parametrize(
    ("data", "owner"),
    [
        ([{"thread_owner": {"app_id": "2639020", "expiration": 1763800000}}], "2639020"),
        ([{"thread_owner": {"app_id": 42}}], "42"),
        ([{"thread_owner": None}], ""),
        (["odd"], ""),
        ([], ""),
        (None, ""),
    ],
)  # fmt: skip
@responses.activate
def test_the_owner_of_a_thread_is_read_in_each_shape(data: Any, owner: str) -> None:
    responses.get(f"{GRAPH}/50010001/thread_owner", json={"data": data})
    assert login().thread_owner("EAAtoken", "50010001", "870001") == owner


@pytest.mark.parametrize(
    ("version", "end"),
    [
        ("v2.12", date(2026, 9, 24)),
        ("v19.0", date(2026, 9, 24)),
        ("v21.0", date(2027, 1, 21)),
        ("v25.0", date(2028, 7, 29)),
        ("v26.0", None),
        ("v31.0", None),
    ],
)
def test_the_end_of_a_version_is_known(version: str, end: date | None) -> None:
    assert versions.ends_on(version) == end
