"""What is counted of those who are refused at the door, and that nothing else is kept of them."""

import hashlib
import hmac
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import DatabaseError, connection
from django.forms.models import model_to_dict
from django.test import Client
from django.test.utils import CaptureQueriesContext
from pytest_django import Settings

from instagram.signature import sign
from tests.support.clock import Clock
from webhooks import knocks
from webhooks.models import Knock, KnockQuerySet, WebhookEvent

pytestmark = pytest.mark.django_db(transaction=True)

URL = "/webhooks/instagram"
BODY = b'{"object":"instagram","entry":[{"id":"1","note":"\\u00e4 \\/ b"}]}'
WRITTEN_ANEW = json.dumps(json.loads(BODY), ensure_ascii=False).encode()
Kind = Knock.Kind


@pytest.fixture(autouse=True)
def _nothing_before() -> Iterator[None]:
    knocks.forget()
    yield
    knocks.forget()


def verify(client: Client, token: str | None, challenge: str = "115", **headers: str) -> int:
    query = {"hub.mode": "subscribe", "hub.challenge": challenge}
    if token is not None:
        query["hub.verify_token"] = token
    return int(client.get(URL, query, headers=headers).status_code)


def post(client: Client, body: bytes, signature: str, **headers: str) -> int:
    if signature:
        headers["X-Hub-Signature-256"] = signature
    answer = client.post(URL, body, content_type="application/json", headers=headers)
    return int(answer.status_code)


def counted() -> list[tuple[str, str, int]]:
    return list(Knock.objects.order_by("pk").values_list("kind", "fits", "count"))


@pytest.mark.parametrize(
    ("given", "kind", "fits"),
    [
        ("verify-me", Kind.VERIFIED, ""),
        (None, Kind.TOKEN_MISSING, ""),
        ("", Kind.TOKEN_MISSING, ""),
        (" verify-me", Kind.TOKEN_NEAR, ""),
        ("“Verify-Me”", Kind.TOKEN_NEAR, ""),
        ("new-secret", Kind.TOKEN_OTHER, "FACEBOOK_APP_SECRET or INSTAGRAM_APP_SECRET"),
        ("IGAA-token-of-tests", Kind.TOKEN_OTHER, "INSTAGRAM_PAGE_ACCESS_TOKEN"),
        ("something else", Kind.TOKEN_WRONG, ""),
        ("кириллица", Kind.TOKEN_WRONG, ""),
    ],
)
def test_a_verify_attempt_is_counted_by_what_differed(
    client: Client, given: str | None, kind: Kind, fits: str
) -> None:
    assert verify(client, given) == (200 if kind == Kind.VERIFIED else 403)
    assert counted() == [(kind, fits, 1)]


def test_a_verify_attempt_without_a_token_of_ours_and_one_without_a_challenge(
    client: Client, settings: Settings
) -> None:
    assert verify(client, "verify-me", challenge="<b>") == 400
    settings.FACEBOOK_VERIFY_TOKEN = ""
    knocks.forget()
    assert verify(client, "verify-me") == 403
    assert counted() == [(Kind.BAD_CHALLENGE, "", 1), (Kind.TOKEN_UNSET, "", 1)]


@pytest.mark.parametrize(("token", "status"), [("verify-me", 200), ("of before", 403)])
def test_our_own_question_is_no_attempt_of_metas(client: Client, token: str, status: int) -> None:
    assert verify(client, token, **{"User-Agent": knocks.DOCTOR}) == status
    assert counted() == []


@pytest.mark.parametrize(
    ("body", "signature", "kind", "fits"),
    [
        (BODY, "", Kind.UNSIGNED, ""),
        (BODY, "sha256=abc", Kind.SIGNED_WRONG, ""),
        (BODY, sign(BODY, "somebody else's"), Kind.SIGNED_WRONG, ""),
        (BODY, sign(BODY, "verify-me"), Kind.SIGNED_OTHER, "FACEBOOK_VERIFY_TOKEN"),
        (
            BODY, sign(BODY, "IGAA-token-of-tests"), Kind.SIGNED_OTHER,
            "INSTAGRAM_PAGE_ACCESS_TOKEN",
        ),
        (WRITTEN_ANEW, sign(BODY, "new-secret"), Kind.BODY_CHANGED, ""),
        (b"no json", sign(BODY, "new-secret"), Kind.SIGNED_WRONG, ""),
        (b"x" * (knocks.LONGEST_LOOKED_AT + 1), "", Kind.UNSIGNED, ""),
        (b"x" * (knocks.LONGEST_LOOKED_AT + 1), "sha256=0", Kind.SIGNED_WRONG, ""),
    ],
)  # fmt: skip
def test_a_refused_webhook_is_counted_by_what_would_have_fitted(
    client: Client, body: bytes, signature: str, kind: Kind, fits: str
) -> None:
    assert post(client, body, signature) == 401
    assert counted() == [(kind, fits, 1)]
    assert not WebhookEvent.objects.exists()


