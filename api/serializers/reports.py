"""A report: the tables of the page, with names for programs."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from typing import Any

from drf_spectacular.utils import OpenApiExample, extend_schema_serializer
from rest_framework import serializers

from api.serializers.days import DaysQuery
from conversations.statistics.report import Period
from reports import tables
from reports.presets import DEFAULT_LENGTH, FIRST, LAST, MOST_DAYS
from shop.current import current_shop

SECONDS = "Median time to the first answer; null: there was none."
HOURS = tuple(f"{hour:02}" for hour in range(24))
# The columns of each table, in their order.
COLUMNS: Mapping[str, Sequence[str]] = {
    "days": (
        "day", "received", "customers", "answered_by_bot", "answered_by_staff",
        "closed_without_answer", "not_answered", "other", "no_rule_answered", "bot_messages",
        "staff_messages", "failed", "bot_first_answer_seconds", "staff_first_answer_seconds",
    ),
    "hours": ("weekday", *HOURS),
    "times": ("waited", "bot", "staff"),
    "people": ("name", "messages", "first_answers", "first_answer_seconds"),
    "rules": ("name", "answers", "failed"),
    "labels": ("name", "received"),
}  # fmt: skip


class ReportQuery(DaysQuery):
    names = (FIRST, LAST)
    length, most = DEFAULT_LENGTH, MOST_DAYS


class ReportDayOut(serializers.Serializer[Any]):
    """One day. A customer who writes on two days counts on both."""

    day = serializers.DateField()
    received = serializers.IntegerField(help_text="Messages from customers.")
    customers = serializers.IntegerField(help_text="Customers who wrote.")
    answered_by_bot = serializers.IntegerField(help_text="Messages that needed nobody else.")
    answered_by_staff = serializers.IntegerField(help_text="A person answered.")
    closed_without_answer = serializers.IntegerField(help_text="Staff were done with it.")
    not_answered = serializers.IntegerField(help_text="It needs a person and has no answer.")
    other = serializers.IntegerField(help_text="Nothing that asks for an answer.")
    no_rule_answered = serializers.IntegerField(
        help_text="Not answered by a rule, or by the fallback only."
    )
    bot_messages = serializers.IntegerField(help_text="Sent by the bot.")
    staff_messages = serializers.IntegerField(help_text="Sent by a person.")
    failed = serializers.IntegerField(help_text="Messages from the bot or staff that failed.")
    bot_first_answer_seconds = serializers.IntegerField(allow_null=True, help_text=SECONDS)
    staff_first_answer_seconds = serializers.IntegerField(allow_null=True, help_text=SECONDS)


class WeekdayOut(serializers.Serializer[Any]):
    """Messages from customers on one day of the week, hour by hour."""

    weekday = serializers.CharField()
    hours = serializers.ListField(
        child=serializers.IntegerField(), min_length=24, max_length=24, help_text="From 00:00."
    )


class WaitedOut(serializers.Serializer[Any]):
    """First answers that took so long."""

    waited = serializers.CharField()
    bot = serializers.IntegerField()
    staff = serializers.IntegerField()


class PersonOut(serializers.Serializer[Any]):
    """What a person sent; who writes in the Instagram app has no name."""

    name = serializers.CharField()
    messages = serializers.IntegerField()
    first_answers = serializers.IntegerField()
    first_answer_seconds = serializers.IntegerField(allow_null=True, help_text=SECONDS)


class ReportRuleOut(serializers.Serializer[Any]):
    """How often a rule answered, delivered or not."""

    name = serializers.CharField()
    answers = serializers.IntegerField()
    failed = serializers.IntegerField()


class ReportLabelOut(serializers.Serializer[Any]):
    """Messages of customers who have the label now."""

    name = serializers.CharField()
    received = serializers.IntegerField()


EXAMPLE_DAY = dict.fromkeys(COLUMNS["days"], 0) | {
    "day": "2026-11-25", "received": 41, "customers": 17, "answered_by_bot": 33,
    "answered_by_staff": 6, "not_answered": 1, "other": 1, "no_rule_answered": 7,
    "bot_messages": 36, "staff_messages": 9, "bot_first_answer_seconds": 4,
    "staff_first_answer_seconds": 720,
}  # fmt: skip


@extend_schema_serializer(
    examples=[
        OpenApiExample(
            "One day",
            {
                "from": "2026-11-25",
                "to": "2026-11-25",
                "time_zone": "Europe/Berlin",
                "days": [EXAMPLE_DAY],
                "hours": [{"weekday": "Wednesday", "hours": [0] * 9 + [41] + [0] * 14}],
                "times": [{"waited": "under 10 s", "bot": 33, "staff": 0}],
                "people": [
                    {
                        "name": "anna",
                        "messages": 9,
                        "first_answers": 6,
                        "first_answer_seconds": 720,
                    }
                ],
                "rules": [{"name": "Returns", "answers": 20, "failed": 0}],
                "labels": [{"name": "vip", "received": 3}],
            },
        )
    ]
)
class ReportOut(serializers.Serializer[Any]):
    """The tables of the page of reports, in the shop's time zone."""

    time_zone = serializers.CharField()
    days = ReportDayOut(many=True)
    hours = WeekdayOut(many=True)
    times = WaitedOut(many=True)
    people = PersonOut(many=True)
    rules = ReportRuleOut(many=True)
    labels = ReportLabelOut(many=True)

    def get_fields(self) -> dict[str, Any]:
        """One of the names is a word of Python."""
        return {
            FIRST: serializers.DateField(),
            LAST: serializers.DateField(),
            **super().get_fields(),
        }


def read(first: date, last: date, accounts: Collection[int] | None = None) -> dict[str, Any]:
    """Return the report of these days, from the tables of which the page makes files."""
    period = Period.read(first, last, accounts=accounts)
    found: dict[str, Any] = {
        name: [dict(zip(columns, row, strict=True)) for row in tables.TABLES[name](period).rows]
        for name, columns in COLUMNS.items()
    }
    for row in found["hours"]:
        row["hours"] = [row.pop(hour) for hour in HOURS]
    return {FIRST: first, LAST: last, "time_zone": current_shop().time_zone, **found}
