"""All figures of one day, of the shop or of an account, counted from its messages."""

from collections import Counter
from collections.abc import Collection, Iterator
from dataclasses import asdict, dataclass, field
from datetime import date, datetime
from typing import Any, Self

from django.db.models import Count, QuerySet
from django.db.models.functions import ExtractHour

from conversations.models import (
    BY_PERSON,
    Conversation,
    Message,
    MessageQuerySet,
    Origin,
    State,
)
from conversations.statistics import answers, starts, times
from conversations.statistics.answers import Fate
from conversations.statistics.period import OF_RULE, OF_SHOP, RECEIVED
from shop.current import ShopNow
from shop.hours import DAY

HOURS = 24
IN_THE_APP = ""  # whoever wrote in the Instagram app


@dataclass(slots=True)
class Person:
    """What somebody of the shop did: messages sent, and the waits that they ended."""

    messages: int = 0
    times: list[int] = field(default_factory=lambda: [0] * times.SIZE)


@dataclass(slots=True)
class RuleFigures:
    """How often a rule answered, delivered or not, and how many of these answers failed."""

    answers: int = 0
    failed: int = 0


@dataclass(slots=True)
class Figures:
    """What can be added up over days, but for the customers, who are of one day."""

    messages: Counter[str] = field(default_factory=Counter)  # by the fields of period.Day
    fates: Counter[str] = field(default_factory=Counter)  # what became of what was received
    hours: list[int] = field(default_factory=lambda: [0] * HOURS)  # received
    starts: list[int] = field(default_factory=lambda: [0] * HOURS)  # who began to write
    bot_times: list[int] = field(default_factory=lambda: [0] * times.SIZE)
    staff_times: list[int] = field(default_factory=lambda: [0] * times.SIZE)
    people: dict[str, Person] = field(default_factory=dict)  # by username, IN_THE_APP
    rules: dict[int, RuleFigures] = field(default_factory=dict)
    labels: dict[int, int] = field(default_factory=dict)  # received of customers who have it

    @property
    def received(self) -> int:
        return self.messages["received"]

    def as_json(self) -> dict[str, Any]:
        """Return them as they are stored."""
        return {
            "messages": dict(self.messages),
            "fates": dict(self.fates),
            "hours": self.hours,
            "starts": self.starts,
            "bot_times": self.bot_times,
            "staff_times": self.staff_times,
            "people": {name: asdict(person) for name, person in self.people.items()},
            "rules": {str(pk): asdict(rule) for pk, rule in self.rules.items()},
            "labels": {str(pk): count for pk, count in self.labels.items()},
        }

    @classmethod
    def from_json(cls, stored: dict[str, Any]) -> Self:
        """Read what as_json() gave; what an earlier version did not count is nothing."""
        found = cls(
            messages=Counter(stored.get("messages", {})),
            fates=Counter(stored.get("fates", {})),
            people={name: Person(**row) for name, row in stored.get("people", {}).items()},
            rules={int(pk): RuleFigures(**row) for pk, row in stored.get("rules", {}).items()},
            labels={int(pk): count for pk, count in stored.get("labels", {}).items()},
        )
        for name in ("hours", "starts", "bot_times", "staff_times"):
            setattr(found, name, stored.get(name) or getattr(found, name))
        return found

    def add(self, other: Self) -> None:
        """Add another day's; the customers of two days may be the same ones: they are left out."""
        self.add_account(other)
        del self.messages["customers"]

    def add_account(self, other: Self) -> None:
        """Add another account's of the same day, whose customers are others."""
        self.messages += other.messages
        self.fates += other.fates
        self.hours = [one + more for one, more in zip(self.hours, other.hours, strict=True)]
        self.starts = [one + more for one, more in zip(self.starts, other.starts, strict=True)]
        self.bot_times = times.add([self.bot_times, other.bot_times])
        self.staff_times = times.add([self.staff_times, other.staff_times])
        for name, row in other.people.items():
            person = self.people.setdefault(name, Person())
            person.messages += row.messages
            person.times = times.add([person.times, row.times])
        for pk, rule in other.rules.items():
            mine = self.rules.setdefault(pk, RuleFigures())
            mine.answers += rule.answers
            mine.failed += rule.failed
        for pk, count in other.labels.items():
            self.labels[pk] = self.labels.get(pk, 0) + count


@dataclass(frozen=True, slots=True)
class Bounds:
    """When a date of the shop begins and ends, in UTC."""

    begins: datetime
    ends: datetime

    @classmethod
    def of(cls, day: date, shop: ShopNow) -> Self:
        return cls(shop.begins(day), shop.begins(day + DAY))

    def messages(self, accounts: Collection[int] | None = None) -> MessageQuerySet:
        """Return what was said then, with these accounts or all; served by message_at."""
        rows = Message.objects.of_accounts(accounts)
        return rows.filter(at__gte=self.begins, at__lt=self.ends).order_by()


def count(day: date, shop: ShopNow, accounts: Collection[int] | None = None) -> Figures:
    """Count a day of these accounts; None: of all, without a join.

    It reads the day's messages, and of others what stands around them.
    """
    bounds = Bounds.of(day, shop)
    rows = bounds.messages(accounts)
    figures = Figures(messages=Counter(rows.aggregate(**OF_SHOP)))
    if not rows.exists():
        return figures
    for hour, received in _by_hour(rows, shop):
        figures.hours[hour] = received
    for hour, began in starts.by_hour(rows, bounds.begins, bounds.ends, shop):
        figures.starts[hour] = began
    figures.rules = _by_rule(rows)
    figures.labels = _by_label(rows)
    _count_people(rows, figures)
    questions = answers.read(bounds.begins, bounds.ends, accounts)
    figures.fates = Counter({fate.value: 0 for fate in Fate})
    figures.fates.update(one.fate.value for one in questions)
    for wait in answers.waits(questions):
        place = times.bucket(wait.seconds)
        if wait.by_bot:
            figures.bot_times[place] += 1
        else:
            figures.staff_times[place] += 1
            figures.people.setdefault(wait.person, Person()).times[place] += 1
    return figures


def _by_hour(rows: QuerySet[Message], shop: ShopNow) -> Iterator[tuple[int, int]]:
    hours = rows.filter(RECEIVED).annotate(hour=ExtractHour("at", tzinfo=shop.zone))
    return iter(hours.values("hour").annotate(count=Count("pk")).values_list("hour", "count"))


def _by_rule(rows: QuerySet[Message]) -> dict[int, RuleFigures]:
    answered = rows.filter(rule__isnull=False).values("rule")
    counts: Any = answered.annotate(given=OF_RULE["answers"], lost=OF_RULE["failed"])
    return {row["rule"]: RuleFigures(row["given"], row["lost"]) for row in counts}


def _by_label(rows: QuerySet[Message]) -> dict[int, int]:
    labels = Conversation.labels.through.objects.values_list("conversation", "label")
    received = rows.filter(RECEIVED).values("conversation")
    counts = dict(received.annotate(count=Count("pk")).values_list("conversation", "count"))
    found: Counter[int] = Counter()
    for conversation, label in labels.filter(conversation__in=received):
        found[label] += counts.get(conversation, 0)
    return dict(found)


def _count_people(rows: QuerySet[Message], figures: Figures) -> None:
    sent = rows.filter(BY_PERSON, state=State.SENT).values("origin", "staff")
    for row in sent.annotate(count=Count("pk")):
        name = row["staff"] if row["origin"] == Origin.STAFF else IN_THE_APP
        figures.people.setdefault(name, Person()).messages += row["count"]
