"""Times that may be asked for."""

from datetime import datetime
from typing import Any

from rest_framework import serializers

from rules.checks.trial import YEARS


class Moment(serializers.DateTimeField):
    """A time of this century, with its offset: 2026-11-25T10:15:00Z."""

    default_error_messages = {
        "year": f"The year must be from {YEARS[0]} to {YEARS[-1]}.",
        "offset": "Add the UTC offset: 2026-11-25T10:15:00Z.",
    }

    def to_internal_value(self, value: Any) -> datetime:
        moment = super().to_internal_value(value)
        if moment.year not in YEARS:
            self.fail("year")
        return moment

    def enforce_timezone(self, value: datetime) -> datetime:
        if value.tzinfo is None:
            self.fail("offset")
        return super().enforce_timezone(value)


class Day(serializers.DateField):
    """A day of this century."""

    default_error_messages = {"year": f"The year must be from {YEARS[0]} to {YEARS[-1]}."}

    def to_internal_value(self, value: Any) -> Any:
        day = super().to_internal_value(value)
        if day.year not in YEARS:
            self.fail("year")
        return day
