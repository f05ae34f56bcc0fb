"""So many requests a minute for each user, counted for all processes together."""

import threading
import time

import pytest

from api.models import Usage
from shop import tuning
from tests.api.caller import VIEW, Caller, problem, token_of, user_who_may

pytestmark = pytest.mark.once


@pytest.fixture
def minute(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The clock, standing still at the first second of a minute."""
    clock = [60_000_001.0 * 60 + 1]
    monkeypatch.setattr("api.throttling.time.time", lambda: clock[0])
    return clock


def test_who_asks_too_often_is_told_when_to_come_again(
    api: Caller, viewer: Caller, minute: list[float]
) -> None:
    tuning.put("api_rate", "3")
    for _ in range(3):
        api.get("rules/")
    found = api.call("get", "rules/")
    said = problem(found, 429, "too-many-requests")
    assert found.headers["Retry-After"] == "59"
    assert "59 seconds" in said["detail"]
    assert viewer.get("rules/")  # another user
    minute[0] += 59
    assert api.get("rules/")


def test_all_tokens_of_a_user_count_together(api: Caller, server: str, minute: list[float]) -> None:
    tuning.put("api_rate", "1")
    api.get("rules/")
    other = Caller(server, token_of(user_who_may(*VIEW)))
    problem(other.call("get", "rules/"), 429, "too-many-requests")


def test_who_may_not_or_is_not_known_does_not_count(stranger: Caller, server: str) -> None:
    nobody = Caller(server, token_of(user_who_may()))
    problem(nobody.call("get", "rules/"), 403, "forbidden")
    problem(stranger.call("get", "rules/"), 401, "not-authenticated")
    assert not Usage.objects.exists()


def test_nought_is_no_limit(api: Caller) -> None:
    tuning.put("api_rate", "0")
    api.get("rules/")
    assert not Usage.objects.exists()


def test_less_than_one_is_not_without_a_limit(api: Caller, minute: list[float]) -> None:
    tuning.put("api_rate", "0.5")
    api.get("rules/")
    problem(api.call("get", "rules/"), 429, "too-many-requests")


def test_requests_at_the_same_time_are_all_counted(api: Caller, minute: list[float]) -> None:
    tuning.put("api_rate", "10")
    codes: list[int] = []

    def ask() -> None:
        caller = api.again()
        codes.extend(caller.call("get", "rules/").status_code for _ in range(5))

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (codes.count(200), codes.count(429)) == (10, 10)
    assert Usage.objects.get().requests == 20


def test_a_new_minute_begins_at_one(api: Caller) -> None:
    api.get("rules/")
    Usage.objects.update(minute=int(time.time() // 60) - 1, requests=299)
    api.get("rules/")
    assert Usage.objects.get().requests == 1
