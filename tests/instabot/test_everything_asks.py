"""Every address that there is, each action of a list, and each kind of token: all of them ask.

The pages of the admin and the operations of the API have tables of their own (test_roles.py,
tests/api/test_access.py); here is what stands beside them.
"""

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.contrib import admin
from django.contrib.auth.models import User
from django.test import Client, RequestFactory
from django.urls import URLPattern, URLResolver, get_resolver
from pytest_django import Settings

from api.models import Token
from instabot.front import ANSWERED_HERE
from tests.api.description import operations
from tests.instabot.test_roles import (
    ACTS,
    EVERYBODY,
    OWN,
    PAGES,
    TECH,
    WRITERS,
    R,
    _roles,
    address,
    as_role,
    things,
    undone,
)

pytestmark = [pytest.mark.django_db, pytest.mark.once]

__all__ = ["_roles", "things"]  # fixtures

TO_LOGIN = (302, 302)
# What is neither a page of the admin nor an operation of the API, and what a stranger's GET and
# POST get there. 200 is for everybody, and shows nothing of customers.
BESIDE: dict[str, tuple[int, int]] = {
    "": (302, 302),  # to the admin
    "health": (200, 405),
    "health/ready": (503, 405),
    "health/ready/": (503, 405),
    "metrics": (401, 405),
    "webhooks/instagram": (403, 401),  # the verify token, the signature
    "webhooks/instagram/deauthorize": (405, 403),
    "webhooks/instagram/deletion": (405, 403),
    "webhooks/instagram/deletion/<str:code>": (404, 405),
    "pictures/<str:token>.<slug:ending>": (404, 405),
    "favicon.ico": (302, 302),
    "admin/": TO_LOGIN,
    "admin/find/": TO_LOGIN,
    "admin/doctor/": TO_LOGIN,
    "admin/login/": (200, 200),
    "admin/password_change/": TO_LOGIN,
    "admin/login/code/": TO_LOGIN,  # but for whoever has just entered a password
    "admin/invitation/": (200, 200),  # which asks for the link
    "admin/second-factor/": TO_LOGIN,
    "admin/second-factor/required/": TO_LOGIN,
    "admin/second-factor/begin/": TO_LOGIN,
    "admin/second-factor/set-up/": TO_LOGIN,
    "admin/second-factor/codes/": TO_LOGIN,
    "admin/second-factor/off/": TO_LOGIN,
    "api/docs": (200, 405),
    "api/docs/": (200, 405),
    "api/openapi.yaml": (200, 405),
    "api/openapi.yaml/": (200, 405),
    "^api/": (404, 404),
}
# Of those behind the login: who may GET, and who may POST.
BEHIND: dict[str, tuple[set[str], set[str]]] = {
    "admin/": ({*EVERYBODY}, {*EVERYBODY}),  # a POST does what a GET does
    "admin/find/": ({*EVERYBODY}, set()),
    "admin/doctor/": (TECH, TECH),
    "admin/second-factor/": ({*EVERYBODY}, set()),  # one's own
    "admin/second-factor/set-up/": ({*EVERYBODY}, {*EVERYBODY}),
    "admin/second-factor/off/": ({*EVERYBODY}, {*EVERYBODY}),
}


def routes(patterns: list[Any], before: str = "") -> Iterator[str]:
    for one in patterns:
        route = f"{before}{one.pattern}"
        if isinstance(one, URLPattern):
            yield route
        elif isinstance(one, URLResolver) and one.app_name != "admin" and route != "api/v1/":
            yield from routes(one.url_patterns, route)


def to(route: str) -> str:
    return "/" + route.replace("<str:token>.<slug:ending>", "x.jpg").replace("^api/", "api/nothing")


def test_every_address_beside_the_admin_and_the_api_is_in_the_table() -> None:
    assert {*routes(get_resolver().url_patterns), *ANSWERED_HERE} == {*BESIDE}


def test_a_stranger_gets_there_what_is_for_everybody(client: Client, settings: Settings) -> None:
    settings.METRICS_TOKEN = "x" * 40
    found = {
        route: (client.get(to(route)).status_code, client.post(to(route)).status_code)
        for route in BESIDE
    }
    assert found == BESIDE


@pytest.mark.parametrize("role", EVERYBODY)
def test_behind_the_login_each_role_gets_what_it_may(role: str) -> None:
    client = as_role(role)
    refused = {
        route: (client.get(to(route)).status_code == 403, client.post(to(route)).status_code >= 403)
        for route in BEHIND
    }
    assert refused == {
        route: (role not in may_see, role not in may_act)
        for route, (may_see, may_act) in BEHIND.items()
    }


@pytest.mark.parametrize("path", ["/sandbox/", "/sandbox/state", "/sandbox/graph/me"])
def test_where_it_is_not_developed_there_is_no_sandbox(client: Client, path: str) -> None:
    assert client.get(path).status_code == client.post(path).status_code == 404


