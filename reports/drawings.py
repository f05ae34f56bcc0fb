"""A period as charts."""

from dataclasses import dataclass
from datetime import date

from django.utils.formats import date_format

from conversations.statistics.answers import Fate
from conversations.statistics.report import Period
from reports import charts
from reports.charts import Chart
from shop.hours import DAY, DAYS

MOST_BARS = 100  # then a bar is a week
KINDS = (
    (Fate.BOT.value, "Answered by the bot"),
    (Fate.STAFF.value, "Answered by staff"),
    (Fate.CLOSED.value, "Closed without an answer"),
    (Fate.OPEN.value, "Not answered"),
    (Fate.OTHER.value, "Other"),
)

RECEIVED = [("received", "Messages")]


def step(period: Period) -> str:
    """Say what one bar of a period is."""
    return "day" if period.length <= MOST_BARS else "week"


def of_days(period: Period) -> Chart:
    """Draw what became of each day's messages; of a long period, of each week's."""
    rows: list[tuple[str, list[int]]] = []
    is_daily = step(period) == "day"
    for number, (day, found) in enumerate(period.each_day()):
        counts = [found.fates[kind] for kind, _ in KINDS]
        if number % (1 if is_daily else len(DAYS)):
            rows[-1][1][:] = [one + more for one, more in zip(rows[-1][1], counts, strict=True)]
        else:
            name = date_format(day, "D, j M")
            rows.append((name if is_daily else f"Week from {name}", counts))
    return charts.bars(rows, KINDS, _dates(period.first, period.last))


def _dates(first: date, last: date) -> list[str]:
    """Return the days that stand below a chart."""
    middle = first + (last - first) // (2 * DAY) * DAY
    days = [first, middle, last] if first < middle else [first, last] if first < last else [first]
    return [date_format(day, "j M") for day in days]


def of_hours(period: Period) -> Chart:
    """Draw how many messages came in each hour of the day."""
    hours = enumerate(period.total.hours)
    rows = [(f"{hour:02}:00 to {hour + 1:02}:00", [count]) for hour, count in hours]
    return charts.bars(rows, RECEIVED, ["0:00", "6:00", "12:00", "18:00", "24:00"])


@dataclass(frozen=True, slots=True)
class Square:
    count: int
    level: int
    title: str


def heat(period: Period) -> list[tuple[str, list[Square]]]:
    """Return a row for each day of the week, with a square for each hour."""
    most = max(map(max, period.week))
    return [
        (name, [
            Square(
                count, charts.level(count, most),
                f"{name}, {hour:02}:00 to {hour + 1:02}:00: {count:,}",
            )
            for hour, count in enumerate(period.week[number])
        ])
        for number, name in enumerate(DAYS)
    ]  # fmt: skip
