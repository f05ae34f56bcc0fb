"""Errors are problem details: for every address, every method, every kind of nonsense."""

import json
from typing import Any

import pytest
from django.test import Client

from api.views.rules import RuleViewSet
from rules.models import ResponseRule
from tests.api.caller import Caller, problem, rule
from tests.support.broken_off import BrokenOff
from tests.support.talks import make_conversation

pytestmark = pytest.mark.once

JSON = {"Content-Type": "application/json"}
NOTHING_HERE = "There is nothing at this address. /api/docs/ lists the addresses of the API."


def test_a_problem_says_what_happened_and_where(api: Caller) -> None:
    found = api.call("patch", f"rules/{rule().pk}/", json={"order": -1, "colour": "red"})
    assert problem(found, 400, "invalid") == {
        "type": "urn:instabot:problem:invalid",
        "title": "Not valid",
        "status": 400,
        "detail": "The request is not valid. See errors.",
        "errors": [
            {"detail": "Write a whole number.", "pointer": "#/order"},
            {"detail": "Rules have no such field.", "pointer": "#/colour"},
        ],
    }


@pytest.mark.parametrize(
    "path",
    [
        "nothing/",
        "nothing",
        "rules//",
        "rules/abc/",
        "rules/abc",
        "rules/-1/",
        "rules/1/2/",
        "",
        "../v2/rules/",
    ],
)
def test_an_address_where_nothing_is(api: Caller, path: str) -> None:
    said = problem(api.call("get", path), 404, "not-found")
    assert said["detail"] == NOTHING_HERE


@pytest.mark.parametrize(
    ("method", "path", "thing"),
    [
        ("get", "rules/{}/", "rule"),
        ("put", "rules/{}/", "rule"),
        ("patch", "rules/{}", "rule"),
        ("delete", "rules/{}/", "rule"),
        ("get", "statistics/rules/{}/days/", "rule"),
        ("get", "conversations/{}/", "conversation"),
        ("get", "conversations/{}/messages/", "conversation"),
        ("post", "conversations/{}/reply/", "conversation"),
        ("post", "conversations/{}/pause/", "conversation"),
        ("post", "conversations/{}/resume/", "conversation"),
        ("get", "messages/{}/", "message"),
        ("post", "messages/{}/resend/", "message"),
        ("post", "messages/{}/cancel/", "message"),
    ],
)
@pytest.mark.parametrize("pk", [999_999, 10**30])
def test_what_is_not_there_is_named_in_words(
    api: Caller, method: str, path: str, thing: str, pk: int
) -> None:
    found = api.call(method, path.format(pk), json={}, headers={"Idempotency-Key": "once"})
    said = problem(found, 404, "not-found")
    assert said["detail"] == f"There is no {thing} with the ID {pk}."


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("delete", "rules/"),
        ("put", "rules/"),
        ("get", "rules/try/"),
        ("post", "conversations/"),
        ("delete", "conversations/1/"),
        ("patch", "messages/1/"),
        ("options", "rules/"),
        ("trace", "rules/"),
        ("nonsense", "rules/"),
    ],
)
def test_a_method_that_is_not_there(api: Caller, method: str, path: str) -> None:
    found = api.call(method, path)
    problem(found, 405, "method-not-allowed")
    assert found.headers["Allow"]


@pytest.mark.parametrize(
    ("body", "headers", "status", "kind"),
    [
        (b"{", JSON, 400, "malformed"),
        (b'{"text": NaN}', JSON, 400, "malformed"),
        (b"\xff\xfe", JSON, 400, "malformed"),
        (b"[" * 100_000, JSON, 400, "malformed"),
        (b"text=x", {"Content-Type": "text/plain"}, 415, "unsupported-media-type"),
        (b"text=x", {"Content-Type": "nonsense"}, 415, "unsupported-media-type"),
        (b'{"text": "x"}', JSON | {"Accept": "text/html"}, 406, "not-acceptable"),
        (b'{"text": "' + b"x" * 3_000_000 + b'"}', JSON, 413, "too-large"),
    ],
)
def test_what_cannot_be_read(
    api: Caller, body: bytes, headers: Any, status: int, kind: str
) -> None:
    problem(api.call("post", "rules/try/", data=body, headers=headers), status, kind)


@pytest.mark.django_db
def test_a_body_that_was_broken_off_is_the_sender_s_problem(admin_client: Client) -> None:
    body = BrokenOff(b'{"text": "x"}')
    sent: dict[str, Any] = {"wsgi.input": body, "CONTENT_LENGTH": str(len(body))}
    admin_client.raise_request_exception = False
    found = admin_client.post("/api/v1/rules/", content_type="application/json", **sent)
    assert (found.status_code, found.json()["type"]) == (400, "urn:instabot:problem:malformed")


def test_a_body_in_chunks_is_refused_not_taken_for_none(api: Caller) -> None:
    talk = make_conversation("mia")
    chunks = iter([b'{"hours": 2}'])
    found = api.call("post", f"conversations/{talk.pk}/pause/", data=chunks, headers=JSON)
    problem(found, 411, "length-required")
    talk.refresh_from_db()
    assert talk.bot_paused_until is None


@pytest.mark.parametrize(
    ("path", "body", "pointer"),
    [
        ("rules/try/", {"text": "x", "event": "\ud800"}, "#/event"),
        ("rules/try/", {"text": "x", "\ud800": 1}, "#/\\ud800"),
        ("rules/", {"\ud800": 1}, "#/\\ud800"),
    ],
)
def test_half_a_character_is_said_back_so_that_it_can_be_read(
    api: Caller, path: str, body: Any, pointer: str
) -> None:
    said = problem(api.call("post", path, data=json.dumps(body), headers=JSON), 400, "invalid")
    assert [error["pointer"] for error in said["errors"]] == [pointer]


def test_an_error_of_ours_is_a_problem_that_says_nothing_of_the_data(
    api: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: Any) -> None:
        raise ValueError("secret")

    monkeypatch.setattr(RuleViewSet, "_save", fail)
    found = api.call("post", "rules/", json={})
    problem(found, 500, "failed")
    assert "secret" not in found.text
    assert not ResponseRule.objects.filter(name="").exists()


def test_a_wrong_host_is_a_problem_for_programs_and_a_sentence_for_people(server: str) -> None:
    headers = {"Host": "elsewhere.example"}
    client = Client(headers=headers)
    found = client.get("/api/v1/rules/")
    assert (found.status_code, found["Content-Type"]) == (400, "application/problem+json")
    assert "ALLOWED_HOSTS" in client.get("/admin/", secure=True).text
