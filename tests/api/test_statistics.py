"""Figures over the API: periods by the shop's calendar, the counts of numbers and days."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

from conversations import statistics
from rules.models import ResponseRule
from shop.models import Shop as About
from tests.api.caller import Caller, asked_queries, problem, rule
from tests.support.shop import Shop
from tests.support.talks import ask, make_conversation, say
from workqueue.snapshot import Snapshot

DAY = timedelta(days=1)


def test_the_last_thirty_days_are_counted_day_by_day(api: Caller, shop: Shop) -> None:
    shop.hears("price")
    shop.hears("hello", customer="870002")
    shop.works()
    found = api.get("statistics/days/")
    today = timezone.now().astimezone(UTC).date()
    assert (found["first"], found["last"]) == (str(today - 29 * DAY), str(today))
    assert found["time_zone"] == "UTC"
    assert len(found["days"]) == 30
    assert found["days"][-1] == {
        "day": str(today), "received": 2, "customers": 2, "answered": 2, "unanswered": 0,
        "left_to_person": 0, "bot_messages": 2, "staff_messages": 0, "failed": 0,
    }  # fmt: skip
    assert set(found["days"][-1]) == set(statistics.Day.__dataclass_fields__)
    assert sum(day["received"] for day in found["days"]) == 2


def test_each_rule_has_its_figures_also_one_that_never_answered(api: Caller, shop: Shop) -> None:
    shop.hears("price")
    shop.works()
    rules = api.get("statistics/rules/")["rules"]
    assert [one["name"] for one in rules] == ["Delivery", "Price", "Fallback"]
    assert [one["answers"] for one in rules] == [0, 1, 0]
    assert rules[1]["customers"] == 1
    assert rules[1]["last_answer_at"]
    assert rules[0]["last_answer_at"] is None
    shown = api.get(f"statistics/rules/{rule('Price').pk}/days/")
    assert (shown["name"], len(shown["days"])) == ("Price", 30)
    assert shown["days"][-1]["answers"] == 1


def test_days_are_the_shops(api: Caller) -> None:
    About.objects.create(pk=1, time_zone="Pacific/Auckland")
    Snapshot.forget_everything()
    late = datetime(2026, 11, 10, 23, 30, tzinfo=UTC)  # the 11th in Auckland
    ask(make_conversation("mia"), at=late, verdict="answered")
    say(make_conversation("ben"), at=late, rule=rule().pk)
    asked = {"first": "2026-11-11", "last": "2026-11-11"}
    [day] = api.get("statistics/days/", **asked)["days"]
    assert (day["day"], day["received"]) == ("2026-11-11", 1)
    [of_rule] = api.get(f"statistics/rules/{rule().pk}/days/", **asked)["days"]
    assert of_rule["answers"] == 1
    found = api.get("statistics/rules/", **asked)
    assert (found["rules"][0]["answers"], found["time_zone"]) == (1, "Pacific/Auckland")
    [before] = api.get("statistics/days/", first="2026-11-10", last="2026-11-10")["days"]
    assert before["received"] == 0


@pytest.mark.table
@pytest.mark.parametrize(
    ("asked", "parameter"),
    [
        ({"first": "2026-11-25", "last": "2026-11-24"}, "first"),
        ({"first": "2026-01-01", "last": "2026-11-24"}, "first"),
        ({"first": "soon"}, "first"),
        ({"last": "0001-01-01"}, "last"),
        ({"last": "9999-12-31"}, "last"),
        ({"last": "2101-01-01"}, "last"),
        ({"since": "2026-11-25"}, "since"),
        ({"limit": "5"}, "limit"),
    ],
)
@pytest.mark.parametrize("path", ["days/", "rules/", "rules/{}/days/"])
def test_a_period_that_makes_no_sense_is_refused(
    api: Caller, path: str, asked: Any, parameter: str
) -> None:
    found = api.call("get", f"statistics/{path.format(rule().pk)}", params=asked)
    said = problem(found, 400, "invalid")
    assert [one["parameter"] for one in said["errors"]] == [parameter]


def test_the_edges_of_the_calendar_can_be_asked_for(api: Caller) -> None:
    for day in ("2000-01-01", "2100-12-31"):
        assert len(api.get("statistics/days/", first=day, last=day)["days"]) == 1


def test_a_rule_that_is_not_there_has_no_days(api: Caller) -> None:
    problem(api.call("get", "statistics/rules/99999/days/"), 404, "not-found")


@pytest.mark.parametrize("path", ["statistics/days/", "statistics/rules/"])
def test_the_number_of_queries_is_the_same_for_any_number_of_rows(api: Caller, path: str) -> None:
    few = asked_queries(api, "get", path)
    for number in range(20):
        talk = make_conversation(f"c{number}")
        made = ResponseRule.objects.create(name=f"Rule {number}", keywords="x", reply="y")
        say(talk, rule=made.pk, in_reply_to=ask(talk))
    # SQLite's BEGIN and COMMIT of the throttle's count are among them; and the token is looked up
    # twice, since a place among heavy pages is given to those alone who have one, with its time.
    assert asked_queries(api, "get", path) == few <= 14
