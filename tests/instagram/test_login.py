"""A login at the wire: what is asked of which host, and what each answer means."""

import json
import logging
import re
import traceback
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, parse_qsl, unquote_plus, urlsplit

import pytest
import requests
import responses

from instagram.errors import (
    AmbiguousError,
    GraphError,
    LoginError,
    NotSentError,
    PermanentError,
    ThrottledError,
)
from instagram.kinds import Kind
from instagram.login import SCOPES, App, Hosts, Login, hide
from instagram.token_facts import Granted, Owner, Person

pytestmark = pytest.mark.no_database

REDIRECT = "https://bot.example.com/admin/connect/back/"
CODE_HOST = "https://api.instagram.com/oauth/access_token"
INSTAGRAM = "https://graph.instagram.com"
FACEBOOK = "https://graph.facebook.com"
V = "v26.0"
SECRETS = ("MARK-INSTAGRAM-SECRET", "MARK-FACEBOOK-SECRET", "MARK-TOKEN", "MARK-CODE")


@pytest.fixture
def login() -> Login:
    return Login(
        instagram=App("111", ("MARK-INSTAGRAM-SECRET",)),
        facebook=App("222", ("MARK-FACEBOOK-SECRET",)),
        version=V,
        timeout=(0.5, 0.5),
    )


def asked(number: int = 0) -> dict[str, str]:
    return dict(parse_qsl(urlsplit(str(responses.calls[number].request.url)).query))


def test_the_page_to_log_in_is_asked_for_with_all_that_it_needs(login: Login) -> None:
    address = urlsplit(login.authorize_address(REDIRECT, "state-1"))
    assert address._replace(query="").geturl() == "https://www.instagram.com/oauth/authorize"
    assert parse_qs(address.query) == {
        "client_id": ["111"],
        "redirect_uri": [REDIRECT],
        "response_type": ["code"],
        "scope": [",".join(SCOPES)],
        "state": ["state-1"],
        "force_reauth": ["true"],
    }
    assert "SECRET" not in address.query


GRANTED = {"access_token": "IGAAshort", "user_id": 917, "permissions": "a,b"}


@pytest.mark.parametrize(
    "answer",
    [
        {"data": [GRANTED]},
        GRANTED,
        GRANTED | {"permissions": ["a", "b"]},
        GRANTED | {"permissions": "a, b"},
    ],
)
@responses.activate
def test_a_code_becomes_a_token(login: Login, answer: dict[str, Any]) -> None:
    responses.post(CODE_HOST, json=answer)
    granted = login.exchange_code("MARK-CODE#_", REDIRECT)
    assert granted == Granted("IGAAshort", 0, frozenset(("a", "b")))
    [call] = responses.calls
    assert urlsplit(str(call.request.url)).query == ""
    assert dict(parse_qsl(str(call.request.body))) == {
        "client_id": "111",
        "client_secret": "MARK-INSTAGRAM-SECRET",
        "grant_type": "authorization_code",
        "redirect_uri": REDIRECT,
        "code": "MARK-CODE",
    }


LONG = {"access_token": "IGAAlong", "token_type": "bearer", "expires_in": 5183944}


@responses.activate
def test_a_short_token_becomes_a_long_one_and_that_a_new_one(login: Login) -> None:
    responses.get(f"{INSTAGRAM}/access_token", json=LONG)
    responses.get(f"{INSTAGRAM}/refresh_access_token", json=LONG | {"access_token": "IGAAnew"})
    granted = login.lengthen("IGAAshort")
    assert granted == Granted("IGAAlong", 5183944)
    at = datetime(2026, 11, 28, tzinfo=UTC)
    assert granted.ends_at(at) == at + timedelta(seconds=5183944)
    assert login.refresh("IGAAlong").token == "IGAAnew"
    assert asked(0) == {
        "grant_type": "ig_exchange_token",
        "client_secret": "MARK-INSTAGRAM-SECRET",
        "access_token": "IGAAshort",
    }
    assert asked(1) == {"grant_type": "ig_refresh_token", "access_token": "IGAAlong"}


@responses.activate
def test_a_persons_token_is_lengthened_with_the_apps_own_secret(login: Login) -> None:
    responses.get(f"{FACEBOOK}/oauth/access_token", json={"access_token": "EAAlong"})
    assert login.lengthen_for_person("EAAshort") == Granted("EAAlong")
    assert asked() == {
        "grant_type": "fb_exchange_token",
        "client_id": "222",
        "client_secret": "MARK-FACEBOOK-SECRET",
        "fb_exchange_token": "EAAshort",
    }


