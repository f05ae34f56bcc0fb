"""Who may call, and what: the admin's permissions decide."""

from datetime import timedelta
from typing import Any

import pytest
import requests
from django.contrib.auth.models import User
from django.test import Client

from api.models import Token
from conversations.account import menu
from conversations.models import Account, Message
from instagram.menu import Part
from rules.models import ResponseRule
from tests.api.caller import (
    CHANGE,
    VIEW,
    Caller,
    only_conversation,
    problem,
    rule,
    token_of,
    user_who_may,
)
from tests.api.description import OPENAPI, operations
from tests.support.shop import Shop

pytestmark = pytest.mark.once

OPERATIONS = [(method, path) for method, path, _ in operations()]
# What each operation needs. A new one that is missing here fails the tests.
NEEDS = {
    "bot_state": "view_shop",
    "bot_switch_off": "change_shop",
    "bot_switch_on": "change_shop",
    "conversations_assign": "change_conversation",
    "conversations_done": "change_conversation",
    "conversations_put_off": "change_conversation",
    "conversations_list": "view_conversation",
    "conversations_retrieve": "view_conversation",
    "conversations_messages": "view_conversation",
    "conversations_opt_in": "change_conversation",
    "conversations_pause": "change_conversation",
    "conversations_reply": "change_conversation",
    "conversations_resume": "change_conversation",
    "menu_retrieve": "add_account",
    "menu_update": "add_account",
    "menu_partial_update": "add_account",
    "menu_publish": "add_account",
    "messages_retrieve": "view_conversation",
    "messages_cancel": "change_conversation",
    "messages_resend": "change_conversation",
    "rules_list": "view_responserule",
    "rules_create": "add_responserule",
    "rules_retrieve": "view_responserule",
    "rules_update": "change_responserule",
    "rules_partial_update": "change_responserule",
    "rules_destroy": "delete_responserule",
    "rules_reorder": "change_responserule",
    "rules_try": "view_responserule",
    "statistics_days": "view_conversation",
    "reports_report": "view_reports",
    "statistics_rules": "view_responserule",
    "statistics_rule_days": "view_responserule",
}
NEW_RULE = {"name": "Returns", "keywords": "return", "reply": "Within 30 days."}
BODIES: dict[str, Any] = {
    "conversations_reply": {"text": "I am Anna."},
    "conversations_pause": {},
    "conversations_assign": {"assignee": None},
    "conversations_done": {},
    "conversations_put_off": {"until": None},
    "menu_update": {"menu": [{"text": "Sizes", "payload": "sizes"}]},
    "menu_partial_update": {"ice_breakers": []},
    "rules_create": NEW_RULE,
    "rules_update": NEW_RULE,
    "rules_partial_update": {"reply": "In 3 days."},
    "rules_try": {"text": "delivery?"},
}


def call(caller: Caller, method: str, path: str) -> requests.Response:
    """Do what is described at this path, with the shop's first rule, customer and answer."""
    name = OPENAPI["paths"][path][method]["operationId"]
    things = {
        "rules": rule().pk,
        "conversations": only_conversation().pk,
        "messages": Message.objects.get(origin="bot").pk,
    }
    body = BODIES.get(name)
    if name == "rules_reorder":
        body = {"rules": [{"id": rule().pk, "order": 5}]}
    for other in ("statistics", "reports", "bot", "menu"):
        things[other] = things["rules"]
    url = caller.server + path.replace("{id}", str(things[name.split("_")[0]]))
    return caller.call(method, url, json=body, headers={"Idempotency-Key": "once"})


@pytest.fixture
def talked(shop: Shop) -> None:
    """A customer asked, and the answer can be stopped or sent again. Nothing is to be tapped."""
    shop.graph.answers["GET me/messenger_profile"] = {"data": []}
    menu.save(Account.objects.ours(), {Part.ICE_BREAKERS: []}, "anna")
    shop.hears("price")
    shop.works()
    Message.objects.filter(origin="bot").update(state="failed")


def test_each_operation_is_in_the_table() -> None:
    names = {OPENAPI["paths"][path][method]["operationId"] for method, path in OPERATIONS}
    assert names == set(NEEDS)


@pytest.mark.parametrize(("method", "path"), OPERATIONS)
def test_a_stranger_gets_nothing(talked: None, stranger: Caller, method: str, path: str) -> None:
    found = call(stranger, method, path)
    problem(found, 401, "not-authenticated")
    assert found.headers["WWW-Authenticate"] == "Token"


@pytest.mark.parametrize("scheme", ["Token", "Bearer", "token", "bearer", "BEARER"])
def test_a_token_opens_under_either_name(shop: Shop, server: str, scheme: str) -> None:
    _, token = token_of(user_who_may(*VIEW, *CHANGE))["Authorization"].split()
    caller = Caller(server, {"Authorization": f"{scheme} {token}"})
    assert caller.get("rules/")["count"] == 3
    assert caller.call("post", "rules/", json=NEW_RULE).status_code == 201  # without a CSRF token


