from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from conversations.models import Account, Conversation, Worker
from instabot import health, worker
from tests.support.service import ROOT
from workqueue import bell

pytestmark = pytest.mark.django_db


@pytest.fixture
def alive() -> None:
    worker.give_sign_of_life("host:1")


def failing(client: Client) -> dict[str, str]:
    response = client.get("/health/ready")
    parts: dict[str, str] = response.json()["parts"]
    found = {name: said for name, said in parts.items() if said != "ok"}
    assert response.status_code == (503 if found else 200)
    return found


def test_health_says_ok_and_touches_nothing(client: Client, django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(0):
        response = client.get("/health")
    assert (response.status_code, response.json()) == (200, {"status": "ok"})


def test_a_hosts_check_may_name_any_host_and_needs_no_tls(
    client: Client, settings: Settings
) -> None:
    settings.SECURE_SSL_REDIRECT = True
    response = client.get("/health", headers={"Host": "10.0.0.5"})
    assert response.status_code == 200


def test_ready_when_every_part_is(client: Client, alive: None) -> None:
    assert failing(client) == {}


def test_a_missing_worker_is_named(client: Client) -> None:
    assert "run manage.py run_huey" in failing(client)["worker"]


def test_a_worker_that_fell_silent_is_named(client: Client, alive: None) -> None:
    Worker.objects.update(seen_at=timezone.now() - timedelta(seconds=61))
    assert "worker" in failing(client)


def test_work_that_waits_too_long_is_named(client: Client, alive: None) -> None:
    due = timezone.now() - timedelta(minutes=3)
    Conversation.objects.create(account=Account.objects.ours(), customer_id="1", due_at=due)
    assert "180 seconds" in failing(client)["oldest_due"]


def test_a_queue_that_is_away_is_named(
    client: Client, alive: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away() -> int:
        raise ConnectionError

    monkeypatch.setattr(bell, "waiting", away)
    assert failing(client) == {"queue": "the queue does not answer: see the log of the web process"}


def test_missing_migrations_are_named(client: Client, alive: None) -> None:
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM django_migrations WHERE app = 'rules'")
    count = len(list((ROOT / "rules/migrations").glob("0*.py")))
    assert failing(client)["migrations"].startswith(f"{count} not applied")


def test_a_database_that_is_away_is_named(
    client: Client, alive: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away() -> str:
        raise ConnectionError

    monkeypatch.setitem(health.CHECKS, "database", away)
    assert failing(client) == {
        "database": "the database does not answer: see the log of the web process"
    }


def test_workers_silent_for_a_day_are_forgotten(alive: None) -> None:
    Worker.objects.create(name="old:1", seen_at=timezone.now() - timedelta(days=2))
    worker.give_sign_of_life("host:2")
    assert sorted(Worker.objects.values_list("name", flat=True)) == ["host:1", "host:2"]
