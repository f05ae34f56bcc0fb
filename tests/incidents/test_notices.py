"""Who is told what, and when: at the beginning, once a day, and at the end."""

from datetime import datetime, time, timedelta
from typing import Any

import pytest
from django.utils import timezone
from pytest_django import Settings

from backoffice import ages
from conversations.models import Account
from incidents import delivery, watch
from incidents.models import Contact, Incident, Notice
from incidents.models.contact import Contact as Model
from incidents.troubles import STRANGERS, Level, Trouble
from tests.support.clock import Clock, move_to
from tests.support.receiver import Receiver

pytestmark = pytest.mark.django_db(transaction=True)

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
DISK = Trouble("disk", "A disk is full", "3 MB left.", "Make room.", is_sure=True)
OPENED, STILL, OVER, AGAIN = (
    "instabot: A disk is full", "instabot: still: A disk is full", "instabot: over: A disk is full",
    "instabot: again: A disk is full",
)  # fmt: skip


def look(*found: Trouble) -> None:
    watch.write(found, {"disk", "token"}, timezone.now())
    delivery.deliver()


def is_over() -> None:
    for _ in range(3):
        look()


def test_one_message_when_it_opens_one_a_day_and_one_when_it_is_over(
    anna: Contact, receiver: Receiver, time_stands: Clock
) -> None:
    for _ in range(5):
        look(DISK)
        time_stands(5 * HOUR)  # the fifth is 20 hours after the first
    assert receiver.titles == [OPENED]
    time_stands(4 * HOUR)
    look(DISK)
    look(DISK)
    assert receiver.titles == [OPENED, STILL]
    is_over()
    is_over()
    assert receiver.titles == [OPENED, STILL, OVER]
    assert not Notice.objects.filter(sent_at=None).exists()


def test_a_message_says_since_when_why_what_to_do_and_where(
    anna: Contact, receiver: Receiver, settings: Any
) -> None:
    settings.PUBLIC_URL = "https://bot.example.com"
    since = timezone.now() - 25 * timedelta(minutes=1)
    look(Trouble(**{**_fields(DISK), "since": since, "link": "/admin/doctor/"}))
    [message] = receiver.messages
    text = message["message"]
    assert text.startswith(f"Since {ages.clock(since, timezone.now())}: 3 MB left.")
    for words in (
        "What to do: Make room.", "Open: https://bot.example.com/admin/doctor/",
        "https://bot.example.com/admin/incidents/incident/",
    ):  # fmt: skip
        assert words in text
    is_over()
    assert "this is over" in receiver.messages[-1]["message"]
    assert "lasted 25 min" in receiver.messages[-1]["message"]


def _fields(one: Trouble) -> dict[str, Any]:
    return {name: getattr(one, name) for name in Trouble.__slots__}


def test_a_contact_of_an_account_is_told_of_no_other(
    anna: Contact, receiver: Receiver, transactional_db: None
) -> None:
    mine = Account.objects.create(instagram_id="1", username="mine")
    other = Account.objects.create(instagram_id="2", username="other")
    Contact.objects.update(account=mine)
    looked = {"disk", "account", STRANGERS}
    given: dict[str, Any] = {"says": "x", "next_step": "x", "is_sure": True}
    found = [
        DISK,  # concerns everybody
        Trouble("account", "Mine", subject="1", account=mine.pk, **given),
        Trouble("account", "Others", subject="2", account=other.pk, **given),
        Trouble(STRANGERS, "Somebody's", **given),
    ]
    watch.write(found, looked, timezone.now())
    delivery.deliver()
    assert receiver.titles == [OPENED, "instabot: Mine"]
    Contact.objects.update(account=None)
    for _ in range(3):
        watch.write([], looked, timezone.now())
    delivery.deliver()
    assert {*receiver.titles[2:]} == {OVER, "instabot: over: Mine"}


def test_what_waits_is_not_told_to_a_contact_that_has_another_account_now(
    anna: Contact, receiver: Receiver
) -> None:
    mine, other = (Account.objects.create(instagram_id=name, username=name) for name in ("1", "2"))
    trouble = Trouble("account", "Mine", "x", "x", account=mine.pk, is_sure=True)
    watch.write([trouble], {"account"}, timezone.now())
    Contact.objects.update(account=other)
    delivery.deliver()
    assert receiver.titles == []
    assert Notice.objects.get().error == "The contact is told of another account now."


def test_whoever_knows_is_not_reminded_but_told_of_the_end(
    anna: Contact, receiver: Receiver, time_stands: Clock
) -> None:
    look(DISK)
    Incident.objects.know(Incident.objects.get().pk, "anna", timezone.now())
    time_stands(2 * DAY)
    look(DISK)
    is_over()
    assert receiver.titles == [OPENED, OVER]


def test_a_new_step_is_told_anew_and_a_day_alone_is_not(
    anna: Contact, receiver: Receiver, time_stands: Clock
) -> None:
    for days in (14, 13, 7, 3):
        step = str(min(one for one in (14, 7, 3, 1) if days <= one))
        level = Level.URGENT if days <= 3 else Level.SOON
        look(Trouble(
            "token", f"It ends in {days} days", "x", "x", is_sure=True, step=step, repeats=None,
            level=level,
        ))  # fmt: skip
        time_stands(3 * DAY)
    assert receiver.titles == [
        "instabot: It ends in 14 days", "instabot: still: It ends in 7 days",
        "instabot: still: It ends in 3 days",
    ]  # fmt: skip


def test_what_becomes_urgent_reaches_those_who_hear_only_of_that(
    anna: Contact, receiver: Receiver
) -> None:
    Contact.objects.update(hears=Contact.Hears.URGENT)
    nearly = Trouble(**{**_fields(DISK), "level": Level.SOON})
    look(nearly)
    assert receiver.titles == []
    for one in (DISK, nearly, DISK):
        look(one)
    assert receiver.titles == [STILL]