@pytest.mark.parametrize("seconds", [0, -1, True, "soon", 2**40, None, 1.5])
@responses.activate
def test_an_end_that_is_none_is_no_end(login: Login, seconds: Any) -> None:
    responses.get(f"{INSTAGRAM}/refresh_access_token", json=LONG | {"expires_in": seconds})
    granted = login.refresh("IGAAlong")
    assert granted.ends_at(datetime(2026, 11, 28, tzinfo=UTC)) is None or seconds is True


@pytest.mark.parametrize("answer", [{}, {"data": []}, {"data": [7]}, {"access_token": ""}])
@responses.activate
def test_an_answer_without_a_token_is_no_success(login: Login, answer: dict[str, Any]) -> None:
    responses.get(f"{INSTAGRAM}/refresh_access_token", json=answer)
    with pytest.raises(AmbiguousError):
        login.refresh("IGAAlong")


@pytest.mark.parametrize(
    ("said", "kind", "advice"),
    [
        ("Matching code was not found or was already used", PermanentError, "has been used"),
        ("This authorization code has expired.", PermanentError, "or has expired"),
        ("Error validating verification code. Please make sure your redirect_uri is identical",
         PermanentError, "Business login settings"),
        ("Error validating client secret.", LoginError, "INSTAGRAM_APP_SECRET"),
        ("Invalid Client ID", LoginError, "INSTAGRAM_APP_ID"),
        ("Invalid platform app", LoginError, "INSTAGRAM_APP_ID"),
        ("Something that Meta says first next year", PermanentError, "connect once more"),
    ],
)  # fmt: skip
@responses.activate
def test_each_refused_login_says_what_to_do(
    login: Login, said: str, kind: type[GraphError], advice: str
) -> None:
    refusal = {"error_type": "OAuthException", "code": 400, "error_message": said}
    responses.post(CODE_HOST, status=400, json=refusal)
    with pytest.raises(kind) as refused:
        login.exchange_code("MARK-CODE", REDIRECT)
    assert advice in refused.value.advice


@responses.activate
def test_a_refusal_in_the_graphs_own_shape_is_read_too(login: Login) -> None:
    body = {"error": {"message": "Error validating client secret.", "code": 1}}
    responses.get(f"{INSTAGRAM}/access_token", status=400, json=body)
    with pytest.raises(LoginError, match="code=1"):
        login.lengthen("IGAAshort")
    responses.replace(
        responses.GET, f"{INSTAGRAM}/access_token", status=400, json={"error": {"code": 613}}
    )
    with pytest.raises(ThrottledError):
        login.lengthen("IGAAshort")


# What a token is

FACTS = {
    "app_id": "222",
    "type": "PAGE",
    "is_valid": True,
    "issued_at": 1764300000,
    "expires_at": 0,
    "scopes": ["instagram_basic", "instagram_manage_messages"],
    "profile_id": "5001",
    "user_id": "77",
    "granular_scopes": [
        {"scope": "instagram_basic", "target_ids": ["178"]},
        {"scope": "instagram_manage_messages", "target_ids": ["178", "179"]},
        {"scope": "pages_show_list", "target_ids": ["5001"]},
        {"scope": "instagram_manage_comments"},
    ],
}


@responses.activate
def test_meta_tells_what_a_token_is(login: Login) -> None:
    responses.get(f"{FACEBOOK}/{V}/debug_token", json={"data": FACTS})
    facts = login.debug("MARK-TOKEN")
    assert (facts.app_id, facts.type, facts.owner, facts.is_valid) == ("222", "PAGE", "5001", True)
    assert facts.made_at == datetime(2025, 11, 28, 3, 20, tzinfo=UTC)
    assert facts.ends_at is None
    assert facts.permissions == {"instagram_basic", "instagram_manage_messages"}
    assert facts.targets == ("178", "179")
    assert asked() == {"input_token": "MARK-TOKEN"}
    by = responses.calls[0].request.headers["Authorization"]
    assert by == "Bearer 222|MARK-FACEBOOK-SECRET"


@pytest.mark.parametrize(
    "data",
    [
        None,
        [],
        {},
        {"data": []},
        {"data": {"scopes": None, "granular_scopes": [None, {"scope": 5}], "expires_at": "never"}},
        {"data": {"error": {"code": "x"}}},
    ],
)
@responses.activate
def test_what_meta_leaves_out_is_unknown(login: Login, data: Any) -> None:
    responses.get(f"{FACEBOOK}/{V}/debug_token", json=data)
    try:
        facts = login.debug("MARK-TOKEN")
    except AmbiguousError:
        assert not isinstance(data, dict)
    else:
        assert not facts.is_valid
        assert (facts.permissions, facts.ends_at, facts.error) == (frozenset(), None, None)


