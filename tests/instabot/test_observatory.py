"""What Mozilla's HTTP Observatory would say of our pages: A+ for each of them."""

from http.cookies import SimpleCookie
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from pytest_django import Settings

from tests.support.observatory import A_PLUS, Grade, grade
from tests.support.talks import ask, make_conversation

pytestmark = pytest.mark.once

INBOX = "/admin/conversations/conversation/"
STRICT, UNFOLDS = 130, 115  # of our own pages; of Unfold's, whose scripts and styles want more


BY_HTTP, BY_HTTPS = {"X-Forwarded-Proto": "http"}, {"X-Forwarded-Proto": "https"}


def look(client: Client, path: str) -> Grade:
    """Grade a page as the Observatory meets it: by http first, then by https."""
    plain = client.get(path, headers=BY_HTTP)
    page = client.get(path, headers=BY_HTTPS)
    assert page.status_code == 200, path
    return grade(page.headers, {**client.cookies}, redirected=plain.headers.get("Location", ""))


@pytest.fixture(autouse=True)
def _tls(settings: Settings) -> None:
    settings.SECURE_SSL_REDIRECT = True


@pytest.fixture
def person() -> Client:
    """Somebody who has logged in, and has the cookies of that."""
    User.objects.create_superuser("olga", password="a-long-password")
    client = Client()
    said = {"username": "olga", "password": "a-long-password"}
    client.post("/admin/login/", said, headers=BY_HTTPS)
    assert {"sessionid", "csrftoken"} <= {*client.cookies}
    return client


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("path", "score"),
    [
        ("/admin/", STRICT),
        ("/admin/doctor/", STRICT),
        (INBOX, STRICT),
        (f"{INBOX}{{talk}}/change/", STRICT),
        ("/admin/conversations/dayfigures/", STRICT),
        ("/admin/rules/responserule/", UNFOLDS),
        ("/admin/rules/responserule/add/", UNFOLDS),
        ("/admin/auth/user/", UNFOLDS),
        ("/admin/password_change/", UNFOLDS),
        ("/api/docs/", STRICT),
    ],
)
def test_each_page_has_an_a_plus(person: Client, path: str, score: int) -> None:
    talk = make_conversation("maria")
    ask(talk)
    found = look(person, path.format(talk=talk.pk))
    assert found.score == score >= A_PLUS, found.findings


@pytest.mark.django_db
def test_so_has_the_login_page_for_a_stranger(client: Client) -> None:
    assert look(client, "/admin/login/").score == STRICT


@pytest.mark.django_db
def test_so_have_the_answers_of_the_api(client: Client) -> None:
    answer = client.get("/api/v1/rules/", headers=BY_HTTPS)
    assert grade(answer.headers, {}, redirected="https://testserver/").score >= A_PLUS


GOOD = {
    "Content-Security-Policy": "default-src 'self'; object-src 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "same-origin",
    "Strict-Transport-Security": "max-age=31536000",
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Resource-Policy": "same-origin",
}
COOKIES = "sessionid=1; Secure; HttpOnly; SameSite=Lax"


@pytest.mark.no_database
@pytest.mark.parametrize(
    ("change", "cookie", "score"),
    [
        ({}, COOKIES, 130),
        ({"Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'"}, COOKIES, 135),
        ({"Content-Security-Policy": "default-src 'self'"}, COOKIES, 80),
        ({"Content-Security-Policy": "script-src *"}, COOKIES, 60),
        ({"Content-Security-Policy": "default-src 'self' 'unsafe-inline'"}, COOKIES, 60),
        ({"Content-Security-Policy": ""}, COOKIES, 55),
        ({"Strict-Transport-Security": "max-age=3600"}, COOKIES, 120),
        ({"Strict-Transport-Security": ""}, COOKIES, 80),
        ({"X-Content-Type-Options": ""}, COOKIES, 125),
        ({"Referrer-Policy": "unsafe-url"}, COOKIES, 120),
        ({"Access-Control-Allow-Origin": "*"}, COOKIES, 50),
        ({}, "sessionid=1; HttpOnly; SameSite=Lax", 60),
        ({}, "sessionid=1; Secure; SameSite=Lax", 70),
        ({}, "sessionid=1; Secure; HttpOnly", 125),
        ({}, "csrftoken=1; Secure", 80),
    ],
)
def test_the_grade_tells_good_pages_from_bad(
    change: dict[str, Any], cookie: str, score: int
) -> None:
    found = grade(GOOD | change, SimpleCookie(cookie), redirected="https://bot.example.com/")
    assert found.score == score, found.findings


@pytest.mark.no_database
def test_it_tells_who_does_not_redirect() -> None:
    assert grade(GOOD, SimpleCookie(COOKIES), redirected="").score == 80
