"""The webhook's address: who gets in, and what the status codes promise."""

import json
from typing import Any

import pytest
from django.db import DatabaseError
from django.test import Client
from pytest_django import Settings

from instagram.limits import MAX_BODY_BYTES
from instagram.signature import sign
from webhooks import views
from webhooks.models import WebhookEvent, WebhookEventQuerySet
from workqueue import bell

pytestmark = pytest.mark.django_db(transaction=True)

URL = "/webhooks/instagram"
BODY = (
    b'{"object":"instagram","entry":[{"id":"17841400000000001","time":1763800000500,'
    b'"messaging":[{"sender":{"id":"870000000000001"},"recipient":{"id":"17841400000000001"},'
    b'"timestamp":1763800000100,"message":{"mid":"aWdfMID001",'
    b'"text":"\\u0426\\u0456\\u043d\\u0430? https:\\/\\/a.example"}}]}]}'
)


def verify(client: Client, token: str | None = "verify-me", challenge: str = "1158201444") -> Any:
    query = {"hub.mode": "subscribe", "hub.challenge": challenge}
    if token is not None:
        query["hub.verify_token"] = token
    return client.get(URL, query)


def post(client: Client, body: bytes, signature: str | None, **headers: str) -> Any:
    if signature is not None:
        headers["X-Hub-Signature-256"] = signature
    return client.post(URL, body, content_type="application/json", headers=headers)


def test_right_token_gets_exactly_its_challenge_as_plain_text(client: Client) -> None:
    response = verify(client)
    assert response.status_code == 200
    assert response.content == b"1158201444"
    assert response["Content-Type"].startswith("text/plain")


@pytest.mark.parametrize("token", ["wrong", "", None, "verify-me ", "кириллица"])
def test_wrong_or_missing_token_is_refused(client: Client, token: str | None) -> None:
    assert verify(client, token).status_code == 403


@pytest.mark.parametrize("token", ["", None, "verify-me"])
def test_without_a_configured_token_everything_is_refused(
    client: Client, settings: Settings, token: str | None
) -> None:
    settings.FACEBOOK_VERIFY_TOKEN = ""
    assert verify(client, token).status_code == 403


@pytest.mark.parametrize("challenge", ["", "<script>", "a b", "x" * 257, "a\n", "é"])
def test_a_challenge_that_is_not_a_plain_word_is_refused(client: Client, challenge: str) -> None:
    response = verify(client, challenge=challenge)
    assert response.status_code == 400
    assert b"script" not in response.content


@pytest.mark.parametrize("secret", ["new-secret", "old-secret", "instagram-secret"])
def test_every_configured_secret_opens_the_door(client: Client, secret: str) -> None:
    response = post(client, BODY, sign(BODY, secret))
    assert response.status_code == 200
    event = WebhookEvent.objects.get()
    assert bytes(event.body) == BODY
    assert event.due_at is not None
    assert not response.cookies


@pytest.mark.table
@pytest.mark.parametrize(
    "signature",
    [
        None,
        "",
        "sha256=",
        "sha256=abc",
        "sha1=" + "0" * 40,
        sign(BODY, "another secret"),
        sign(BODY, ""),
        sign(BODY + b" ", "new-secret"),
        sign(BODY, "new-secret").upper(),
        sign(BODY, "new-secret")[:-1],
        sign(BODY, "new-secret") + "0",
        sign(BODY, "new-secret").removeprefix("sha256="),
        "sha256=" + "ä" * 64,
    ],
)
def test_what_is_not_signed_is_refused_and_not_stored(
    client: Client, signature: str | None
) -> None:
    response = post(client, BODY, signature)
    assert response.status_code == 401
    assert response.content.decode() == views.NOT_SIGNED
    assert not WebhookEvent.objects.exists()


def test_the_old_sha1_header_alone_is_refused(client: Client) -> None:
    response = post(client, BODY, None, **{"X-Hub-Signature": "sha1=" + "0" * 40})
    assert response.status_code == 401
    assert not WebhookEvent.objects.exists()


def test_without_a_configured_secret_everything_is_refused(
    client: Client, settings: Settings
) -> None:
    settings.WEBHOOK_SECRETS = []
    assert post(client, BODY, sign(BODY, "")).status_code == 401
    assert not WebhookEvent.objects.exists()


