from datetime import UTC, date, datetime, time, timedelta

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection
from django.test.utils import CaptureQueriesContext

from shop.current import ShopNow, current_shop, shop_of
from shop.hours import Interval, overlapping
from shop.models import OpenHours, Shop, row_of
from workqueue import snapshot

pytestmark = pytest.mark.once

MON, TUE, WED, THU, FRI, SAT, SUN = range(7)
WEEK = tuple(Interval(day, time(9), time(18)) for day in range(FRI + 1))
ALL_NIGHT = Interval(SAT, time(22), time(2))
ROUND_THE_CLOCK = tuple(Interval(day, time(), time()) for day in range(7))


def kyiv(*hours: Interval) -> ShopNow:
    return ShopNow(time_zone="Europe/Kyiv", hours=hours)


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


# Open or closed


@pytest.mark.parametrize(
    ("hours", "at", "is_open"),
    [
        (WEEK, "2026-06-01 06:00", True),  # Monday, 9:00 in Kyiv
        (WEEK, "2026-06-01 05:59:59.999999", False),
        (WEEK, "2026-06-01 14:59:59.999999", True),
        (WEEK, "2026-06-01 15:00", False),
        (WEEK, "2026-12-07 07:00", True),  # a Monday in winter
        (WEEK, "2026-12-07 06:59", False),
        (WEEK, "2026-06-06 09:00", False),  # Saturday
        ([Interval(MON, time(18), time())], "2026-06-01 20:59", True),  # until midnight
        ([Interval(MON, time(18), time())], "2026-06-01 21:00", False),
        ([ALL_NIGHT], "2026-06-06 18:59", False),
        ([ALL_NIGHT], "2026-06-06 19:00", True),
        ([ALL_NIGHT], "2026-06-06 22:59", True),  # Sunday 1:59
        ([ALL_NIGHT], "2026-06-06 23:00", False),
        ([ALL_NIGHT], "2026-06-05 22:30", False),  # Saturday 1:30: Friday was closed
        ([Interval(SUN, time(22), time(2))], "2026-06-07 22:30", True),  # into Monday
        ([Interval(MON, time(), time())], "2026-06-01 20:59", True),
        ([Interval(MON, time(), time())], "2026-06-01 21:00", False),
        (ROUND_THE_CLOCK, "2026-06-03 21:00", True),
    ],
)
def test_the_shop_is_open_by_its_own_clock(hours: list[Interval], at: str, is_open: bool) -> None:
    assert kyiv(*hours).is_open(utc(at)) is is_open


def test_a_shop_that_says_no_hours_is_always_open() -> None:
    assert ShopNow().is_open(utc("2026-06-07 02:00"))


def test_a_moment_counts_in_whichever_zone_it_is_given() -> None:
    at = utc("2026-06-01 06:00")
    elsewhere = ShopNow(time_zone="America/New_York").local(at)
    assert kyiv(*WEEK).is_open(elsewhere)


# In Kyiv on 29 March 2026 3:00 was 4:00, and on 25 October 4:00 was 3:00 again, both Sundays.


@pytest.mark.parametrize(
    ("hours", "at", "is_open"),
    [
        # The hour that was skipped.
        ([Interval(SUN, time(2), time(4))], "2026-03-29 00:59", True),
        ([Interval(SUN, time(2), time(4))], "2026-03-29 01:00", False),
        ([Interval(SUN, time(3, 30), time(5))], "2026-03-29 01:29", False),
        ([Interval(SUN, time(3, 30), time(5))], "2026-03-29 01:30", True),  # 4:30
        ([Interval(SUN, time(9), time(18))], "2026-03-29 06:00", True),
        ([Interval(SUN, time(9), time(18))], "2026-03-29 15:00", False),
        # The hour that came twice: open at its first time, closed at its first time.
        ([Interval(SUN, time(3, 30), time(5))], "2026-10-25 00:29", False),
        ([Interval(SUN, time(3, 30), time(5))], "2026-10-25 00:30", True),
        ([Interval(SUN, time(3, 30), time(5))], "2026-10-25 01:15", True),  # 3:15 again
        ([Interval(SAT, time(22), time(3, 30))], "2026-10-25 00:29", True),
        ([Interval(SAT, time(22), time(3, 30))], "2026-10-25 00:30", False),
        ([Interval(SAT, time(22), time(3, 30))], "2026-10-25 01:15", False),
        ([Interval(SUN, time(9), time(18))], "2026-10-25 07:00", True),
        ([Interval(SUN, time(9), time(18))], "2026-10-25 06:59", False),
    ],
)
def test_hours_hold_when_the_clocks_change(hours: list[Interval], at: str, is_open: bool) -> None:
    assert kyiv(*hours).is_open(utc(at)) is is_open