# The actions of the admin's lists: who may take them, with one row chosen.
ACTIONS: dict[str, dict[str, set[str]]] = {
    "conversations_latequestion": {"answer": WRITERS, "leave": WRITERS},
    "conversations_automatictext": {"delete_selected": {OWN}},
    "conversations_label": {"delete_selected": {OWN}},
    "conversations_savedreply": {"delete_selected": WRITERS},
    "conversations_outboxmessage": {"send_again": TECH, "cancel": TECH},
    "rules_responserule": {
        "delete_selected": WRITERS,
        "export_csv": {*WRITERS, R},
        "export_xlsx": {*WRITERS, R},
        "export_json": {*WRITERS, R},
    },
    "webhooks_webhookevent": {"process_again": TECH},
    "incidents_contact": {"delete_selected": TECH},
    "people_invitation": {"withdraw": {OWN}},
    "auth_user": {"delete_selected": {OWN}},
    "auth_group": {"delete_selected": {OWN}},
    "api_token": {"delete_selected": {OWN}},
}
KEYS = {
    "conversations_latequestion": "late",
    "conversations_outboxmessage": "failed",
    "rules_responserule": "rule",
    "webhooks_webhookevent": "event",
}


def models_by_name() -> dict[str, Any]:
    return {one._meta.label_lower.replace(".", "_"): one for one in admin.site._registry}


def test_every_action_of_a_list_is_in_the_table() -> None:
    request = RequestFactory().get("/")
    request.user = User(is_superuser=True, is_staff=True, is_active=True)
    there = {
        name: {*admin.site._registry[model].get_actions(request)}
        for name, model in models_by_name().items()
    }
    assert {name: found for name, found in there.items() if found} == {
        name: {*actions} for name, actions in ACTIONS.items()
    }


@pytest.mark.parametrize("role", EVERYBODY)
def test_each_action_of_a_list_is_taken_for_those_who_may(
    role: str, things: dict[str, Any]
) -> None:
    client = as_role(role)
    Token.objects.update(user=User.objects.get(username=role or "nobody"))  # one's own
    wrong = {}
    for name, actions in ACTIONS.items():
        model = models_by_name()[name]
        key = things[KEYS.get(name, name.partition("_")[2])]
        for action, who in actions.items():
            asked = {"action": action, "_selected_action": [key], "post": "yes"}
            with undone():
                before = [*model._base_manager.order_by("pk").values()]
                answer = client.post(address(f"{name}_changelist", things), asked)
                is_changed = before != [*model._base_manager.order_by("pk").values()]
            is_done = is_changed or "attachment" in answer.get("Content-Disposition", "")
            if is_done != (role in who):
                wrong[f"{name} {action}"] = answer
    assert not wrong


# Tokens.


def expired(user: User) -> str:
    return str(Token.objects.create(user=user, expiry=timedelta(seconds=-1))[1])


def deleted(user: User) -> str:
    made, token = Token.objects.create(user=user)
    made.delete()
    return str(token)


def of_somebody_who_has_left(user: User) -> str:
    user.is_active = False
    user.save()
    return str(Token.objects.create(user=user)[1])


def of_somebody_who_is_gone(user: User) -> str:
    token = Token.objects.create(user=user)[1]
    user.delete()
    return str(token)


def the_metrics(_: User) -> str:
    return "m" * 40


@pytest.mark.parametrize(
    "make", [expired, deleted, of_somebody_who_has_left, of_somebody_who_is_gone, the_metrics]
)
def test_no_operation_takes_a_token_that_is_none_any_more(
    make: Callable[[User], str], client: Client, settings: Settings
) -> None:
    settings.METRICS_TOKEN = "m" * 40
    token = make(User.objects.create_superuser("olga"))
    opened = {}
    for method, path, _ in operations():
        answer = client.generic(
            method.upper(),
            path.replace("{id}", "1"),
            headers={"Authorization": f"Bearer {token}", "Idempotency-Key": "once"},
        )
        if answer.status_code != 401:
            opened[method, path] = answer
    assert not opened


def test_a_token_of_the_api_opens_nothing_else(
    client: Client, settings: Settings, things: dict[str, Any]
) -> None:
    settings.METRICS_TOKEN = "m" * 40
    token = Token.objects.create(user=User.objects.create_superuser("root"))[1]
    headers = {"Authorization": f"Bearer {token}"}
    assert client.get("/metrics", headers=headers).status_code == 401
    assert client.post("/webhooks/instagram", headers=headers).status_code == 401
    opened = [
        name
        for name in PAGES
        if client.get(address(name, things), headers=headers).status_code == 200
    ]
    assert opened == []


def test_no_act_is_done_that_another_site_has_posted(things: dict[str, Any]) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(User.objects.create_superuser("root"))
    wrong = {}
    for name in ACTS:
        headers = {"Origin": "https://evil.example", "X-Forwarded-Proto": "https"}
        with undone():
            status = client.post(address(name, things), headers=headers).status_code
        if status not in {403, 405}:
            wrong[name] = status
    assert not wrong
