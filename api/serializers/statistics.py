"""Figures of a period: what is asked for, and what is counted."""

from datetime import date
from typing import Any

from drf_spectacular.utils import OpenApiExample, extend_schema_serializer
from rest_framework import serializers

from api.serializers.days import DaysQuery
from shop.current import current_shop

DEFAULT_DAYS, MOST_DAYS = 30, 92
PERIOD = {"first": "2026-11-24", "last": "2026-11-25", "time_zone": "Europe/Berlin"}


class PeriodQuery(DaysQuery):
    length, most = DEFAULT_DAYS, MOST_DAYS


class PeriodOut(serializers.Serializer[Any]):
    """The days that are counted, in the shop's time zone."""

    first = serializers.DateField()
    last = serializers.DateField()
    time_zone = serializers.CharField()


def period(first: date, last: date) -> dict[str, Any]:
    return {"first": first, "last": last, "time_zone": current_shop().time_zone}


class DayOut(serializers.Serializer[Any]):
    """Messages of one day. Those not decided or not sent yet are not counted."""

    day = serializers.DateField()
    received = serializers.IntegerField(help_text="Messages from customers.")
    customers = serializers.IntegerField(help_text="Customers who wrote.")
    answered = serializers.IntegerField(help_text="Answered by a rule.")
    unanswered = serializers.IntegerField(help_text="Not answered, or by the fallback only.")
    left_to_person = serializers.IntegerField(
        help_text="The bot was paused, the message came too late, it failed, or another app has it."
    )
    bot_messages = serializers.IntegerField(help_text="Sent by the bot.")
    staff_messages = serializers.IntegerField(
        help_text="Sent by a person, here or in the Instagram app."
    )
    failed = serializers.IntegerField(help_text="Messages from the bot or staff that failed.")


EXAMPLE_DAY = {
    "day": "2026-11-25", "received": 41, "customers": 17, "answered": 33, "unanswered": 5,
    "left_to_person": 3, "bot_messages": 36, "staff_messages": 9, "failed": 0,
}  # fmt: skip


@extend_schema_serializer(
    examples=[
        OpenApiExample(
            "Two days",
            PERIOD | {"days": [dict.fromkeys(EXAMPLE_DAY, 0) | {"day": "2026-11-24"}, EXAMPLE_DAY]},
        )
    ]
)
class ShopDaysOut(PeriodOut):
    """The shop, day by day: every day of the period, oldest first."""

    days = DayOut(many=True)


class RuleNumbersOut(serializers.Serializer[Any]):
    """What a rule did in the period."""

    rule = serializers.IntegerField()
    name = serializers.CharField()
    answers = serializers.IntegerField(help_text="How often it answered, delivered or not.")
    customers = serializers.IntegerField(help_text="Customers it answered.")
    needed_person = serializers.IntegerField(
        help_text="Of these, how many a person wrote to within a day, or who need one now."
    )
    failed = serializers.IntegerField(help_text="Answers that failed.")
    last_answer_at = serializers.DateTimeField(allow_null=True)


@extend_schema_serializer(
    examples=[
        OpenApiExample(
            "One rule",
            PERIOD
            | {
                "rules": [
                    {
                        "rule": 12,
                        "name": "Returns",
                        "answers": 20,
                        "customers": 18,
                        "needed_person": 2,
                        "failed": 0,
                        "last_answer_at": "2026-11-25T10:14:33.310000Z",
                    }
                ]
            },
        )
    ]
)
class RulesNumbersOut(PeriodOut):
    """Every rule in its order, including those that did not answer."""

    rules = RuleNumbersOut(many=True)


class RuleDayOut(serializers.Serializer[Any]):
    """What a rule did on a day."""

    day = serializers.DateField()
    answers = serializers.IntegerField()
    customers = serializers.IntegerField()
    failed = serializers.IntegerField(help_text="Answers that failed.")


@extend_schema_serializer(
    examples=[
        OpenApiExample(
            "Two days",
            PERIOD
            | {
                "rule": 12,
                "name": "Returns",
                "days": [
                    {"day": "2026-11-24", "answers": 0, "customers": 0, "failed": 0},
                    {"day": "2026-11-25", "answers": 20, "customers": 18, "failed": 0},
                ],
            },
        )
    ]
)
class RuleDaysOut(PeriodOut):
    """One rule, day by day."""

    rule = serializers.IntegerField()
    name = serializers.CharField()
    days = RuleDayOut(many=True)
