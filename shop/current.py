"""What staff say of the shop. In force in every process within a second."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, tzinfo
from typing import Any
from zoneinfo import ZoneInfo

from instagram.limits import split_text
from shop import placeholders
from shop.hours import DAY, DAYS, Interval, moment, spoken_days
from shop.models import SAID, Shop
from workqueue.snapshot import Snapshot


@dataclass(frozen=True, slots=True)
class ShopNow:
    """A shop as it is described now; what nobody has said is empty."""

    name: str = ""
    time_zone: str = "UTC"
    disclosure: str = ""
    disclosure_again_days: int = 30
    hours: tuple[Interval, ...] = ()
    answers_several: bool = False

    @property
    def zone(self) -> tzinfo:
        """The time zone; UTC on a machine that does not know the shop's."""
        try:
            return ZoneInfo(self.time_zone)
        except (LookupError, ValueError):
            return UTC

    def local(self, at: datetime) -> datetime:
        """Return an aware moment as the shop's clock shows it."""
        return at.astimezone(self.zone)

    def today(self, at: datetime) -> date:
        """Return the shop's date at an aware moment."""
        return self.local(at).date()

    def tomorrow_at(self, clock: time, now: datetime) -> datetime:
        """Return the moment, in UTC, at which the shop's clock shows this time tomorrow."""
        return moment(self.today(now) + DAY, clock, self.zone)

    def monday_at(self, clock: time, now: datetime) -> datetime:
        """Return the moment, in UTC, at which it shows this time on the next Monday after today."""
        today = self.today(now)
        return moment(today + (len(DAYS) - today.weekday()) * DAY, clock, self.zone)

    def begins(self, day: date) -> datetime:
        """Return the moment, in UTC, at which a date of the shop begins."""
        return moment(day, time(), self.zone)

    def is_open(self, at: datetime) -> bool:
        """Tell whether the shop is open at an aware moment; without any hours it always is."""
        if not self.hours:
            return True
        today, zone, now = self.today(at), self.zone, at.astimezone(UTC)
        return any(
            interval.covers(day, now, zone)
            for day in (today, today - DAY)  # what opened yesterday may end today
            for interval in self.hours
            if interval.weekday == day.weekday()
        )

    def spoken_hours(self) -> str:
        """Return the week in one line, equal days together; empty where nobody has said any."""
        days_of: dict[str, list[int]] = {}
        for weekday in range(len(DAYS)):
            spoken = " and ".join(i.spoken() for i in sorted(self.hours) if i.weekday == weekday)
            if spoken:
                days_of.setdefault(spoken, []).append(weekday)
        return ", ".join(f"{spoken_days(days)} {spoken}" for spoken, days in days_of.items())

    def first_words(self, name: str = "", username: str = "") -> str:
        """Return what a customer of this name is told first; empty where nothing is."""
        values = {
            "first_name": next(iter(name.split()), ""),
            "username": username,
            "shop_name": self.name,
            "opening_hours": self.spoken_hours(),
        }
        filled = placeholders.fill(self.disclosure, values).strip()
        return split_text(filled)[0] if filled else ""


@dataclass(frozen=True, slots=True)
class Shops:
    """The general shop, and those of the accounts that have one of their own, by their numbers."""

    general: ShopNow = ShopNow()
    own: Mapping[int, ShopNow] = field(default_factory=dict)

    def of(self, account: int) -> ShopNow:
        """Return the shop that holds for an account."""
        return self.own.get(account, self.general)


_INTERVAL = ("hours__weekday", "hours__opens", "hours__closes")


def _load(_: Shops | None) -> Shops:
    """Read all shops in one statement."""
    said: dict[int | None, dict[str, Any]] = {}
    hours: defaultdict[int | None, list[Interval]] = defaultdict(list)
    for account, *row in Shop.objects.values_list("account", *SAID, *_INTERVAL):
        about, interval = row[: len(SAID)], row[len(SAID) :]
        said[account] = dict(zip(SAID, about, strict=True))
        if interval[0] is not None:
            hours[account].append(Interval(*interval))
    shops = {
        account: ShopNow(**about, hours=tuple(sorted(hours[account])))
        for account, about in said.items()
    }
    general = shops.pop(None, ShopNow())
    return Shops(general, {account: shop for account, shop in shops.items() if account})


_shops = Snapshot(_load)


def shops() -> Shops:
    """Return all shops as staff describe them, at most half a second old."""
    return _shops.get()


def current_shop() -> ShopNow:
    """Return the general shop, whose clock is that of the whole service."""
    return shops().general


def shop_of(account: int) -> ShopNow:
    """Return the shop that customers of an account hear of: its own, or else the general one."""
    return shops().of(account)
