"""A request by a name, or from an address, that the settings do not have: it says which."""

import json
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from pytest_django import Settings

from instabot import logs

pytestmark = pytest.mark.django_db
LOG_IN = {"username": "anna", "password": "x"}


@pytest.fixture(autouse=True)
def _production(settings: Settings) -> None:
    settings.ALLOWED_HOSTS = ["bot.example.com"]
    settings.CSRF_TRUSTED_ORIGINS = ["https://bot.example.com"]
    logs.repeats.forget()


def lines(capfd: Any, event: str) -> list[dict[str, Any]]:
    told = [json.loads(line) for line in capfd.readouterr().err.splitlines()]
    assert "DEBUG" not in str(told)
    return [line for line in told if line["event"] == event]


@pytest.mark.parametrize("path", ["/admin/", "/"])
def test_a_name_that_is_not_allowed_is_said_with_the_setting(
    client: Client, path: str, capfd: Any
) -> None:
    for _ in range(3):
        response = client.get(path, headers={"Host": "www.bot.example.com"}, secure=True)
        assert response.status_code == 400
        assert response["Content-Type"] == "text/plain; charset=utf-8"
        assert "that it does not have: www.bot.example.com." in response.text
        assert "adds it to ALLOWED_HOSTS and restarts" in response.text
    [line] = lines(capfd, "host_not_allowed")
    assert "www.bot.example.com" in line["next"]


@pytest.mark.parametrize("path", ["/", "/admin/login/", "/static/x.css"])
def test_what_was_left_at_debug_shows_no_settings_to_who_calls_by_another_name(
    client: Client, settings: Settings, path: str
) -> None:
    settings.DEBUG, settings.ALLOWED_HOSTS = True, ["localhost"]
    response = client.get(path, headers={"Host": "evil.ngrok.app"})
    assert (response.status_code, response["Content-Type"]) == (400, "text/plain; charset=utf-8")
    assert "HEARTBEAT_URL" not in response.text


def test_a_page_about_an_error_shows_no_address_with_a_password(
    client: Client, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.DEBUG, settings.ALLOWED_HOSTS = True, ["localhost"]
    settings.HEARTBEAT_URL = "https://hc.example/zanzibar"
    settings.GRAPH_PROXY = "http://me:zanzibar@proxy:3128"
    settings.HUEY = {"connection": {"url": "redis://:zanzibar@redis"}}
    monkeypatch.setattr("instabot.home._worker", None)  # which is called
    client.raise_request_exception = False
    client.force_login(User.objects.create_superuser("anna"))
    response = client.get("/admin/", headers={"Host": "localhost"})
    assert response.status_code == 500
    assert "HEARTBEAT_URL" in response.text
    assert "zanzibar" not in response.text


@pytest.mark.parametrize("host", ["<b>evil</b>", "a b", "{0}", "", "x" * 5000])
def test_a_name_that_is_none_is_not_repeated(client: Client, host: str) -> None:
    response = client.get("/admin/", headers={"Host": host}, secure=True)
    assert response.status_code == 400
    assert "no name at all" in response.text


def test_the_api_says_it_as_a_problem(client: Client) -> None:
    response = client.get("/api/v1/rules/", headers={"Host": "other.example"}, secure=True)
    assert response["Content-Type"] == "application/problem+json"
    assert "ALLOWED_HOSTS" in response.json()["detail"]


@pytest.mark.parametrize(
    ("headers", "said"),
    [
        (
            {"Origin": "https://www.example.com", "Host": "bot.example.com"},
            "adds https://www.example.com to CSRF_TRUSTED_ORIGINS",
        ),
        (
            {"Origin": "https://www.example.com", "Host": "bot.example.com"},
            "the header Host on, as www.example.com: it says bot.example.com.",
        ),
        (
            {"Referer": "https://www.example.com/admin/login/", "Host": "bot.example.com"},
            "adds https://www.example.com to CSRF_TRUSTED_ORIGINS",
        ),
        ({"Origin": "null", "Host": "bot.example.com"}, "did not say from which address"),
        ({"Host": "bot.example.com"}, "did not say from which address"),
    ],
)
def test_an_address_that_is_not_trusted_is_said_with_the_setting(
    headers: dict[str, str], said: str, capfd: Any
) -> None:
    client = Client(enforce_csrf_checks=True, headers=headers)
    response = client.post("/admin/login/", LOG_IN, secure=True)
    assert response.status_code == 403
    assert said in response.content.decode()
    assert "out of date" not in response.content.decode()
    assert len(lines(capfd, "origin_not_trusted")) == 1


@pytest.mark.parametrize("origin", ["https://bot.example.com/", "https://bot.example.com"])
def test_an_origin_with_a_slash_at_its_end_is_the_same(settings: Settings, origin: str) -> None:
    from instabot import variables

    settings.CSRF_TRUSTED_ORIGINS = [variables.origin(origin)]
    settings.ALLOWED_HOSTS = ["*"]
    User.objects.create_superuser("anna", password="x")
    client = Client(enforce_csrf_checks=True, headers={"Host": "inner:8000"})
    page = client.get("/admin/login/", secure=True)
    token = page.context["csrf_token"]
    sent = LOG_IN | {"csrfmiddlewaretoken": str(token)}
    answer = client.post(
        "/admin/login/", sent, secure=True, headers={"Origin": "https://bot.example.com"}
    )
    assert answer.status_code == 302