def test_the_older_signature_alone_is_known_again(client: Client) -> None:
    old = "sha1=" + hmac.new(b"new-secret", BODY, hashlib.sha1).hexdigest()
    assert post(client, BODY, "", **{"X-Hub-Signature": old}) == 401
    assert counted() == [(Kind.OLD_SIGNATURE, "", 1)]


def test_capital_letters_in_the_app_secret_are_found(client: Client, settings: Settings) -> None:
    settings.WEBHOOK_SECRETS = ["ABC123"]
    assert post(client, BODY, sign(BODY, "abc123")) == 401
    assert counted() == [(Kind.SIGNED_OTHER, "FACEBOOK_APP_SECRET in small letters", 1)]


def test_without_a_secret_that_is_what_is_wrong(client: Client, settings: Settings) -> None:
    settings.WEBHOOK_SECRETS = []
    assert post(client, BODY, sign(BODY, "new-secret")) == 401
    assert counted() == [(Kind.SECRET_UNSET, "", 1)]


def test_a_webhook_that_is_taken_costs_no_statement_here(client: Client) -> None:
    with CaptureQueriesContext(connection) as caught:
        assert post(client, BODY, sign(BODY, "new-secret")) == 200
    assert not [one for one in caught.captured_queries if "knock" in one["sql"]]
    assert counted() == []


def test_a_flood_is_written_once_in_some_seconds(
    client: Client, monkeypatch: pytest.MonkeyPatch, django_assert_num_queries: Any
) -> None:
    monkeypatch.setattr(knocks, "WRITE_EVERY_SECONDS", float("inf"))
    assert post(client, BODY, "") == 401
    with django_assert_num_queries(0):
        for _ in range(10):
            assert post(client, BODY, "") == 401
    monkeypatch.setattr(knocks, "WRITE_EVERY_SECONDS", 0)
    assert post(client, BODY, "") == 401
    assert counted() == [(Kind.UNSIGNED, "", 12)]


def test_what_waited_to_be_written_counts_in_the_hour_in_which_it_came(
    client: Client, monkeypatch: pytest.MonkeyPatch, time_stands: Clock
) -> None:
    monkeypatch.setattr(knocks, "WRITE_EVERY_SECONDS", float("inf"))
    for _ in range(2):
        post(client, BODY, sign(BODY, "another"))
    before = Knock.objects.get().last_at
    time_stands(timedelta(hours=1))
    monkeypatch.setattr(knocks, "WRITE_EVERY_SECONDS", 0)
    post(client, BODY, sign(BODY, "another"))
    assert counted() == [(Kind.SIGNED_WRONG, "", 2), (Kind.SIGNED_WRONG, "", 1)]
    assert [
        row.last_at - before < timedelta(minutes=5) for row in Knock.objects.order_by("pk")
    ] == [
        True,
        False,
    ]


def test_the_last_of_an_hour_stays_the_last_though_an_earlier_one_is_written_after_it() -> None:
    at = datetime(2026, 5, 4, 10, 52, tzinfo=UTC)
    for minutes in (0, -9, 3):
        Knock.objects.add(Kind.SIGNED_WRONG, "", 1, at + timedelta(minutes=minutes))
        assert Knock.objects.get().last_at == at + timedelta(minutes=max(minutes, 0))


def test_that_the_verify_token_was_right_is_written_at_once(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(knocks, "WRITE_EVERY_SECONDS", float("inf"))
    for token in ("wrong", "wrong", "verify-me", "wrong"):
        verify(client, token)
    assert counted() == [(Kind.TOKEN_WRONG, "", 2), (Kind.VERIFIED, "", 1)]


def test_there_is_one_row_an_hour_and_a_week_of_those_that_were_refused(
    client: Client, time_passes: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(knocks, "WRITE_EVERY_SECONDS", 0)
    verify(client, "verify-me")
    for hours in (0, 1, 23, 24 * 8):
        time_passes(timedelta(hours=hours))
        post(client, BODY, "")
    assert counted() == [(Kind.VERIFIED, "", 1), (Kind.UNSIGNED, "", 1)]


def test_a_database_that_is_away_changes_no_answer(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_: object) -> None:
        raise DatabaseError("gone")

    monkeypatch.setattr(KnockQuerySet, "add", away)
    assert verify(client, "verify-me") == 200
    assert verify(client, "wrong") == 403
    assert post(client, BODY, "sha256=0") == 401


def test_nothing_of_what_was_given_is_kept(client: Client, settings: Settings) -> None:
    given = ["a-token-of-somebody", "verify-me", "new-secret"]
    for token in given:
        knocks.forget()
        verify(client, token)
    post(client, BODY, sign(BODY, "a-secret-of-somebody"))
    kept = str([model_to_dict(one) for one in Knock.objects.all()])
    for text in [*given, "sha256", "object", "Mozilla", "127.0.0.1"]:
        assert text not in kept