def test_nobody_is_told_of_the_end_who_was_not_told_of_the_beginning(
    anna: Contact, receiver: Receiver
) -> None:
    Contact.objects.update(active=False)
    look(DISK)
    Contact.objects.update(active=True)
    is_over()
    assert receiver.titles == []


@pytest.mark.parametrize(
    ("hour", "quiet", "ends"),
    [
        (23, (22, 7), 7), (3, (22, 7), 7), (7, (22, 7), None), (12, (22, 7), None),
        (13, (13, 14), 14), (12, (13, 14), None), (12, (13, 13), None),
    ],
)  # fmt: skip
def test_quiet_hours_end_at_their_end_also_past_midnight(
    hour: int, quiet: tuple[int, int], ends: int | None
) -> None:
    contact = Model(who="x", quiet_from=time(quiet[0]), quiet_until=time(quiet[1]))
    now = timezone.now().replace(hour=hour, minute=20)
    found = contact.quiet_ends(now, Level.SOON)
    assert (found is None) == (ends is None)
    if found and ends:
        expected = now.replace(hour=ends, minute=0, second=0, microsecond=0)
        assert found == expected + (DAY if hour > ends else timedelta())
    assert contact.quiet_ends(now, Level.URGENT) is None  # it comes anyway
    contact.urgent_anyway = False
    assert contact.quiet_ends(now, Level.URGENT) == found


def test_what_waits_for_the_end_of_quiet_hours_and_is_over_is_not_said(
    anna: Contact, receiver: Receiver, time_stands: Clock
) -> None:
    move_to(23, time_stands)
    quiet = {"quiet_from": time(22), "quiet_until": time(7), "urgent_anyway": False}
    Contact.objects.update(**quiet)
    look(DISK)
    is_over()
    time_stands(10 * HOUR)
    delivery.deliver()
    assert receiver.titles == []
    move_to(23, time_stands)
    look(DISK)
    assert receiver.titles == []
    time_stands(8 * HOUR)
    delivery.deliver()
    assert receiver.titles == [OPENED]


def test_no_alarm_comes_after_the_end_however_often_it_was_tried(
    anna: Contact, receiver: Receiver, time_stands: Clock
) -> None:
    receiver.statuses.extend([500] * 2)
    look(DISK)
    time_stands(HOUR)
    delivery.deliver()
    is_over()
    time_stands(HOUR)
    delivery.deliver()
    assert receiver.titles == [OPENED] * 2  # both were refused: who heard nothing hears no end


def test_an_alarm_that_is_being_sent_at_its_end_is_not_tried_again(
    anna: Contact, receiver: Receiver, time_stands: Clock, settings: Settings
) -> None:
    watch.write([DISK], {"disk"}, timezone.now())
    alarm = Notice.objects.get()
    assert Notice.objects.claim(alarm.pk, timezone.now())  # by a process that dies
    is_over()
    assert receiver.titles == [OVER]
    time_stands(settings.LEASE + timedelta(seconds=1))
    delivery.deliver()
    assert receiver.titles == [OVER]
    assert not Notice.objects.filter(due_at__isnull=False).exists()


def test_what_is_back_soon_is_told_once_more_and_its_end_after_half_an_hour(
    anna: Contact, receiver: Receiver
) -> None:
    look(DISK)
    for _ in range(4):
        is_over()
        look(DISK)
    assert receiver.titles == [OPENED, OVER, AGAIN]
    for _ in range(10):
        is_over()
    assert receiver.titles == [OPENED, OVER, AGAIN, OVER]


def test_who_has_not_heard_of_the_end_does_not_hear_that_it_is_back(
    anna: Contact, receiver: Receiver, time_stands: Clock
) -> None:
    look(DISK)
    receiver.statuses.append(500)
    is_over()
    look(DISK)
    time_stands(HOUR)
    delivery.deliver()
    assert receiver.titles == [OPENED, OVER]  # that one was refused
    assert not Notice.objects.filter(due_at__isnull=False).exists()


def test_the_end_is_told_after_a_month_too(
    anna: Contact, receiver: Receiver, time_stands: Clock
) -> None:
    forever = Trouble(**{**_fields(DISK), "repeats": None})
    look(forever)
    time_stands(40 * DAY)
    look(forever)
    is_over()
    assert receiver.titles == [OPENED, OVER]
    time_stands(31 * DAY)
    look()
    assert not Notice.objects.exists()


def test_a_further_try_keeps_to_quiet_hours(
    anna: Contact, receiver: Receiver, time_stands: Clock
) -> None:
    move_to(21, time_stands)
    quiet = {"quiet_from": time(22), "quiet_until": time(7), "urgent_anyway": False}
    Contact.objects.update(**quiet)
    receiver.statuses.append(500)
    look(DISK)
    time_stands(2 * HOUR)
    delivery.deliver()
    assert len(receiver.titles) == 1
    time_stands(9 * HOUR)
    delivery.deliver()
    assert len(receiver.titles) == 2


def test_who_was_set_inactive_gets_nothing_that_waits(anna: Contact, receiver: Receiver) -> None:
    watch.write([DISK], {"disk"}, timezone.now())
    Contact.objects.update(active=False)
    delivery.deliver()
    assert receiver.titles == []
    assert Notice.objects.get().given_up_at


def test_an_incident_is_not_written_without_its_message(
    anna: Contact, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: Any) -> datetime:
        raise ZeroDivisionError

    monkeypatch.setattr(Contact, "quiet_ends", fails)
    with pytest.raises(ZeroDivisionError):
        watch.write([DISK], {"disk"}, timezone.now())
    assert not Incident.objects.exists()
