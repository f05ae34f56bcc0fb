"""Calls the API over HTTP, as another system does."""

import json
from collections.abc import Callable, Mapping
from typing import Any
from uuid import uuid4

import requests
from django.contrib.auth.models import Permission, User
from django.test import Client

from api.models import Token
from api.problems import MEDIA_TYPE, TYPE_PREFIX
from conversations.models import Conversation
from rules.models import ResponseRule
from tests.support.talks import queries

VIEW = ("view_conversation", "view_responserule", "view_shop", "view_reports")
CHANGE = (
    "change_conversation", "add_responserule", "change_responserule", "delete_responserule",
    "change_shop", "add_account",
)  # fmt: skip
Answer = requests.Response


class Caller:
    """Somebody with a token, or without. Addresses are those below /api/v1/."""

    def __init__(self, server: str, headers: Mapping[str, str] | None = None) -> None:
        self.server = server
        self.session = requests.Session()
        self.session.trust_env = False
        self.session.headers.update(headers or {})

    def again(self) -> "Caller":
        """Return the same user on a connection of its own: one for each thread."""
        return Caller(self.server, self.token())

    def token(self) -> dict[str, str]:
        return {"Authorization": str(self.session.headers["Authorization"])}

    def call(self, method: str, path: str, **options: Any) -> Answer:
        url = path if path.startswith("http") else f"{self.server}/api/v1/{path}"
        found = self.session.request(method, url, timeout=30, **options)
        self.session.close()  # else it keeps a thread of the server, and that one the database
        return found

    def get(self, path: str, **parameters: Any) -> Any:
        """Return what stands there."""
        found = self.call("get", path, params=parameters)
        assert found.status_code == 200, found.text
        return found.json()

    def post(self, path: str, body: Any = None, *, key: str = "", expect: int = 200) -> Any:
        headers = {"Idempotency-Key": key or uuid4().hex}
        found = self.call("post", path, json=body, headers=headers)
        assert found.status_code == expect, found.text
        return found.json()

    def patch(self, path: str, body: Any, *, expect: int = 200) -> Any:
        found = self.call("patch", path, json=body)
        assert found.status_code == expect, found.text
        return found.json()


def user_who_may(*rights: str, name: str = "anna", **fields: Any) -> User:
    user, _ = User.objects.get_or_create(username=name, defaults=fields)
    user.user_permissions.set(Permission.objects.filter(codename__in=rights))
    return user


def token_of(user: User, **fields: Any) -> dict[str, str]:
    return {"Authorization": f"Token {Token.objects.create(user, **fields)[1]}"}


def problem(found: Answer, status: int, kind: str) -> Any:
    """Return the problem, which is of this kind."""
    assert found.status_code == status, found.text
    assert found.headers["Content-Type"] == MEDIA_TYPE
    said = found.json()
    assert said["status"] == status
    assert said["type"] == f"{TYPE_PREFIX}{kind}"
    return said


def only_conversation() -> Conversation:
    return Conversation.objects.get()


def rule(name: str = "Delivery") -> ResponseRule:
    return ResponseRule.objects.get(name=name)


def asked_queries(
    caller: Caller, method: str, path: str, body: Callable[[], Any] = lambda: None
) -> int:
    """Count the queries of a call, made in this thread, where they are seen."""
    headers = caller.token()

    def call() -> None:
        said = {"content_type": "application/json", "data": json.dumps(body())}
        more = {} if method == "get" else said
        key = {"Idempotency-Key": uuid4().hex}
        found = getattr(Client(), method)(f"/api/v1/{path}", headers=headers | key, **more)
        assert found.status_code < 300, found.content

    return queries(call)


def walk(api: Caller, address: str, link: str = "next") -> list[Any]:
    """Follow the pages of a list; return its rows."""
    rows, pages = [], 0
    while address:
        page = api.get(address)
        rows += page["results"]
        address, pages = page[link], pages + 1
        assert pages < 100
    return rows
