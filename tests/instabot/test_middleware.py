from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from pytest_django import Settings

from instabot import logs
from instabot.middleware import NO_TLS
from shop.models import Shop
from tests.support.shop import Shop as ShopUnderTest
from tests.support.talks import make_conversation, page

pytestmark = [pytest.mark.django_db, pytest.mark.once]


def test_staff_read_the_clock_of_the_shop_and_nothing_else_does(staff: Client) -> None:
    Shop.objects.create(name="Flowers", time_zone="Asia/Tokyo")
    talk = make_conversation(
        "maria",
        referral_ref="ad",
        referred_at=datetime(timezone.now().year, 6, 1, 20, 30, tzinfo=UTC),
    )
    assert "2 Jun, 05:30" in page(staff, talk)
    assert timezone.get_current_timezone_name() == "UTC"


def test_a_shop_without_a_zone_reads_utc(staff: Client) -> None:
    talk = make_conversation(
        "maria",
        referral_ref="ad",
        referred_at=datetime(timezone.now().year, 6, 1, 20, 30, tzinfo=UTC),
    )
    assert "1 Jun, 20:30" in page(staff, talk)


def test_a_webhook_does_not_ask_for_the_clock(shop: ShopUnderTest) -> None:
    with CaptureQueriesContext(connection) as caught:
        shop.hears("delivery?")
    assert caught
    assert not [query for query in caught if "conversations_shop" in query["sql"]]


@pytest.fixture
def by_tls(settings: Settings) -> None:
    """As in production, with a name for other containers."""
    settings.SECURE_SSL_REDIRECT = True
    settings.PLAIN_HTTP_HOSTS = ["web", "fd00--1.internal"]
    settings.ALLOWED_HOSTS = ["bot.example.com", *settings.PLAIN_HTTP_HOSTS]


SAID = (400, None)  # a sentence, no redirect
TO_TLS = (301, "https://bot.example.com")
TO_LOGIN = (302, "/admin/login")
LET_IN = (401, None)


@pytest.mark.parametrize(
    ("path", "host", "proto", "answer"),
    [
        ("/admin/", "bot.example.com", None, SAID),
        ("/admin/", "bot.example.com:8000", None, SAID),
        ("/", "bot.example.com", None, SAID),
        ("/static/backoffice/pages.css", "bot.example.com", None, SAID),
        ("/api/v1/rules/", "bot.example.com", None, SAID),
        ("/admin/", "bot.example.com", "http", TO_TLS),
        ("/api/v1/rules/", "bot.example.com", "http", TO_TLS),
        ("/admin/", "bot.example.com", "HTTP", TO_TLS),
        ("/admin/", "bot.example.com", "", SAID),
        ("/admin/", "bot.example.com", " ", SAID),
        ("/admin/", "bot.example.com", "http,https", SAID),
        ("/admin/", "bot.example.com", "http, http", SAID),
        ("/admin/", "bot.example.com", "on", SAID),
        ("/admin/", "bot.example.com", "ssl", SAID),
        ("/admin/", "bot.example.com", "HTTPS", TO_LOGIN),
        ("/admin/", "bot.example.com", "Https, http", TO_LOGIN),
        ("/admin/", "bot.example.com", "https", TO_LOGIN),
        ("/admin/", "bot.example.com", "https, http", TO_LOGIN),
        ("/api/v1/rules/", "bot.example.com", "https", LET_IN),
        ("/api/v1/rules/", "web:8000", None, LET_IN),
        ("/api/v1/rules/", "WEB", None, LET_IN),
        ("/api/v1/rules/", "web", "http", LET_IN),
        ("/api/v1/rules/", "fd00--1.internal:8000", None, LET_IN),
        ("/health", "web:8000", None, (200, None)),
        ("/health", "10.0.0.7:8000", None, (200, None)),
        ("/health/ready", "web:8000", None, (503, None)),  # there is no worker
        ("/webhooks/instagram", "bot.example.com", None, (403, None)),
        ("/api/v1/rules/", "web.example.com", None, SAID),
        ("/api/v1/rules/", "evil.example.com", None, (400, None)),
    ],
)
@pytest.mark.usefixtures("by_tls")
def test_a_request_without_tls(
    client: Client, path: str, host: str, proto: str | None, answer: tuple[int, str | None]
) -> None:
    headers = {"Host": host} | ({} if proto is None else {"X-Forwarded-Proto": proto})
    response = client.get(path, headers=headers)
    status, location = answer
    assert response.status_code == status
    assert response.get("Location", "").startswith(location or "")
    assert ("Location" in response) is bool(location)


@pytest.mark.parametrize(
    ("path", "kind"),
    [("/admin/", "text/plain; charset=utf-8"), ("/api/v1/rules/", "application/problem+json")],
)
def test_without_tls_a_sentence_says_what_the_proxy_must_send(
    client: Client, by_tls: None, path: str, kind: str
) -> None:
    response = client.get(path, headers={"Host": "bot.example.com"})
    assert response["Content-Type"] == kind
    for word in ("X-Forwarded-Proto: https", "PLAIN_HTTP_HOSTS", "docs/configuration.md"):
        assert word in response.text


def test_the_sentence_names_a_section_that_there_is() -> None:
    page = (Path(__file__).resolve().parents[2] / "docs/configuration.md").read_text()
    assert "\n## Behind a proxy\n" in page
    assert "'Behind a proxy'" in NO_TLS


def test_the_log_says_it_too(client: Client, by_tls: None, capfd: Any) -> None:
    logs.repeats.forget()
    for _ in range(3):
        client.get("/admin/", headers={"Host": "bot.example.com"})
    said = capfd.readouterr().err
    assert said.count('"tls_unknown"') == 1
    assert "X-Forwarded-Proto: https" in said


@pytest.mark.parametrize("path", ["/admin/login/", "/admin/rules/responserule/import/", "/"])
def test_what_is_larger_than_anything_here_is_refused_before_it_is_read(
    client: Client, path: str
) -> None:
    answer = client.generic("POST", path, b"", CONTENT_LENGTH=str(100 * 1024 * 1024))
    assert answer.status_code == 413
    assert answer.content == b"This is too large: nothing of more than 11 MB is taken here.\n"


def test_the_api_says_so_as_a_problem(client: Client) -> None:
    answer = client.generic("POST", "/api/v1/rules", b"", CONTENT_LENGTH=str(100 * 1024 * 1024))
    assert (answer.status_code, answer.json()["type"]) == (413, "urn:instabot:problem:too-large")
