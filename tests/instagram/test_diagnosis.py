"""What Meta says of a token, and what each of them is told to do: a table to be extended."""

import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import pytest
import requests
import responses

from instagram.diagnosis import Diagnosis, diagnose
from instagram.kinds import Kind
from instagram.login import App, Login
from instagram.token_facts import Person
from instagram.token_text import TokenError

pytestmark = pytest.mark.no_database

IGAA = "IGAA" + "aB3-_" * 30
EAA = "EAAG" + "xY7zQ" * 30
SECRET = "0123456789abcdef" * 2
ME = {"id": "917", "user_id": "178", "username": "shop", "account_type": "BUSINESS"}
LINKED = {"id": "178", "username": "shop", "name": "Shop"}
PAGE = {"id": "5001", "name": "Shop page", "instagram_business_account": LINKED}
BARE_PAGE = {"id": "5001", "name": "Shop page"}
NO_FIELD = (400, {"error": {"code": 100, "message": "(#100) Tried accessing nonexisting field"}})
PERSON = {"id": "77", "name": "Olena"}
SCOPES = ["instagram_basic", "instagram_manage_messages"]
FACTS: dict[str, Any] = {
    "app_id": "222",
    "type": "PAGE",
    "is_valid": True,
    "expires_at": 1769000000,
    "scopes": SCOPES,
    "profile_id": "5001",
}
OTHER_APP = (
    400,
    {
        "error": {
            "code": 100,
            "message": "(#100) The App_id in the input_token did not match the Viewing App",
        }
    },
)
LONG = {"access_token": "EAAlong", "expires_in": 5183944}
THREADS: dict[str, Any] = {"data": []}
HTML = (200, "<html><h1>Please log in to the guest network</h1></html>")


def refused(code: int, subcode: int | None = None, message: str = "No") -> tuple[int, Any]:
    error = {"code": code, "message": message} | ({"error_subcode": subcode} if subcode else {})
    return 400, {"error": error}


def over(code: int, subcode: int, **more: Any) -> dict[str, Any]:
    error = {"code": code, "subcode": subcode, "message": "Error validating access token"}
    return {"data": FACTS | {"is_valid": False, "error": error} | more}


@dataclass(frozen=True)
class Case:
    """What each address answers: an object, or a status with a body, or what is raised.

    Several in a list are one after another.
    """

    kind: Kind
    answers: dict[str, Any] = field(default_factory=dict)
    says: str = ""
    next: str = ""
    app: bool = True  # the app's id and secret are in the settings


