"""The tables of a report, as the page shows them and as files."""

import csv
import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils.formats import date_format

from backoffice import people, spreadsheet
from conversations.models import Label
from conversations.statistics import times
from conversations.statistics.answers import Fate
from conversations.statistics.day import IN_THE_APP, Figures
from conversations.statistics.report import Period
from reports import words
from rules.models import ResponseRule
from shop.hours import DAYS

Cell = str | int | date | None
APP = "Instagram app"


@dataclass(frozen=True, slots=True)
class Column:
    """A heading; seconds: its cells are lengths of time; ours: they are words of our own."""

    title: str
    seconds: bool = False
    ours: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of cells, the first of which names the row; note: what staff should know of it."""

    name: str
    title: str
    columns: Sequence[Column]
    rows: Sequence[Sequence[Cell]]
    note: str = ""
    empty: str = "Nothing in this period."

    @property
    def shown(self) -> list[list[str]]:
        """The rows as people read them."""
        return [
            [_show(column, cell) for column, cell in zip(self.columns, row, strict=True)]
            for row in self.rows
        ]

    def as_csv(self) -> bytes:
        """Return a file for spreadsheets: UTF-8 by its mark, and no text is taken for a formula."""
        stream = io.StringIO(newline="")
        writer = csv.writer(stream)
        heads = [f"{one.title} (seconds)" if one.seconds else one.title for one in self.columns]
        writer.writerow(heads)
        writer.writerows(map(self._guarded, self.rows))
        return stream.getvalue().encode("utf-8-sig")

    def _guarded(self, row: Sequence[Cell]) -> list[Cell]:
        cells_of = zip(self.columns, row, strict=True)
        return [cell if column.ours else _guard(cell) for column, cell in cells_of]


def _show(column: Column, cell: Cell) -> str:
    if column.seconds:
        return words.duration(cell if isinstance(cell, int) else None)
    if isinstance(cell, date):
        return date_format(cell, "D, j M Y")
    return f"{cell:,}" if isinstance(cell, int) else cell or words.NOTHING


def _guard(cell: Cell) -> Cell:
    return spreadsheet.guard(cell) if isinstance(cell, str) else cell


def _median(counts: Sequence[int]) -> int | None:
    found = times.median(counts)
    return None if found is None else round(found)


# The columns of a day, beside its date: each with what it counts.
_OF_DAY: Sequence[tuple[Column, Callable[[Figures], Cell]]] = (
    (Column("Messages in"), lambda f: f.messages["received"]),
    (Column("Customers"), lambda f: f.messages["customers"]),
    (Column("Answered by the bot"), lambda f: f.fates[Fate.BOT.value]),
    (Column("Answered by staff"), lambda f: f.fates[Fate.STAFF.value]),
    (Column("Closed without an answer"), lambda f: f.fates[Fate.CLOSED.value]),
    (Column("Not answered"), lambda f: f.fates[Fate.OPEN.value]),
    (Column("Other"), lambda f: f.fates[Fate.OTHER.value]),
    (Column("No rule answered"), lambda f: f.messages["unanswered"]),
    (Column("Sent by the bot"), lambda f: f.messages["bot_messages"]),
    (Column("Sent by staff"), lambda f: f.messages["staff_messages"]),
    (Column("Failed"), lambda f: f.messages["failed"]),
    (Column("First answer, bot", seconds=True), lambda f: _median(f.bot_times)),
    (Column("First answer, staff", seconds=True), lambda f: _median(f.staff_times)),
)


def by_day(period: Period) -> Table:
    return Table(
        "days",
        "Day by day",
        [Column("Day"), *(column for column, _ in _OF_DAY)],
        [[day, *(cell(figures) for _, cell in _OF_DAY)] for day, figures in period.each_day()],
        "A customer who writes on two days counts on both: customers cannot be added up.",
    )


def by_hour(period: Period) -> Table:
    hours = [Column(f"{hour:02}:00") for hour in range(24)]
    return Table(
        "hours",
        "Messages in by hour",
        [Column("Day of the week"), *hours],
        [[name, *period.week[number]] for number, name in enumerate(DAYS)],
    )


def by_person(period: Period) -> Table:
    found = sorted(period.total.people.items(), key=lambda one: (-one[1].messages, one[0]))
    return Table(
        "people",
        "People",
        [
            Column("Person"),
            Column("Messages sent"),
            Column("First answers"),
            Column("First answer", seconds=True),
        ],
        [
            [
                APP if name == IN_THE_APP else people.called(name),
                row.messages,
                sum(row.times),
                _median(row.times),
            ]
            for name, row in found
        ],
        "Who writes in the Instagram app has no name here.",
    )


def by_rule(period: Period) -> Table:
    names = dict(ResponseRule.objects.values_list("pk", "name"))
    rules = sorted(period.total.rules.items(), key=lambda one: (-one[1].answers, one[0]))
    return Table(
        "rules",
        "Rules",
        [Column("Rule"), Column("Answers"), Column("Failed")],
        [[names.get(pk, f"Deleted rule {pk}"), row.answers, row.failed] for pk, row in rules],
        "How often each rule answered, delivered or not.",
    )


def by_label(period: Period) -> Table:
    names = dict(Label.objects.values_list("pk", "name"))
    labels = sorted(period.total.labels.items(), key=lambda one: (-one[1], one[0]))
    return Table(
        "labels",
        "Labels",
        [Column("Label"), Column("Messages in")],
        [[names[pk], count] for pk, count in labels if pk in names],
        "Messages of customers who have the label now.",
    )


def by_time(period: Period) -> Table:
    """How many first answers took how long, in lengths that people think in."""
    ends = (10, times.MINUTE, 5 * times.MINUTE, 30 * times.MINUTE, times.HOUR, 4 * times.HOUR,
            times.DAY)  # fmt: skip
    named = [f"under {words.duration(end)}" for end in ends]
    named[1], named[-1] = "under 1 min", "under 24 h"
    rows: list[list[Any]] = []
    before = (0, 0)
    for name, end in zip(named, ends, strict=True):
        so_far = (
            times.within(period.total.bot_times, end),
            times.within(period.total.staff_times, end),
        )
        rows.append([name, so_far[0] - before[0], so_far[1] - before[1]])
        before = so_far
    whole = (sum(period.total.bot_times), sum(period.total.staff_times))
    rows.append(["24 h and longer", whole[0] - before[0], whole[1] - before[1]])
    return Table(
        "times",
        "First answers by time",
        [Column("Waited", ours=True), Column("Bot"), Column("Staff")],
        rows,
        "From the first message that nobody had answered to the first answer that was delivered.",
    )


TABLES: dict[str, Callable[[Period], Table]] = {
    "days": by_day,
    "hours": by_hour,
    "times": by_time,
    "people": by_person,
    "rules": by_rule,
    "labels": by_label,
}
