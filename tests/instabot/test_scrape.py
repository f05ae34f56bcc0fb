"""/metrics: who may read it, and what it tells."""

from typing import Any

import pytest
from django.db import OperationalError, connection
from django.test import Client
from prometheus_client.parser import text_string_to_metric_families as parse
from pytest_django import Settings

from conversations.models import Account
from metrics import series
from metrics.process import Process
from tests.support.shop import Shop
from tests.support.talks import make_conversation

pytestmark = pytest.mark.django_db

TOKEN = "a-token-of-tests-5e1bf1a6c8d94d2f9a37"
RIGHT = {"Authorization": f"Bearer {TOKEN}"}


@pytest.fixture(autouse=True)
def _token(settings: Settings) -> None:
    settings.METRICS_TOKEN = TOKEN


def scrape(client: Client) -> dict[tuple[str, ...], float]:
    """Each sample by its name and the values of its labels."""
    found = client.get("/metrics", headers=RIGHT)
    assert found.status_code == 200
    return {
        (sample.name, *sample.labels.values()): sample.value
        for family in parse(found.content.decode())
        for sample in family.samples
    }


def test_without_a_token_there_is_no_such_address(client: Client, settings: Settings) -> None:
    settings.METRICS_TOKEN = ""
    for headers in ({}, RIGHT, {"Authorization": "Bearer "}):
        assert client.get("/metrics", headers=headers).status_code == 404


@pytest.mark.parametrize(
    "given",
    [None, "", TOKEN, "Bearer", "Bearer ", f"Bearer {TOKEN}x", f"Basic {TOKEN}", "Bearer ключ"],
)
def test_only_who_has_the_token_reads_it(client: Client, given: str | None) -> None:
    found = client.get("/metrics", headers={} if given is None else {"Authorization": given})
    assert found.status_code == 401
    assert "Bearer" in found["WWW-Authenticate"]
    assert TOKEN not in found.content.decode()


def test_it_is_answered_as_health_is(client: Client, settings: Settings) -> None:
    settings.SECURE_SSL_REDIRECT = True
    found = client.get("/metrics/", headers={**RIGHT, "Host": "10.0.0.5"})
    assert found.status_code == 200
    assert found["Content-Type"].startswith("text/plain; version=")
    assert found["Cache-Control"] == "no-store"
    assert found["Content-Security-Policy"].startswith("default-src 'none'")
    assert client.post("/metrics", headers=RIGHT).status_code == 405


@pytest.mark.django_db(transaction=True)
def test_a_database_that_is_away_is_said(client: Client) -> None:
    def away(*_: Any) -> Any:
        raise OperationalError("gone")

    with connection.execute_wrapper(away):
        found = client.get("/metrics", headers=RIGHT)
    assert (found.status_code, found.content.decode()[:12]) == (503, "The database")


def test_it_costs_the_same_queries_however_much_there_is(
    client: Client, django_assert_max_num_queries: Any
) -> None:
    for number in range(5):
        make_conversation(f"c{number}")
        Account.objects.create(instagram_id=str(number))
    with django_assert_max_num_queries(12):
        scrape(client)


def test_it_tells_what_a_shop_did(shop: Shop) -> None:
    process = Process(series.SUMS, series.STATES)
    process.write()
    before = scrape(shop.client)
    shop.hears("price")
    shop.works()
    process.write()
    after = scrape(shop.client)
    risen = {name: after[name] - before.get(name, 0) for name in after}
    assert risen["instabot_webhooks_total", "200"] == 1
    assert risen["instabot_items_total", "recorded"] == 1
    assert risen["instabot_verdicts_total", "answered"] == 1
    assert risen["instabot_sends_total", "none", "sent"] == 1
    assert risen["instabot_answer_seconds_count",] == 1
    assert risen["instabot_webhook_seconds_count",] == 1
    assert risen["instabot_requests_total", "webhook", "200"] == 1
    assert risen["instabot_turns_total", "done"] >= 1


def test_nothing_of_a_customer_and_no_secret_is_in_it(shop: Shop, settings: Settings) -> None:
    settings.INSTAGRAM_PAGE_ACCESS_TOKEN = "IGAA-MARK-TOKEN"
    Account.objects.update(username="mark-account", name="MARK-NAME")
    shop.hears("price MARK-QUESTION", customer="8700015551234", mid="MARK-MID")
    shop.works()
    Process(series.SUMS, series.STATES).write()
    told = shop.client.get("/metrics", headers=RIGHT).content.decode()
    assert "instabot_sends_total" in told
    for mark in ("MARK", "mark-account", "8700015551234", "Ten euros", TOKEN):
        assert mark not in told
