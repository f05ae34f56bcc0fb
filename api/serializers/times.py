"""Times that may be asked for."""

import re
from datetime import datetime
from typing import Any

from rest_framework import serializers

from rules.checks.trial import YEARS

# A date and a time, a space, and hours and minutes: 2026-11-25T10:15:00 01:00.
_LOST_PLUS = re.compile(r"\A([\d-]{8,10}[Tt ][\d:.,]{2,20}) (\d\d(?::?\d\d)?)\Z", re.ASCII)


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


class MomentInAddress(Moment):
    """In an address a plus stands for a space: where only an offset can be, it is a plus."""

    def to_internal_value(self, value: Any) -> datetime:
        return super().to_internal_value(_LOST_PLUS.sub(r"\1+\2", value))


class Day(serializers.DateField):
    """A day of this century."""

    default_error_messages = {"year": f"The year must be from {YEARS[0]} to {YEARS[-1]}."}

    def to_internal_value(self, value: Any) -> Any:
        day = super().to_internal_value(value)
        if day.year not in YEARS:
            self.fail("year")
        return day
