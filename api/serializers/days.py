"""Days from one to another, as a question names them."""

from datetime import date
from typing import Any

from django.utils import timezone
from rest_framework.request import Request

from api.problems import InvalidError
from api.serializers.account import NAME, AccountInAddress
from api.serializers.base import Query
from api.serializers.times import Day
from shop.current import current_shop
from shop.hours import DAY


class DaysQuery(Query):
    """Asks for some days, of all accounts or one.

    names: of the first and of the last day in the question;
    length: how many where nobody says the first; most: how many at once.
    """

    names = ("first", "last")
    length: int
    most: int

    @classmethod
    def days(cls, request: Request) -> tuple[date, date]:
        """Return the first and the last day that are asked for, by the shop's calendar."""
        asked = cls.read(request)
        begin, end = cls.names
        last = asked.get(end) or current_shop().today(timezone.now())
        first = asked.get(begin) or last - (cls.length - 1) * DAY
        if first > last:
            raise InvalidError({begin: ["The first day is after the last."]}, "parameter")
        if (last - first).days >= cls.most:
            problem = f"The period is longer than {cls.most} days."
            raise InvalidError({begin: [problem]}, "parameter")
        return first, last

    def get_fields(self) -> dict[str, Any]:
        """Not declared, since a name may be a word of Python."""
        first, last = self.names
        default = f"Default: {self.length} days including `{last}`."
        most = f"The last day, included. Default: today. At most {self.most} days in all."
        return {
            first: Day(required=False, help_text=default),
            last: Day(required=False, help_text=most),
            NAME: AccountInAddress(),
        }
