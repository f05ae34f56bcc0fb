"""A report over the API: the numbers of the page's files."""

import csv
import io
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone

from api.serializers.reports import COLUMNS, HOURS
from conversations.models import FiguresUpkeep, Label, Origin, State
from conversations.statistics import upkeep
from reports import tables
from tests.api.caller import Caller, asked_queries, rule
from tests.support.talks import ask, make_conversation, say

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
PAGE = "/admin/conversations/dayfigures/"


def busy(days: int) -> None:
    """Some days on which everybody said something."""
    talk, now = make_conversation(f"maria {days}"), timezone.now()
    talk.labels.add(Label.objects.get_or_create(name="vip")[0])
    for number in range(days):
        at = now - number * DAY - HOUR
        question = ask(talk, at=at, verdict="answered")
        say(talk, at=at, sent_at=at + timedelta(seconds=4), in_reply_to=question, rule=rule().pk)
        ask(talk, at=at)
        say(talk, at=at + HOUR / 2, origin=Origin.STAFF, staff="ben")
        say(talk, at=at + HOUR / 2, origin=Origin.STAFF, state=State.FAILED)


def file(name: str, period: dict[str, str]) -> list[list[str]]:
    staff = Client()
    may = {"is_superuser": True, "is_staff": True}
    staff.force_login(User.objects.get_or_create(username="root", defaults=may)[0])
    text = staff.get(f"{PAGE}{name}.csv", period).content.decode("utf-8-sig")
    return list(csv.reader(io.StringIO(text)))[1:]


def as_text(row: dict[str, Any], name: str) -> list[str]:
    cells = row | dict(zip(HOURS, row["hours"], strict=True)) if name == "hours" else row
    return ["" if cells[column] is None else str(cells[column]) for column in COLUMNS[name]]


def test_its_numbers_are_those_of_the_files(api: Caller) -> None:
    busy(3)
    upkeep.look()
    today = timezone.localdate()
    period = {"from": str(today - 6 * DAY), "to": str(today)}
    found = api.get("reports/", **period)
    assert (found["from"], found["to"], found["time_zone"]) == (*period.values(), "UTC")
    assert set(COLUMNS) == set(tables.TABLES)
    for name in COLUMNS:
        assert [as_text(row, name) for row in found[name]] == file(name, period), name
    assert sum(day["received"] for day in found["days"]) == 6
    assert [person["name"] for person in found["people"]] == ["ben"]


def test_the_last_thirty_days_are_usual(api: Caller) -> None:
    found = api.get("reports/")
    assert len(found["days"]) == 30
    assert found["to"] == str(timezone.localdate())


@pytest.mark.parametrize(
    ("asked", "says"),
    [
        ({"from": "2026-11-20", "to": "2026-11-19"}, "after the last"),
        ({"from": "2021-11-20", "to": "2026-11-19"}, "longer than"),
        ({"from": "yesterday"}, "YYYY-MM-DD"),
        ({"since": "2026-11-19"}, "Valid ones: from, to, account."),
    ],
)
def test_a_period_that_is_none_is_refused(api: Caller, asked: dict[str, str], says: str) -> None:
    refused = api.call("get", "reports/", params=asked)
    assert refused.status_code == 400
    assert says in refused.text


def test_more_days_cost_no_query(api: Caller) -> None:
    busy(1)
    upkeep.look()
    few = asked_queries(api, "get", "reports/")
    busy(20)
    FiguresUpkeep.objects.update(looked_at=None)
    upkeep.look()
    assert asked_queries(api, "get", "reports/") == few