INSTAGRAM, FACEBOOK, UNIFIED = Kind.INSTAGRAM, Kind.FACEBOOK, Kind.UNIFIED
CASES = {
    # Instagram Login
    "personal account": Case(
        INSTAGRAM, {"me": ME | {"account_type": "PERSONAL"}}, "@shop is a personal", "Switch to"
    ),
    "not professional": Case(INSTAGRAM, {"me": refused(36103)}, "personal account", "Switch to"),
    "expired": Case(INSTAGRAM, {"me": refused(190, 463)}, "expired", "Create a new token"),
    "password changed": Case(
        INSTAGRAM, {"me": refused(190, 460)}, "password was changed", "Create a new token"
    ),
    "app removed": Case(INSTAGRAM, {"me": refused(190, 458)}, "app was removed", "Create a new"),
    "security check": Case(INSTAGRAM, {"me": refused(190, 459)}, "security check", "Create a new"),
    "incomplete": Case(INSTAGRAM, {"me": refused(190)}, "incomplete or was revoked", "Create"),
    "nobody's": Case(INSTAGRAM, {"me": {"id": "917"}}, "not for which", "professional"),
    "no permission": Case(
        INSTAGRAM,
        {"me": ME, "me/conversations": refused(10)},
        "instagram_business_manage_messages is missing",
        "tick instagram_business_manage_messages",
    ),
    "no permission, in other words": Case(
        INSTAGRAM, {"me": ME, "me/conversations": refused(200)}, "is missing", "add it to the app"
    ),
    "messages not shared": Case(
        INSTAGRAM,
        {"me": ME, "me/conversations": refused(200, 2534041)},
        "does not let it read messages",
        "Allow access to messages",
    ),
    "not a tester yet": Case(
        INSTAGRAM,
        {
            "me": ME,
            "me/conversations": refused(100, None, "Unsupported request - method type: get"),
        },
        "does not let it read messages",
        "live, approved",
    ),
    "HTML": Case(INSTAGRAM, {"me": HTML}, "no answer came that could be read", "Nothing was"),
    "HTML of a gateway": Case(INSTAGRAM, {"me": (502, "<html>")}, "no answer came", "Try again"),
    "time-out": Case(INSTAGRAM, {"me": requests.ReadTimeout()}, "not reached", "network"),
    "busy": Case(INSTAGRAM, {"me": refused(4)}, "does not let it", "slow down"),
    # Facebook Login
    "another app": Case(FACEBOOK, {"debug_token": OTHER_APP}, "another app, not of", "app 222"),
    "another app, named": Case(
        FACEBOOK, {"debug_token": {"data": FACTS | {"app_id": "333"}}}, "another app (333)", "222"
    ),
    "wrong app secret": Case(
        FACEBOOK, {"debug_token": refused(190)}, "app's ID and secret", "FACEBOOK_APP_SECRET"
    ),
    "expired, with its day": Case(
        FACEBOOK,
        {"debug_token": over(190, 463, expires_at=1769000000)},
        "expired on 21 January 2026",
        "Create a new token",
    ),
    "no longer valid": Case(FACEBOOK, {"debug_token": over(190, 460)}, "password", "Create a new"),
    "a Page without Instagram": Case(
        FACEBOOK,
        {"debug_token": {"data": FACTS}, "me": [BARE_PAGE, BARE_PAGE]},
        "the Page “Shop page”, to which no professional Instagram account",
        "Linked accounts",
    ),
    "a Page with a personal account": Case(
        FACEBOOK,
        {
            "debug_token": {"data": FACTS},
            "me": [BARE_PAGE, {"id": "1", "connected_instagram_account": {"username": "olena"}}],
        },
        "@olena is a personal account",
        "Switch to professional",
    ),
    "a Page without Instagram, and no app": Case(
        FACEBOOK, {"me": [BARE_PAGE, refused(100)]}, "to which no professional", "Link", app=False
    ),
    "without messages": Case(
        FACEBOOK,
        {"debug_token": {"data": FACTS | {"scopes": ["instagram_basic"]}}, "me": PAGE},
        "instagram_manage_messages is missing",
        "tick instagram_manage_messages",
    ),
    "without messages, and no app": Case(
        FACEBOOK,
        {"me": PAGE, "me/conversations": refused(10)},
        "instagram_manage_messages is missing",
        app=False,
    ),
    "a person without a Page": Case(
        FACEBOOK,
        {
            "debug_token": {"data": FACTS | {"type": "USER"}},
            "me": [NO_FIELD, PERSON],
            "oauth/access_token": LONG,
            "me/accounts": {"data": []},
        },
        "a person (Olena), who has given the app no Page",
        "choose the Page",
    ),
    "a person with bare Pages": Case(
        FACEBOOK,
        {
            "debug_token": {"data": FACTS | {"type": "USER"}},
            "me": [NO_FIELD, PERSON],
            "oauth/access_token": LONG,
            "me/accounts": {"data": [BARE_PAGE | {"access_token": "EAApage"}]},
        },
        "Shop page",
        "Link it",
    ),
    "a system user without a Page": Case(
        FACEBOOK,
        {
            "debug_token": {"data": FACTS | {"type": "SYSTEM_USER"}},
            "me": [NO_FIELD, PERSON],
            "me/accounts": {"data": []},
        },
        "token of a system user",
        "choose Unified Login",
    ),
    "a system user, whose Pages are refused": Case(
        FACEBOOK,
        {
            "debug_token": {"data": FACTS | {"type": "SYSTEM_USER"}},
            "me": [NO_FIELD, PERSON],
            "me/accounts": refused(100),
        },
        "token of a system user",
        "choose Unified Login",
    ),
    # Unified Login
    "unified, no app": Case(UNIFIED, {}, "only tells the app", "FACEBOOK_APP_ID", app=False),
    "unified, of a Page": Case(
        UNIFIED, {"debug_token": {"data": FACTS}}, "token of a Page", "choose Facebook Login"
    ),
    "unified, for nothing": Case(
        UNIFIED,
        {"debug_token": {"data": FACTS | {"type": "SYSTEM_USER"}}},
        "for no Instagram account",
        "choose the Instagram account",
    ),
    "unified, without messages": Case(
        UNIFIED,
        {"debug_token": {"data": FACTS | {"type": "SYSTEM_USER", "scopes": []}}},
        "instagram_manage_messages is missing",
    ),
}


def answer_with(answers: dict[str, Any]) -> None:
    for path, given in answers.items():
        host = "graph.(instagram|facebook).com"
        version = "" if path.startswith("oauth") else "/v26.0"
        address = re.compile(rf"https://{host}{version}/{path}(\?|$)")
        for one in given if isinstance(given, list) else [given]:
            if isinstance(one, Exception):
                responses.get(address, body=one)
                continue
            status, body = one if isinstance(one, tuple) else (200, one)
            said = {"body": body} if isinstance(body, str) else {"json": body}
            responses.get(address, status=status, **said)


def make_login(*, app: bool) -> Login:
    return Login(facebook=App("222", (SECRET,)) if app else App(), version="v26.0")


@pytest.mark.parametrize("name", CASES)
@responses.activate
def test_each_token_that_cannot_be_used_has_its_own_sentence(name: str) -> None:
    case = CASES[name]
    answer_with(case.answers)
    with pytest.raises(TokenError) as found:
        diagnose(make_login(app=case.app), case.kind, IGAA)
    assert case.says in found.value.says
    assert case.next in found.value.next
    told = found.value.says + found.value.next
    assert not [word for word in (IGAA, SECRET, "EAAlong", "EAApage") if word in told]