@responses.activate
def test_a_token_that_is_over_says_why(login: Login) -> None:
    over = {"is_valid": False, "error": {"code": 190, "subcode": 460, "message": "changed"}}
    responses.get(f"{FACEBOOK}/{V}/debug_token", json={"data": FACTS | over})
    error = login.debug("MARK-TOKEN").error
    assert isinstance(error, LoginError)
    assert "password was changed" in error.advice


ME = {"id": "917", "user_id": "178", "username": "shop", "account_type": "BUSINESS"}


@pytest.mark.parametrize("answer", [ME, {"data": [ME]}, ME | {"user_id": 178}])
@responses.activate
def test_an_instagram_token_tells_both_of_its_numbers(login: Login, answer: Any) -> None:
    responses.get(f"{INSTAGRAM}/{V}/me", json=answer)
    owner = login.who_instagram("MARK-TOKEN")
    assert owner == Owner("917", "", Person("178", "shop", kind="BUSINESS"), is_page=False)
    assert responses.calls[0].request.headers["Authorization"] == "Bearer MARK-TOKEN"


LINKED: dict[str, Any] = {
    "id": "178",
    "username": "shop",
    "name": "Shop",
    "profile_picture_url": "https://p.e/1",
}


@responses.activate
def test_a_page_tells_its_account(login: Login) -> None:
    page = {"id": "5001", "name": "Shop page", "instagram_business_account": LINKED}
    responses.get(f"{FACEBOOK}/{V}/me", json=page)
    person = Person("178", "shop", "Shop", "https://p.e/1")
    assert login.who_facebook("MARK-TOKEN") == Owner("5001", "Shop page", person)


@responses.activate
def test_a_person_has_pages_each_with_a_token_of_its_own(login: Login) -> None:
    no_field = {"code": 100, "message": "(#100) Tried accessing nonexisting field"}
    responses.get(f"{FACEBOOK}/{V}/me", status=400, json={"error": no_field})
    responses.get(f"{FACEBOOK}/{V}/me", json={"id": "77", "name": "Olena"})
    assert login.who_facebook("MARK-TOKEN") == Owner("77", "Olena", is_page=False)
    linked: dict[str, Any] = {"id": "5001", "name": "A", "access_token": "EAAa"}
    linked["instagram_business_account"] = LINKED
    bare = {"id": "5002", "name": "B", "access_token": "EAAb"}
    responses.get(f"{FACEBOOK}/{V}/me/accounts", json={"data": [linked, bare, None]})
    with_account, without = login.pages("MARK-TOKEN")
    assert (with_account.token, with_account.account.instagram_id) == ("EAAa", "178")
    assert (without.token, without.account) == ("EAAb", Person())


def listing(pages: int, after: str = "", goes_on: bool = True) -> dict[str, Any]:
    """What Meta lists at once. The place after the last one is told, too."""
    paging: dict[str, Any] = {"cursors": {"after": after}} if after else {}
    if goes_on:
        paging["next"] = "https://graph.facebook.com/with-the-token-in-it"
    return {"data": [{"id": str(n), "access_token": "EAA"} for n in range(pages)], "paging": paging}


@pytest.mark.parametrize(
    ("lists", "places"),
    [
        ([listing(2, "", goes_on=False)], [None]),
        ([listing(2, "b", goes_on=False)], [None]),
        ([listing(2, "b"), listing(0, "c"), listing(1, "d", goes_on=False)], [None, "b", "c"]),
        ([listing(1, "b")], [None] + ["b"] * 9),
    ],
    ids=["one list", "one list, and its end", "three lists", "lists without an end"],
)
@responses.activate
def test_all_pages_of_a_person_are_listed(
    login: Login, lists: list[dict[str, Any]], places: list[str | None]
) -> None:
    for one in lists:
        responses.get(f"{FACEBOOK}/{V}/me/accounts", json=one)
    found = login.pages("MARK-TOKEN")
    assert [asked(number).get("after") for number in range(len(responses.calls))] == places
    told = [len(one["data"]) for one in lists]
    assert len(found) == sum(told) + told[-1] * (len(places) - len(lists))


# Webhooks