@pytest.mark.parametrize("zone", ["Europe/Kyiv", "America/Havana", "Asia/Beirut"])
def test_round_the_clock_has_no_gap_when_the_clocks_change(zone: str) -> None:
    # Havana and Beirut change theirs at midnight.
    open_shop = ShopNow(time_zone=zone, hours=ROUND_THE_CLOCK)
    at, minutes = utc("2026-01-01 00:00"), timedelta(minutes=30)
    while at.year == 2026:
        assert open_shop.is_open(at), at
        at += minutes


def test_the_date_is_that_of_the_shop() -> None:
    late = utc("2026-06-01 21:30")
    assert kyiv().today(late) == date(2026, 6, 2)
    assert kyiv().local(late).isoformat() == "2026-06-02T00:30:00+03:00"
    assert ShopNow().today(late) == date(2026, 6, 1)


def test_a_zone_that_this_machine_does_not_know_is_utc() -> None:
    for name in ("Mars/Olympus", "", "../etc", "x\0y"):
        assert ShopNow(time_zone=name).zone is UTC


# Said to customers


@pytest.mark.parametrize(
    ("hours", "said"),
    [
        ([], ""),
        (
            [*WEEK, Interval(SAT, time(10), time(16))],
            "Monday to Friday 9:00–18:00, Saturday 10:00–16:00",
        ),
        ([Interval(day, time(9, 30), time(18, 5)) for day in range(7)], "Every day 9:30–18:05"),
        (ROUND_THE_CLOCK, "Every day around the clock"),
        (
            [Interval(day, time(10), time(20)) for day in (SAT, SUN)],
            "Saturday and Sunday 10:00–20:00",
        ),
        (
            [Interval(day, time(9), time(13)) for day in (MON, WED, THU, FRI)],
            "Monday and Wednesday to Friday 9:00–13:00",
        ),
        (
            [Interval(day, time(9), time(13)) for day in (MON, WED, FRI)],
            "Monday, Wednesday and Friday 9:00–13:00",
        ),
        (
            [Interval(TUE, time(14), time(18)), Interval(TUE, time(9), time(13))],
            "Tuesday 9:00–13:00 and 14:00–18:00",
        ),
        ([Interval(FRI, time(18), time()), ALL_NIGHT], "Friday 18:00–24:00, Saturday 22:00–2:00"),
    ],
)
def test_hours_are_said_in_one_line(hours: list[Interval], said: str) -> None:
    assert kyiv(*hours).spoken_hours() == said


# What cannot be


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (Interval(TUE, time(9), time(13)), Interval(TUE, time(12), time(18))),
        (Interval(TUE, time(9), time(13)), Interval(TUE, time(9), time(13))),
        (Interval(TUE, time(), time()), Interval(TUE, time(9), time(13))),
        (Interval(TUE, time(22), time(2)), Interval(WED, time(1), time(5))),
        (Interval(SUN, time(22), time(2)), Interval(MON, time(1), time(5))),
    ],
)
def test_overlapping_hours_are_found(one: Interval, other: Interval) -> None:
    assert overlapping([other, one, Interval(FRI, time(9), time(18))]) == (one, other)


def test_hours_that_only_touch_do_not_overlap() -> None:
    touching = [
        Interval(SUN, time(22), time(2)),
        Interval(MON, time(2), time(5)),
        Interval(MON, time(5), time()),
        Interval(TUE, time(), time(6)),
    ]
    assert overlapping(touching) is None
    assert overlapping(ROUND_THE_CLOCK) is None
    assert overlapping([]) is None


