"""One message for all that there is to say, at least once, and not in quiet hours."""

from datetime import time, timedelta

import pytest
from django.utils import timezone
from pytest_django import Settings

from incidents import delivery, watch
from incidents.models import Contact
from incidents.troubles import Trouble
from notices import look
from notices.models import Listener, PersonalNotice
from tests.notices.conftest import MINUTE, Hears, a_minute_passes, next_try, waits
from tests.notices.test_look import is_done, mention
from tests.support.clock import Clock, move_to
from tests.support.receiver import Receiver

pytestmark = pytest.mark.django_db(transaction=True)

HOUR = 60 * MINUTE


def test_many_customers_are_one_message(hears: Hears, receiver: Receiver) -> None:
    hears(closing_hours=2)
    for number in range(11):
        waits(f"c{number}")
    waits("late", minutes=22 * 60)
    mention()
    a_minute_passes()
    [message] = receiver.messages
    assert message["title"] == (
        "instabot: 1 window closes, 1 note names you, 12 customers wait too long"
    )
    lines = message["message"].split("\n\n")
    assert len(lines) == 12
    window = "The window of a customer of our account who has waited 22 h closes in 1 h 30 min: "
    assert lines[0].startswith(window)
    assert lines[1].startswith("A note about a customer")
    assert "And 4 more: " in lines[10]
    assert PersonalNotice.objects.exclude(told_at=None).count() == 14


def test_quiet_hours_end_with_one_message_of_what_is_so_still(
    hears: Hears, receiver: Receiver, time_stands: Clock
) -> None:
    move_to(21, time_stands)
    hears(quiet_from=time(22), quiet_until=time(7))
    receiver.statuses.append(500)
    first = waits("first")
    a_minute_passes()  # a try that fails: the next one would come into the quiet hours
    assert len(receiver.titles) == 1
    time_stands(2 * HOUR)
    waits("second")
    third = waits("third")
    a_minute_passes()
    is_done(third)
    time_stands(HOUR)
    a_minute_passes()
    assert len(receiver.titles) == 1
    time_stands(7 * HOUR)
    a_minute_passes()
    assert receiver.titles[1:] == ["instabot: 2 customers wait too long"]
    assert f"/{first.pk}/change/" in receiver.messages[-1]["message"]


def test_what_is_refused_is_tried_later_and_later_whatever_else_comes_up(
    lena: Listener, receiver: Receiver, time_stands: Clock
) -> None:
    receiver.statuses.extend([500] * 7)
    waits("first")
    a_minute_passes()
    for _ in range(6):
        next_try(time_stands)
    assert len(receiver.titles) == 7
    waits("second")
    a_minute_passes()  # the eighth try is due in two minutes
    assert len(receiver.titles) == 7
    assert "500" in Listener.objects.get().error
    time_stands(3 * MINUTE)
    a_minute_passes()
    assert receiver.titles[7:] == ["instabot: 2 customers wait too long"]
    row = Listener.objects.get()
    assert (row.error, row.due_at, row.tries) == ("", None, 0)


def test_what_nobody_takes_is_given_up_after_a_day(
    lena: Listener, receiver: Receiver, time_stands: Clock
) -> None:
    receiver.statuses.extend([500] * 9)
    mention()
    a_minute_passes()
    time_stands(timedelta(days=1, minutes=1))
    a_minute_passes()
    assert PersonalNotice.objects.get().given_up_at
    time_stands(2 * HOUR)
    a_minute_passes()
    assert len(receiver.titles) == 2
    assert Listener.objects.get().due_at is None


def test_giving_up_what_is_old_leaves_what_is_new_to_be_tried(
    lena: Listener, receiver: Receiver, time_stands: Clock
) -> None:
    receiver.statuses.extend([500] * 3)
    waits("first")
    a_minute_passes()
    time_stands(timedelta(hours=23, minutes=50))
    waits("second")
    a_minute_passes()
    time_stands(11 * MINUTE)
    a_minute_passes()
    rows = PersonalNotice.objects.exclude(given_up_at=None)
    assert list(rows.values_list("conversation__username", flat=True)) == ["first"]
    assert len(receiver.titles) == 3
    next_try(time_stands)
    assert receiver.titles[3:] == ["instabot: a customer of our account has waited 42 min"]
    assert PersonalNotice.objects.get(conversation__username="second").told_at


def test_whoever_died_while_sending_has_it_sent_again_with_what_came_meanwhile(
    lena: Listener, receiver: Receiver, time_stands: Clock, settings: Settings
) -> None:
    waits("first")
    look.look()
    assert Listener.objects.claim(lena.pk, timezone.now())
    waits("second")
    look.look()
    assert delivery.deliver(Listener) == 0
    time_stands(settings.LEASE + timedelta(seconds=1))
    assert delivery.deliver(Listener) == 1
    assert receiver.titles == ["instabot: 2 customers wait too long"]


def test_what_comes_up_while_a_message_is_sent_is_the_next_message(
    lena: Listener, receiver: Receiver
) -> None:
    waits("first")
    look.look()
    lease = Listener.objects.claim(lena.pk, timezone.now())
    assert lease
    row = Listener.objects.get()
    assert not row.why_not(timezone.now())
    waits("second")
    look.look()
    row.note_sent(timezone.now())
    Listener.objects.release(lease, None, timezone.now())
    assert delivery.deliver(Listener) == 1
    assert receiver.titles == ["instabot: a customer of our account has waited 31 min"]


def test_one_person_who_is_not_reached_keeps_no_other_and_no_incident_back(
    hears: Hears, receiver: Receiver
) -> None:
    nobody = hears("nobody")
    Listener.objects.filter(pk=nobody.pk).update(address="gAAAA-of-another-key")
    hears("lena")
    contact = Contact(who="Anna")
    contact.write_address(receiver.address)
    contact.save()
    waits()
    watch.write(
        [Trouble("disk", "A disk is full", "x", "x", is_sure=True)], {"disk"}, timezone.now()
    )
    a_minute_passes()
    delivery.deliver()
    assert receiver.titles == [
        "instabot: a customer of our account has waited 31 min", "instabot: A disk is full",
    ]  # fmt: skip
    assert Listener.objects.get(user=nobody.user).error == delivery.NO_KEY