@responses.activate
def test_fields_are_subscribed_and_read_back(login: Login) -> None:
    address = f"{INSTAGRAM}/{V}/178/subscribed_apps"
    responses.post(address, json={"success": True})
    app = {"id": "111", "subscribed_fields": ["messages", "comments"]}
    responses.get(address, json={"data": [app]})
    responses.delete(address, json={"success": True})
    login.subscribe(Kind.INSTAGRAM, "MARK-TOKEN", "178", ["messages", "comments"])
    found = login.subscribed(Kind.INSTAGRAM, "MARK-TOKEN", "178")
    login.unsubscribe(Kind.INSTAGRAM, "MARK-TOKEN", "178")
    assert found == {"messages", "comments"}
    assert asked() == {"subscribed_fields": "messages,comments"}
    assert all("TOKEN" not in str(call.request.url) for call in responses.calls)


@pytest.mark.parametrize("answer", [{"data": []}, {}, {"data": [{"subscribed_fields": None}]}])
@responses.activate
def test_an_account_without_a_subscription_has_no_fields(login: Login, answer: Any) -> None:
    responses.get(f"{FACEBOOK}/{V}/5001/subscribed_apps", json=answer)
    assert login.subscribed(Kind.FACEBOOK, "MARK-TOKEN", "5001") == frozenset()


@responses.activate
def test_a_subscription_that_nobody_confirmed_is_none(login: Login) -> None:
    responses.post(f"{INSTAGRAM}/{V}/178/subscribed_apps", json={"success": False})
    with pytest.raises(AmbiguousError):
        login.subscribe(Kind.INSTAGRAM, "MARK-TOKEN", "178", ["messages"])


# Secrets


def repeated(request: requests.PreparedRequest) -> str:
    """All that was sent, as a server that shows what went wrong repeats it."""
    sent = f"{request.url} {request.body!r} {request.headers.get('Authorization')}"
    return unquote_plus(sent)


def refuse(request: requests.PreparedRequest) -> tuple[int, dict[str, str], str]:
    return 400, {}, json.dumps({"error": {"code": 190, "message": repeated(request)}})


def show(request: requests.PreparedRequest) -> tuple[int, dict[str, str], str]:
    return 502, {}, f"<html>{repeated(request)}</html>"


def break_off(request: requests.PreparedRequest) -> tuple[int, dict[str, str], str]:
    raise requests.ConnectionError(repeated(request))


CALLS = {
    "code": lambda login: login.exchange_code("MARK-CODE", REDIRECT),
    "long": lambda login: login.lengthen("MARK-TOKEN"),
    "person": lambda login: login.lengthen_for_person("MARK-TOKEN"),
    "refresh": lambda login: login.refresh("MARK-TOKEN"),
    "debug": lambda login: login.debug("MARK-TOKEN"),
    "who": lambda login: login.who_instagram("MARK-TOKEN"),
    "pages": lambda login: login.pages("MARK-TOKEN"),
    "subscribe": lambda login: login.subscribe(Kind.FACEBOOK, "MARK-TOKEN", "1", ["messages"]),
}


@pytest.mark.parametrize("failure", [refuse, show, break_off])
@pytest.mark.parametrize("call", CALLS)
@responses.activate
def test_no_secret_is_in_an_error_or_in_a_log(
    login: Login, call: str, failure: Any, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    for method in (responses.GET, responses.POST):
        for host in (CODE_HOST.removesuffix("/oauth/access_token"), INSTAGRAM, FACEBOOK):
            address = re.compile(f"{host}/.*")
            responses.add_callback(method, address, failure)
    with pytest.raises(GraphError) as failed:
        CALLS[call](login)
    logging.getLogger().error("failed", exc_info=failed.value)
    told = "".join(traceback.format_exception(failed.value)) + repr(failed.value.reply)
    told += failed.value.advice + caplog.text
    assert "instagram/login.py" in told
    # The test itself says them, in the lines that a traceback shows.
    lines = "\n".join(line for line in told.splitlines() if "lambda" not in line)
    assert not [secret for secret in SECRETS if secret in lines]


def test_nobody_there_is_a_call_that_was_never_made() -> None:
    login = Login(hosts=Hosts.at("http://127.0.0.1:9"), version=V, timeout=(0.5, 0.5))
    with pytest.raises(NotSentError):
        login.refresh("MARK-TOKEN")


def test_a_longer_secret_is_hidden_before_a_shorter_one_in_it() -> None:
    assert hide("abcdefghij abcdefgh ab", ["abcdefgh", "abcdefghij", "ab", ""]) == (
        "(hidden) (hidden) ab"
    )