def test_no_two_cases_are_told_the_same() -> None:
    """But for the same thing in other words."""
    said = [case.says for name, case in CASES.items() if ", " not in name]
    assert len(said) == len(set(said)) + 1  # HTML, of whomever


@responses.activate
def test_a_token_of_instagram_login_is_read() -> None:
    answer_with({"me": ME, "me/conversations": THREADS})
    [found] = diagnose(make_login(app=False), INSTAGRAM, IGAA)
    person = Person("178", "shop", kind="BUSINESS")
    assert found == Diagnosis(INSTAGRAM, IGAA, person, "917")


@responses.activate
def test_a_pages_token_is_read_with_what_meta_says_of_it() -> None:
    answer_with({"debug_token": {"data": FACTS}, "me": PAGE, "me/conversations": THREADS})
    [found] = diagnose(make_login(app=True), FACEBOOK, EAA)
    assert (found.account.instagram_id, found.node_id, found.token) == ("178", "5001", EAA)
    assert found.permissions == frozenset(SCOPES)
    assert found.ends_at == datetime(2026, 1, 21, 12, 53, 20, tzinfo=UTC)


@responses.activate
def test_a_persons_token_opens_the_accounts_of_all_their_pages() -> None:
    other = {"id": "179", "username": "second"}
    pages = [
        PAGE | {"access_token": "EAAone"},
        {"id": "5002", "name": "Bare", "access_token": "EAAtwo"},
        {"id": "5003", "instagram_business_account": other, "access_token": "EAAthree"},
    ]
    answer_with(
        {
            "debug_token": {"data": FACTS},
            "me": [NO_FIELD, PERSON],
            "oauth/access_token": LONG,
            "me/accounts": {"data": pages},
            "me/conversations": THREADS,
        }
    )
    found = diagnose(make_login(app=True), FACEBOOK, EAA)
    assert [(one.account.username, one.token, one.node_id) for one in found] == [
        ("shop", "EAAone", "5001"),
        ("second", "EAAthree", "5003"),
    ]


@responses.activate
def test_a_system_user_with_a_page_is_connected_by_it() -> None:
    answer_with(
        {
            "debug_token": [{"data": FACTS | {"type": "SYSTEM_USER"}}, {"data": FACTS}],
            "me": [NO_FIELD, PERSON],
            "me/accounts": {"data": [PAGE | {"access_token": "EAAone"}]},
            "me/conversations": THREADS,
        }
    )
    [found] = diagnose(make_login(app=True), FACEBOOK, EAA)
    assert (found.account.username, found.token) == ("shop", "EAAone")


@responses.activate
def test_one_of_several_accounts_that_cannot_be_connected_keeps_no_other_from_it() -> None:
    other = {"id": "179", "username": "second"}
    pages = [
        PAGE | {"access_token": "EAAone"},
        {"id": "5003", "instagram_business_account": other, "access_token": "EAAthree"},
    ]
    answer_with(
        {
            "debug_token": [{"data": FACTS}, {"data": FACTS | {"scopes": []}}, {"data": FACTS}],
            "me": [NO_FIELD, PERSON],
            "oauth/access_token": LONG,
            "me/accounts": {"data": pages},
            "me/conversations": THREADS,
        }
    )
    mute, second = diagnose(make_login(app=True), FACEBOOK, EAA)
    assert mute.problem
    assert "instagram_manage_messages is missing" in mute.problem.says
    assert (second.account.username, second.problem) == ("second", None)


@responses.activate
def test_a_system_users_account_that_meta_refuses_keeps_no_other_from_it() -> None:
    granted = [{"scope": "instagram_basic", "target_ids": ["177", "178"]}]
    facts = FACTS | {"type": "SYSTEM_USER", "granular_scopes": granted}
    refused = (403, {"error": {"message": "(#10) No.", "type": "OAuthException", "code": 10}})
    answer_with(
        {
            "debug_token": {"data": facts},
            "177": refused,
            "178": LINKED,
            "178/conversations": THREADS,
        }
    )
    first, second = diagnose(make_login(app=True), UNIFIED, EAA)
    assert first.problem
    assert str(first.account) == "177"
    assert (second.account.username, second.problem) == ("shop", None)


@responses.activate
def test_a_system_users_token_names_its_accounts() -> None:
    granted = [{"scope": "instagram_basic", "target_ids": ["178"]}]
    facts = FACTS | {"type": "SYSTEM_USER", "granular_scopes": granted}
    facts |= {"profile_id": "", "user_id": "99"}
    answer_with({"debug_token": {"data": facts}, "178": LINKED, "178/conversations": THREADS})
    [found] = diagnose(make_login(app=True), UNIFIED, EAA)
    assert (found.kind, found.account.username, found.node_id) == (UNIFIED, "shop", "99")
