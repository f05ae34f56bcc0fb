"""Who is told of which customer, and when: once, while it is so, and nobody who may not see it."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone
from pytest_django import Settings

from conversations import waiting
from conversations.account import access, identity
from conversations.composer import notes
from conversations.models import Account, Conversation, Mention, Note
from incidents import delivery
from instabot import worker
from notices import look
from notices.models import Listener, PersonalNotice
from notices.occasions import find_conversations
from shop import tuning
from tests.notices.conftest import MINUTE, Hears, a_minute_passes, waits
from tests.support.clock import Clock
from tests.support.receiver import Receiver
from tests.support.talks import ask, make_conversation, plans

pytestmark = pytest.mark.django_db(transaction=True)

HOUR, DAY = 60 * MINUTE, timedelta(days=1)
PATH = "/admin/conversations/conversation/"


def is_done(talk: Conversation) -> None:
    """A colleague has seen to it."""
    newest = talk.messages.order_by("-pk").first()
    assert newest
    waiting.done(talk.pk, newest.pk, timezone.now())


def mention(text: str = "@lena look") -> Note:
    writer, _ = User.objects.get_or_create(username="olga", is_superuser=True, is_staff=True)
    talk = Conversation.objects.filter(username="tom").first() or make_conversation("tom")
    note = notes.write(talk.pk, writer, text, "", timezone.now())
    assert note
    return note


def test_a_customer_who_waits_longer_than_the_limit_is_told_once_a_wait(
    lena: Listener, receiver: Receiver, time_stands: Clock
) -> None:
    talk = waits(minutes=29)
    a_minute_passes()
    assert receiver.titles == []
    for _ in range(3):
        time_stands(2 * MINUTE)
        a_minute_passes()
    assert receiver.titles == ["instabot: a customer of our account has waited 31 min"]
    is_done(talk)
    ask(talk, "And now?", at=timezone.now())
    waiting.recount(talk.pk)
    time_stands(31 * MINUTE)
    a_minute_passes()
    assert len(receiver.titles) == 2


@pytest.mark.once
def test_a_message_leads_to_the_conversation_and_says_nothing_of_the_customer(
    lena: Listener, receiver: Receiver, settings: Settings
) -> None:
    settings.PUBLIC_URL = "https://bot.example.com"
    Account.objects.ours().save()
    Account.objects.update(username="shop")
    talk = waits("maria", name="Maria Gonzalez")
    a_minute_passes()
    [message] = receiver.messages
    text = message["message"]
    link = f"https://bot.example.com{PATH}{talk.pk}/change/"
    assert f"A customer of @shop has waited 31 min: {link}" in text
    assert "https://bot.example.com/admin/notices/listener/" in text
    for secret in ("maria", "gonzalez", "parcel", "id-of"):
        assert secret not in str(message).lower()


@pytest.mark.parametrize(
    ("whose", "told"),
    [("mine", {"lenas"}), ("nobodys", {"lenas", "nobodys"}),
     ("all", {"lenas", "nobodys", "olgas"})],
)  # fmt: skip
def test_each_hears_of_those_whom_they_chose(
    hears: Hears, receiver: Receiver, whose: str, told: set[str]
) -> None:
    lena = hears(whose=whose)
    olga = User.objects.create_superuser("olga")
    for name, assignee in (("lenas", lena.user), ("nobodys", None), ("olgas", olga)):
        waits(name, assignee=assignee)
    a_minute_passes()
    rows = PersonalNotice.objects.filter(told_at__isnull=False)
    assert set(rows.values_list("conversation__username", flat=True)) == told
    assert len(receiver.titles) == 1


def test_who_is_put_off_is_not_told_and_waits_anew_when_back(
    lena: Listener, receiver: Receiver, time_stands: Clock
) -> None:
    talk = waits()
    waiting.put_off(talk.pk, timezone.now() + HOUR, "olga")
    a_minute_passes()
    time_stands(HOUR + MINUTE)
    a_minute_passes()
    assert receiver.titles == []
    time_stands(30 * MINUTE)
    a_minute_passes()
    a_minute_passes()
    assert receiver.titles == ["instabot: a customer of our account has waited 2 h"]


def test_a_window_that_closes_is_told_while_the_customer_waits(
    hears: Hears, receiver: Receiver, time_stands: Clock
) -> None:
    hears(waits=False, closing_hours=2)
    waiting_long = waits("maria", minutes=21 * 60)
    is_done(waits("tom", minutes=21 * 60))
    a_minute_passes()
    assert receiver.titles == []
    time_stands(HOUR)
    a_minute_passes()
    a_minute_passes()
    assert receiver.titles == [
        "instabot: the window of a customer of our account who has waited 22 h closes in 1 h 30 min"
    ]
    # They write once more: another window, which closes a day later.
    Conversation.objects.filter(pk=waiting_long.pk).update(last_inbound_at=timezone.now())
    time_stands(22 * HOUR)
    a_minute_passes()
    assert len(receiver.titles) == 2


def test_a_note_that_names_somebody_leads_them_to_it(lena: Listener, receiver: Receiver) -> None:
    note = mention()
    mention("nobody is named")
    a_minute_passes()
    a_minute_passes()
    [message] = receiver.messages
    assert message["title"] == "instabot: a note about a customer of our account names you"
    pk = note.mentions.get().pk
    assert f"/admin/conversations/mention/{pk}/change/" in message["message"]
    assert "look" not in message["message"]


@pytest.mark.once
def test_what_somebody_does_not_want_to_hear_is_not_told(hears: Hears, receiver: Receiver) -> None:
    hears(waits=False, closing_hours=0, mentions=False)
    waits(minutes=22 * 60)
    mention()
    a_minute_passes()
    assert receiver.titles == []


@pytest.mark.once
def test_without_a_limit_of_the_shop_nobody_waits_too_long(
    lena: Listener, receiver: Receiver
) -> None:
    tuning.put("waiting_limit_minutes", "0")
    waits()
    a_minute_passes()
    assert receiver.titles == []
    tuning.put("waiting_limit_minutes", "31")
    a_minute_passes()
    assert len(receiver.titles) == 1


Change = Callable[[Listener], Any]


def is_answered(_: Listener) -> None:
    is_done(Conversation.objects.get(username="maria"))
    notes.see(Conversation.objects.get(username="tom"), _.user_id, timezone.now())


def goes_to_another(_: Listener) -> None:
    talk = Conversation.objects.get(username="maria")
    waiting.assign(talk.pk, User.objects.get(username="olga").pk, None)
    Note.objects.all().delete()


def is_deactivated(lena: Listener) -> None:
    User.objects.filter(pk=lena.user_id).update(is_active=False)


def loses_the_role(lena: Listener) -> None:
    lena.user.groups.clear()


def is_limited(lena: Listener) -> None:
    access.limit(lena.user, [Account.objects.create(instagram_id="2", username="zebra")])
    identity.forget()


def wants_nothing(lena: Listener) -> None:
    Listener.objects.filter(pk=lena.pk).update(waits=False, closing_hours=0, mentions=False)


def customer_is_erased(_: Listener) -> None:
    Conversation.objects.all().delete()


def stops(lena: Listener) -> None:
    lena.delete()


@pytest.mark.parametrize(
    "change",
    [is_answered, goes_to_another, is_deactivated, loses_the_role, is_limited, wants_nothing,
     customer_is_erased, stops],
)  # fmt: skip
def test_what_is_not_so_any_more_when_it_would_be_sent_is_not_sent(
    lena: Listener, receiver: Receiver, change: Change
) -> None:
    waits()
    mention()
    look.look()
    assert PersonalNotice.objects.count() == 2
    change(lena)
    assert delivery.deliver(Listener) == 0
    assert receiver.titles == []
    assert not PersonalNotice.objects.exists()
    assert not Listener.objects.filter(due_at__isnull=False).exists()


@pytest.mark.parametrize("change", [is_deactivated, loses_the_role, is_limited])
def test_who_may_not_see_it_is_told_nothing(
    hears: Hears, receiver: Receiver, change: Change
) -> None:
    lena = hears(whose="all")
    waits(minutes=22 * 60)
    mention()
    change(lena)
    a_minute_passes()
    assert receiver.titles == []
    assert not PersonalNotice.objects.exists()


def test_whoever_is_limited_hears_of_their_accounts_alone(hears: Hears, receiver: Receiver) -> None:
    lena = hears(whose="all")
    ours = Account.objects.ours()
    other = Account.objects.create(instagram_id="2", username="zebra")
    identity.forget()
    access.limit(lena.user, [ours])
    waits("maria")
    waits("tom", account=other)
    a_minute_passes()
    told = PersonalNotice.objects.values_list("conversation__username", flat=True)
    assert list(told) == ["maria"]
    assert "zebra" not in str(receiver.messages)


def test_what_was_not_told_since_it_was_over_is_told_when_it_is_so_again(
    lena: Listener, receiver: Receiver
) -> None:
    talk, olga = waits(), User.objects.create_superuser("olga")
    look.look()
    waiting.assign(talk.pk, olga.pk, None)
    delivery.deliver(Listener)
    assert receiver.titles == []
    waiting.assign(talk.pk, lena.user_id, olga.pk)
    a_minute_passes()
    assert len(receiver.titles) == 1


@pytest.mark.once
def test_what_began_before_yesterday_is_no_news(lena: Listener, receiver: Receiver) -> None:
    waits(minutes=25 * 60)
    note = mention()
    Note.objects.filter(pk=note.pk).update(at=timezone.now() - 25 * HOUR)
    a_minute_passes()
    assert receiver.titles == []


@pytest.mark.once
def test_a_limit_of_days_is_told_too(
    lena: Listener, receiver: Receiver, time_stands: Clock
) -> None:
    tuning.put("waiting_limit_minutes", "10080")  # the most that can be set
    waits(minutes=10080 - 1)
    a_minute_passes()
    assert receiver.titles == []
    time_stands(2 * MINUTE)
    a_minute_passes()
    a_minute_passes()
    assert receiver.titles == ["instabot: a customer of our account has waited 7 d"]


def test_whoever_is_given_a_customer_who_has_waited_for_days_is_told(
    hears: Hears, receiver: Receiver, time_stands: Clock
) -> None:
    lena = hears(whose="mine")
    talk = waits(minutes=3 * 24 * 60)
    a_minute_passes()
    assert receiver.titles == []
    waiting.assign(talk.pk, lena.user_id, None)
    a_minute_passes()
    time_stands(MINUTE)
    a_minute_passes()
    assert receiver.titles == ["instabot: a customer of our account has waited 3 d"]


def test_what_was_told_is_forgotten_after_a_month_and_told_no_second_time(
    lena: Listener, receiver: Receiver, time_stands: Clock
) -> None:
    waits()
    a_minute_passes()
    time_stands(31 * DAY)
    a_minute_passes()
    assert not PersonalNotice.objects.exists()
    assert len(receiver.titles) == 1


def test_two_who_look_at_once_write_it_once(lena: Listener, receiver: Receiver) -> None:
    waits()
    now = timezone.now()
    found = [[*look._find(lena, now)] for _ in range(2)]
    for one in found:
        assert one
        look._write(lena, one, now)
    assert PersonalNotice.objects.count() == 1
    assert delivery.deliver(Listener) == 1


def test_a_look_reads_no_table_to_its_end(lena: Listener) -> None:
    for number in range(5):
        make_conversation(f"c{number}")
    lena.closing_hours = 2

    def looks() -> None:
        for rows in find_conversations(lena, timezone.now()).values():
            list(rows.order_by("moment")[:9])

    with transaction.atomic():
        found = [plan for plan in plans(looks) if "conversations_conversation" in plan]
    assert len(found) == 2
    for plan in found:
        assert "conversation_waiting" in plan or "conversation_newest" in plan, plan


def test_a_worker_looks_where_it_is_its_turn(
    lena: Listener, receiver: Receiver, time_stands: Clock
) -> None:
    waits("maria")
    worker.watch()
    assert PersonalNotice.objects.count() == 1
    waits("tom")
    worker.watch()  # another one, within the same minute
    assert PersonalNotice.objects.count() == 1
    time_stands(MINUTE)
    worker.watch()
    assert PersonalNotice.objects.count() == 2


@pytest.mark.once
def test_mentions_of_others_are_not_ones_own(hears: Hears, receiver: Receiver) -> None:
    hears()
    User.objects.create_superuser("tina")
    mention("@tina look")
    assert Mention.objects.exists()
    a_minute_passes()
    assert receiver.titles == []