@pytest.mark.parametrize("body", [b"not json", b"", b"[]", b'"text"', b"\xff\x00", b"{}"])
def test_signed_nonsense_is_stored_and_acknowledged(client: Client, body: bytes) -> None:
    assert post(client, body, sign(body, "new-secret")).status_code == 200
    assert bytes(WebhookEvent.objects.get().body) == body


def test_ten_megabytes_are_taken_and_one_byte_more_is_not(client: Client) -> None:
    most = b"x" * MAX_BODY_BYTES
    assert post(client, most, sign(most, "new-secret")).status_code == 200
    more = most + b"x"
    assert post(client, more, sign(more, "new-secret")).status_code == 413
    assert WebhookEvent.objects.count() == 1


def test_a_database_that_is_away_asks_meta_to_send_again(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_: object) -> int:
        raise DatabaseError("gone")

    monkeypatch.setattr(WebhookEventQuerySet, "keep", away)
    assert post(client, BODY, sign(BODY, "new-secret")).status_code == 503


def test_a_broken_connection_is_replaced_without_meta_noticing(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    keep, broken = WebhookEventQuerySet.keep, [DatabaseError("server closed the connection")]

    def once(*args: Any) -> int:
        if broken:
            raise broken.pop()
        return keep(*args)

    monkeypatch.setattr(WebhookEventQuerySet, "keep", once)
    assert post(client, BODY, sign(BODY, "new-secret")).status_code == 200
    assert WebhookEvent.objects.count() == 1


def test_a_queue_that_is_away_neither_fails_nor_delays_the_webhook(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    rings = []

    def away(_: object) -> None:
        rings.append(1)
        raise ConnectionError("no bell")

    monkeypatch.setattr("workqueue.bell.HUEY.storage.enqueue_all", away)
    monkeypatch.setattr(bell, "_silent_until", 0.0)
    monkeypatch.setattr("workqueue.bell.LocalBell", type(None))  # as if there were a line
    for _ in range(5):
        assert post(client, BODY, sign(BODY, "new-secret")).status_code == 200
        bell._rings.join()
    assert WebhookEvent.objects.count() == 5
    assert len(rings) == 1, "after a failed ring the bell keeps silent for a while"


@pytest.mark.parametrize("path", [URL, f"{URL}/", f"{URL}//", f"/{URL}", f"/{URL}/"])
def test_a_slash_more_at_either_end_is_the_same_address(client: Client, path: str) -> None:
    # As it is: a client of tests would read two slashes as a host.
    found = client.post(
        "/",
        BODY,
        content_type="application/json",
        headers={"X-Hub-Signature-256": sign(BODY, "new-secret")},
        PATH_INFO=path,
    )
    assert found.status_code == 200
    assert WebhookEvent.objects.count() == 1
    query = {"hub.mode": "subscribe", "hub.challenge": "1", "hub.verify_token": "verify-me"}
    assert client.get("/", query, PATH_INFO=path).content == b"1"


def test_a_server_that_cannot_tell_where_chunks_end_asks_for_the_length(client: Client) -> None:
    headers = {"X-Hub-Signature-256": sign(BODY, "new-secret"), "Transfer-Encoding": "chunked"}
    found = client.post(URL, BODY, content_type="application/json", headers=headers)
    assert found.status_code == 411
    assert not WebhookEvent.objects.exists()


def test_a_signed_body_whose_length_nobody_says_is_asked_for_it(client: Client) -> None:
    headers = {"X-Hub-Signature-256": sign(BODY, "new-secret")}
    found = client.post(URL, BODY, "application/json", headers=headers, CONTENT_LENGTH="")
    assert found.status_code == 411
    assert not WebhookEvent.objects.exists()


@pytest.mark.parametrize("method", ["put", "patch", "delete", "head", "options"])
def test_other_methods_are_refused(client: Client, method: str) -> None:
    assert getattr(client, method)(URL).status_code == 405


def test_it_asks_for_no_csrf_token_and_no_login() -> None:
    client = Client(enforce_csrf_checks=True)
    assert post(client, BODY, sign(BODY, "new-secret")).status_code == 200


def test_the_example_of_metas_own_escaping_verifies() -> None:
    expected = "1e23f35b85c579f10d93fb6fb770c13cd9bb96838b1a73e142ae2ac6821e57ab"
    assert sign(BODY, "test_secret") == f"sha256={expected}"
    assert json.loads(BODY)["entry"][0]["messaging"][0]["message"]["text"].startswith("Ціна?")