@pytest.mark.parametrize(
    ("fields", "field", "words"),
    [
        ({"name": ""}, "name", "cannot be blank"),
        ({"time_zone": "Kyiv"}, "time_zone", "Use a name like Europe/Kyiv"),
        ({"time_zone": "localtime"}, "time_zone", "is not a time zone"),
        ({"disclosure": "ї" * 501}, "disclosure", "This text has 1002 bytes; the limit is 1000"),
        ({"disclosure_again_days": 0}, "disclosure_again_days", "greater than or equal to 1"),
    ],
)
def test_mistakes_are_said_at_their_field(fields: dict[str, str], field: str, words: str) -> None:
    with pytest.raises(ValidationError) as refused:
        Shop(**{"name": "Flowers", **fields}).clean_fields()
    assert words in refused.value.message_dict[field][0]


def test_a_thousand_bytes_and_a_zone_of_old_are_taken() -> None:
    Shop(name="x", disclosure="ї" * 500, time_zone="Europe/Kiev").clean_fields()


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("number", "account"),
    [(1, None), (2, None), (1, 1), (1, 0), (2, 1), (3, 1), (2, 2)],
    ids=[
        "a second one",
        "no account",
        "in its place",
        "no number",
        "twice",
        "not its row",
        "other",
    ],
)
def test_there_is_one_general_shop_and_one_of_each_account(
    number: int, account: int | None
) -> None:
    Shop.objects.create(name="Flowers")
    Shop.objects.create(id=row_of(1), account=1, name="Cakes")
    with pytest.raises(IntegrityError):
        Shop.objects.create(id=number, account=account, name="Another")


# In force


@pytest.mark.django_db
def test_nothing_said_is_a_nameless_shop_that_is_always_open() -> None:
    assert current_shop() == ShopNow("", "UTC", "", 30, ())


@pytest.mark.django_db
def test_what_staff_save_is_in_force_within_a_second(monkeypatch: pytest.MonkeyPatch) -> None:
    flowers = Shop.objects.create(name="Flowers", time_zone="Europe/Kyiv", disclosure="A robot.")
    for interval in (ALL_NIGHT, *WEEK):
        flowers.hours.create(weekday=interval.weekday, opens=interval.opens, closes=interval.closes)
    now = current_shop()
    assert now == ShopNow("Flowers", "Europe/Kyiv", "A robot.", 30, (*WEEK, ALL_NIGHT))
    OpenHours.objects.all().delete()
    with CaptureQueriesContext(connection) as caught:
        assert current_shop() is now
    assert not caught, "not looked at for each message"
    monkeypatch.setattr(snapshot, "MAX_AGE", 0.0)
    assert current_shop().hours == ()


@pytest.mark.django_db
def test_an_account_has_its_own_shop_whole_or_the_general_one() -> None:
    flowers = Shop.objects.create(name="Flowers", time_zone="Europe/Kyiv", disclosure="A robot.")
    flowers.hours.create(weekday=MON, opens=time(9), closes=time(18))
    cakes = Shop.objects.create(id=row_of(2), account=2, name="Cakes", answers_several=True)
    for weekday in (SUN, MON):
        cakes.hours.create(weekday=weekday, opens=time(7), closes=time(8))
    general = ShopNow("Flowers", "Europe/Kyiv", "A robot.", 30, (WEEK[MON],))
    assert current_shop() == shop_of(1) == shop_of(3) == general
    hours = (Interval(MON, time(7), time(8)), Interval(SUN, time(7), time(8)))
    assert shop_of(2) == ShopNow("Cakes", "UTC", "", 30, hours, answers_several=True)


@pytest.mark.django_db
def test_an_account_may_have_its_own_shop_before_there_is_a_general_one() -> None:
    Shop.objects.create(id=row_of(2), account=2, name="Cakes")
    assert (current_shop(), shop_of(1), shop_of(2)) == (ShopNow(), ShopNow(), ShopNow("Cakes"))


@pytest.mark.django_db
def test_all_shops_are_one_statement() -> None:
    for account in (1, 2, 3):
        row = Shop.objects.create(id=row_of(account), account=account, name="x")
        row.hours.create(weekday=MON, opens=time(7), closes=time(8))
    with CaptureQueriesContext(connection) as caught:
        assert [len(shop_of(account).hours) for account in range(5)] == [0, 1, 1, 1, 0]
    assert len(caught) == 1