@pytest.mark.parametrize(("method", "path"), OPERATIONS)
def test_the_right_alone_is_enough(talked: None, server: str, method: str, path: str) -> None:
    right = NEEDS[OPENAPI["paths"][path][method]["operationId"]]
    found = call(Caller(server, token_of(user_who_may(right))), method, path)
    assert found.status_code < 300, found.text


@pytest.mark.parametrize(("method", "path"), OPERATIONS)
def test_all_other_rights_are_not_enough(talked: None, server: str, method: str, path: str) -> None:
    right = NEEDS[OPENAPI["paths"][path][method]["operationId"]]
    # Who may change something may see it too, as in the admin.
    near = right.replace("view", "change")
    others = set(VIEW + CHANGE) - {right, near}
    rules, messages = ResponseRule.objects.values_list(), Message.objects.values_list()
    before = list(rules.all()), list(messages.all())
    found = call(Caller(server, token_of(user_who_may(*others))), method, path)
    problem(found, 403, "forbidden")
    assert (list(rules.all()), list(messages.all())) == before


def test_who_may_change_may_also_see_as_in_the_admin(shop: Shop, server: str) -> None:
    caller = Caller(server, token_of(user_who_may("change_responserule")))
    assert caller.get("rules/")["count"] == 3


@pytest.mark.parametrize(
    "header",
    [
        "Token wrong",
        "Token",
        "Token two parts",
        "Token instabot_" + "0" * 64,
        b"Token \xff\xfe",
        b"Token \xc3\xa9\xc3\xa9",
        "Basic YW5uYTphbm5h",
        "Tokens x",
        "Bearer",
        "Bearer two parts",
        "Bearer Token instabot_" + "0" * 64,
        "Bearer instabot_" + "0" * 64,
        b"Bearer \xff\xfe",
    ],
)
def test_what_is_no_token_opens_nothing(stranger: Caller, header: Any) -> None:
    found = stranger.call("get", "rules/", headers={"Authorization": header})
    problem(found, 401, "not-authenticated")
    scheme = "Bearer" if str(header).lstrip("b'").startswith("Bearer") else "Token"
    assert found.headers["WWW-Authenticate"] == scheme


def test_an_address_may_end_in_a_slash_or_not(api: Caller) -> None:
    assert api.get("rules") == api.get("rules/")
    assert api.get(f"rules/{rule().pk}") == api.get(f"rules/{rule().pk}/")
    assert api.call("post", "rules", json=NEW_RULE).status_code == 201
    assert api.get("statistics/days") == api.get("statistics/days/")


@pytest.mark.parametrize(
    "path", ["rules/", "conversations/", "conversations/1/", "messages/9/", "nothing/"]
)
def test_no_answer_is_kept_on_the_way(shop: Shop, api: Caller, path: str) -> None:
    shop.hears("price")
    for caller in (api, Caller(api.server)):
        assert caller.call("get", path).headers["Cache-Control"] == "no-store"


def test_a_token_ends_with_its_time_its_user_and_its_deletion(shop: Shop, server: str) -> None:
    user = user_who_may(*VIEW)
    old = Caller(server, token_of(user, expiry=timedelta(seconds=-1)))
    problem(old.call("get", "rules/"), 401, "not-authenticated")
    caller = Caller(server, token_of(user))
    assert caller.get("rules/")
    User.objects.update(is_active=False)
    problem(caller.call("get", "rules/"), 401, "not-authenticated")
    User.objects.update(is_active=True)
    assert caller.get("rules/")
    Token.objects.all().delete()
    problem(caller.call("get", "rules/"), 401, "not-authenticated")


def test_a_token_is_kept_as_a_hash_alone(shop: Shop) -> None:
    token = token_of(user_who_may())["Authorization"].removeprefix("Token ")
    assert token.startswith("instabot_")
    kept = str(list(Token.objects.values()))
    assert token[15:] not in kept


def logged_in(server: str) -> Caller:
    """Return somebody in a browser, with the login of the admin."""
    client, caller = Client(), Caller(server)
    client.force_login(user_who_may(*VIEW, *CHANGE, is_staff=True))
    caller.session.cookies.set("sessionid", client.cookies["sessionid"].value)
    return caller


def test_who_may_not_be_in_the_admin_any_more_is_out_here_too(shop: Shop, server: str) -> None:
    caller = logged_in(server)
    assert caller.get("rules/")
    User.objects.update(is_staff=False)
    problem(caller.call("get", "rules/"), 401, "not-authenticated")


def test_the_admins_login_opens_the_api_with_its_csrf_token_alone(shop: Shop, server: str) -> None:
    caller = logged_in(server)
    assert caller.get("rules/")["count"] == 3
    said = problem(caller.call("post", "rules/", json=NEW_RULE), 403, "forbidden")
    assert "CSRF" in said["detail"]
    csrf = "a" * 32
    caller.session.cookies.set("csrftoken", csrf)
    headers = {"X-CSRFToken": csrf}
    assert caller.call("post", "rules/", json=NEW_RULE, headers=headers).status_code == 201


def test_a_login_without_a_right_to_the_admin_may_still_use_its_token(
    shop: Shop, server: str
) -> None:
    user = user_who_may(*VIEW)
    assert not user.is_staff
    assert Caller(server, token_of(user)).get("rules/")
