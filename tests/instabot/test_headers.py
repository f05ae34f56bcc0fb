"""What every answer carries, whoever asks: browsers, Meta, a host's health check."""

import pytest
from django.test import Client

from tests.support.shop import Shop
from tests.support.talks import ask, make_conversation

pytestmark = [pytest.mark.django_db, pytest.mark.once]

EVERYWHERE = {
    "Strict-Transport-Security": "max-age=31536000",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("get", "/health", 200),
        ("post", "/health", 405),
        ("get", "/health/", 200),
        ("get", "/health/ready", 503),
        ("get", "/health/ready/", 503),
        ("get", "/webhooks/instagram", 403),
        ("post", "/webhooks/instagram", 401),
        ("put", "/webhooks/instagram", 405),
        ("get", "/admin/login/", 200),
        ("get", "/api/docs/", 200),
        ("get", "/api/docs", 200),
        ("get", "/api/openapi.yaml", 200),
        ("get", "/api/openapi.yaml/", 200),
        ("get", "/api/v1/rules/", 401),
        ("get", "/nothing", 404),
    ],
)
def test_all_say_how_browsers_shall_treat_them(
    client: Client, method: str, path: str, status: int
) -> None:
    found = getattr(client, method)(path, secure=True)
    assert found.status_code == status
    assert {name: found.headers.get(name) for name in EVERYWHERE} == EVERYWHERE


def test_what_comes_without_tls_promises_none(client: Client) -> None:
    assert "Strict-Transport-Security" not in client.get("/health").headers


@pytest.mark.parametrize(
    "path",
    [
        "",
        "conversations/conversation/",
        "conversations/conversation/{}/change/",
        "conversations/latequestion/",
        "conversations/outboxmessage/",
        "webhooks/webhookevent/",
        "rules/responserule/",
        "rules/responserule/export/",
        "rules/dismissedgroup/",
        "nothing/",
    ],
)
def test_no_page_is_kept_on_the_way(shop: Shop, staff: Client, path: str) -> None:
    talk = make_conversation("maria")
    ask(talk, "how much?")
    for who in (staff, Client()):
        found = who.get(f"/admin/{path.format(talk.pk)}")
        assert "no-store" in found["Cache-Control"], found
