"""An app secret that is being rotated: the new one is in front, and Meta may not have it yet."""

from collections.abc import Callable
from typing import Any

import pytest
import responses

from instagram.errors import GraphError, LoginError
from instagram.login import App, Login
from tests.instagram.test_login import CODE_HOST, FACEBOOK, INSTAGRAM, LONG, REDIRECT, V

pytestmark = pytest.mark.no_database

WRONG = (400, {"error": {"message": "Error validating client secret.", "code": 1}})
WRONG_CODE = (400, {"error_type": "OAuthException", "error_message": WRONG[1]["error"]["message"]})
SIGNATURE = (400, {"error": {"message": "Invalid OAuth access token signature.", "code": 190}})
EXPIRED = (400, {"error": {"message": "Session has expired", "code": 190, "error_subcode": 463}})
NO_CODE = (400, {"error_type": "OAuthException", "error_message": "Matching code was not found"})
AS_AN_APP: dict[str, tuple[str, str, Callable[[Login], object], Any, Any]] = {
    "a code": (
        "POST", CODE_HOST, lambda login: login.exchange_code("MARK-CODE", REDIRECT), WRONG_CODE,
        LONG,
    ),
    "a short token": (
        "GET", f"{INSTAGRAM}/access_token", lambda login: login.lengthen("IGAAshort"), WRONG, LONG,
    ),
    "a person's token": (
        "GET", f"{FACEBOOK}/oauth/access_token",
        lambda login: login.lengthen_for_person("EAAshort"), WRONG, LONG,
    ),
    "what a token is": (
        "GET", f"{FACEBOOK}/{V}/debug_token", lambda login: login.debug("MARK-TOKEN"), SIGNATURE,
        {"data": {"is_valid": True}},
    ),
    "what the app posts": (
        "GET", f"{FACEBOOK}/{V}/222/subscriptions", lambda login: login.posted(), SIGNATURE,
        {"data": []},
    ),
}  # fmt: skip


def of_two_secrets() -> Login:
    return Login(
        instagram=App("111", ("NEW-SECRET", "OLD-SECRET")),
        facebook=App("222", ("NEW-SECRET", "OLD-SECRET")),
        version=V,
        timeout=(0.5, 0.5),
    )


def secrets_asked_with() -> list[str]:
    return [
        name
        for call in responses.calls
        for name in ("NEW-SECRET", "OLD-SECRET")
        if name in f"{call.request.url} {call.request.body!r} {call.request.headers}"
    ]


@pytest.mark.parametrize("name", AS_AN_APP)
@responses.activate
def test_each_secret_of_the_app_is_tried(name: str) -> None:
    method, address, ask, wrong, right = AS_AN_APP[name]
    responses.add(method, address, status=wrong[0], json=wrong[1])
    responses.add(method, address, json=right)
    ask(of_two_secrets())
    assert secrets_asked_with() == ["NEW-SECRET", "OLD-SECRET"]


@pytest.mark.parametrize("name", AS_AN_APP)
@responses.activate
def test_where_no_secret_is_the_apps_that_is_said_and_none_shown(name: str) -> None:
    method, address, ask, wrong, _ = AS_AN_APP[name]
    responses.add(method, address, status=wrong[0], json=wrong[1])
    with pytest.raises(LoginError) as refused:
        ask(of_two_secrets())
    assert secrets_asked_with() == ["NEW-SECRET", "OLD-SECRET"]
    assert "SECRET" not in f"{refused.value} {refused.value.reply}"


@pytest.mark.parametrize(
    ("name", "refusal"), [("a code", NO_CODE), ("a short token", EXPIRED)], ids=["code", "token"]
)
@responses.activate
def test_what_is_refused_for_another_reason_is_not_asked_again(name: str, refusal: Any) -> None:
    method, address, ask, *_ = AS_AN_APP[name]
    responses.add(method, address, status=refusal[0], json=refusal[1])
    with pytest.raises(GraphError):
        ask(of_two_secrets())
    assert secrets_asked_with() == ["NEW-SECRET"]
