"""Pauses of the bot that overlap, and what is left when the Instagram app's is taken back."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.test import Client
from django.utils import timezone

from conversations import bot_pause, inbox, outbox
from conversations.bot_pause import APP, Length
from conversations.models import Conversation, Message, Origin, State, Verdict
from conversations.waiting import PutOff
from shop import tuning
from shop.models import Shop as ShopRow
from tests.support.clock import Clock
from tests.support.graph import Sent
from tests.support.shop import Shop, incoming
from workqueue.snapshot import Snapshot

HOUR = timedelta(hours=1)
SECOND = timedelta(seconds=1)


@pytest.fixture
def talk(shop: Shop) -> Conversation:
    """A customer who wrote a while ago."""
    shop.hears("price", at=(timezone.now() - 2 * HOUR).timestamp())
    shop.works()
    return Conversation.objects.get()


def somebody_writes_in_the_app(talk: Conversation, text: str = "I look.") -> Message:
    now = timezone.now()
    written = Message.objects.create(
        conversation=talk,
        origin=Origin.APP,
        state=State.SENT,
        text=text,
        mid=f"{text} {now}",
        at=now,
    )
    bot_pause.pause_after_app_message(talk.pk, now)
    return written


def paused(talk: Conversation) -> tuple[str, float]:
    """Who pauses the bot now, and for how many hours still, to the half hour."""
    talk.refresh_from_db()
    if not talk.bot_is_paused(timezone.now()):
        return "", 0
    assert talk.bot_paused_until
    hours = (talk.bot_paused_until - timezone.now()) / HOUR
    return talk.bot_paused_by, round(hours * 2) / 2


def pause_for(talk: Conversation, by: str, hours: float) -> None:
    bot_pause.pause(talk.pk, by, timezone.now() + timedelta(hours=hours))


@pytest.fixture(autouse=True)
def _twelve_hours(talk: Conversation) -> None:
    tuning.put("pause_hours", "12")


def test_a_colleagues_longer_pause_outlives_an_app_message_that_was_automatic(
    talk: Conversation,
) -> None:
    pause_for(talk, "ben", 100)
    message = somebody_writes_in_the_app(talk)
    assert paused(talk) == ("ben", 100)
    inbox.mark_automatic(message, "anna")
    assert paused(talk) == ("ben", 100)


def test_a_colleagues_shorter_pause_is_back_when_the_app_message_was_automatic(
    talk: Conversation,
) -> None:
    pause_for(talk, "ben", 3)
    message = somebody_writes_in_the_app(talk)
    assert paused(talk) == (APP, 12)
    inbox.mark_automatic(message, "anna")
    assert paused(talk) == ("ben", 3)


def test_a_pause_that_a_colleague_began_during_the_apps_is_kept(talk: Conversation) -> None:
    message = somebody_writes_in_the_app(talk)
    pause_for(talk, "ben", 2)
    pause_for(talk, "kim", 1)
    assert paused(talk) == (APP, 12)
    inbox.mark_automatic(message, "anna")
    assert paused(talk) == ("ben", 2)


def test_what_a_person_wrote_in_the_app_still_pauses(talk: Conversation) -> None:
    somebody_writes_in_the_app(talk, "I look after this.")
    message = somebody_writes_in_the_app(talk, "We are closed.")
    inbox.mark_automatic(message, "anna")
    assert paused(talk) == (APP, 12)


def test_the_same_text_sent_twice_by_a_tool_pauses_no_more(talk: Conversation) -> None:
    first = somebody_writes_in_the_app(talk, "We are closed.")
    Message.objects.filter(pk=first.pk).update(mid="first")
    inbox.mark_automatic(somebody_writes_in_the_app(talk, "We are closed."), "anna")
    assert paused(talk) == ("", 0)


def test_a_message_without_text_can_be_taken_back_too(talk: Conversation) -> None:
    pause_for(talk, "ben", 3)
    message = somebody_writes_in_the_app(talk, "")
    assert not inbox.mark_automatic(message, "anna")
    assert paused(talk) == ("ben", 3)


def test_a_rules_pause_is_back_too(talk: Conversation) -> None:
    bot_pause.pause_by_rule(talk, "rule Person", 5, timezone.now())
    message = somebody_writes_in_the_app(talk)
    inbox.mark_automatic(message, "anna")
    assert paused(talk) == ("rule Person", 5)


def test_resuming_ends_every_pause(talk: Conversation) -> None:
    pause_for(talk, "ben", 3)
    message = somebody_writes_in_the_app(talk)
    bot_pause.resume(talk.pk)
    assert paused(talk) == ("", 0)
    inbox.mark_automatic(message, "anna")
    assert paused(talk) == ("", 0)


def test_what_was_written_before_staff_resumed_pauses_no_more(talk: Conversation) -> None:
    somebody_writes_in_the_app(talk)
    bot_pause.resume(talk.pk)
    later = somebody_writes_in_the_app(talk, "We are closed.")
    assert paused(talk) == (APP, 12)
    inbox.mark_automatic(later, "anna")
    assert paused(talk) == ("", 0)


def test_what_was_written_before_staff_resumed_and_is_told_later_pauses_nothing(
    talk: Conversation,
) -> None:
    written = timezone.now()
    bot_pause.resume(talk.pk)
    bot_pause.pause_after_app_message(talk.pk, written)
    assert paused(talk) == ("", 0)
    bot_pause.pause_after_app_message(talk.pk, timezone.now())
    assert paused(talk) == (APP, 12)


SHORTER: dict[str, Callable[[Conversation], object]] = {
    "a message in the app": somebody_writes_in_the_app,
    "an automatic message in the app": lambda talk: inbox.mark_automatic(
        somebody_writes_in_the_app(talk), "anna"
    ),
    "a reply": lambda talk: bot_pause.pause_after_reply(talk.pk, "anna", timezone.now()),
    "another pause": lambda talk: pause_for(talk, "anna", 3),
    "a rule": lambda talk: bot_pause.pause_by_rule(talk, "rule Person", 5, timezone.now()),
    "Done": lambda talk: bot_pause.resume_after_done(talk.pk),
}


@pytest.mark.parametrize("shorter", SHORTER)
@pytest.mark.parametrize("before", [False, True], ids=["afterwards", "before it"])
def test_a_pause_until_somebody_resumes_outlives_all_others(
    talk: Conversation, time_passes: Clock, shorter: str, before: bool
) -> None:
    if before:
        SHORTER[shorter](talk)
        talk.refresh_from_db()
    bot_pause.pause(talk.pk, "ben", Length.UNTIL_RESUMED.ends_at(timezone.now()))
    talk.refresh_from_db()
    SHORTER[shorter](talk)
    time_passes(timedelta(days=400))
    talk.refresh_from_db()
    assert talk.is_paused_until_resumed(timezone.now())
    assert talk.bot_paused_by == "ben"
    bot_pause.resume(talk.pk)
    assert paused(talk) == ("", 0)


# Tomorrow at nine, in the shop's zone


@pytest.mark.parametrize(
    ("now", "zone", "tomorrow", "monday"),
    [
        # Two days after, the clocks go back; and forward.
        ("2026-10-24T06:00", "Europe/Kyiv", "2026-10-25T07:00", "2026-10-26T07:00"),
        ("2026-03-28T07:00", "Europe/Kyiv", "2026-03-29T06:00", "2026-03-30T06:00"),
        # It is another day there already, or still.
        ("2026-11-28T23:00", "Asia/Tokyo", "2026-11-30T00:00", "2026-11-30T00:00"),
        ("2026-11-30T02:00", "America/Sao_Paulo", "2026-11-30T12:00", "2026-11-30T12:00"),
        # On a Monday: the next one.
        ("2026-11-30T08:00", "UTC", "2026-12-01T09:00", "2026-12-07T09:00"),
    ],
)
def test_nine_in_the_morning_is_what_the_shops_clock_shows(
    now: str, zone: str, tomorrow: str, monday: str
) -> None:
    ShopRow.objects.update_or_create(pk=1, defaults={"name": "Shop", "time_zone": zone})
    Snapshot.forget_everything()
    at = datetime.fromisoformat(f"{now}+00:00")
    assert Length.TOMORROW.ends_at(at) == datetime.fromisoformat(f"{tomorrow}+00:00")
    assert PutOff.TOMORROW.ends_at(at) == datetime.fromisoformat(f"{tomorrow}+00:00")
    assert PutOff.MONDAY.ends_at(at) == datetime.fromisoformat(f"{monday}+00:00")


def test_an_automatic_message_of_before_ends_no_other_pause(talk: Conversation) -> None:
    message = somebody_writes_in_the_app(talk)
    bot_pause.resume(talk.pk)
    pause_for(talk, "ben", 1)
    inbox.mark_automatic(message, "anna")
    assert paused(talk) == ("ben", 1)


def test_an_instant_reply_that_came_first_leaves_a_colleagues_pause(
    talk: Conversation, shop: Shop
) -> None:
    pause_for(talk, "ben", 3)
    message = somebody_writes_in_the_app(talk)
    shop.hears("Are you there?", at=(message.at - SECOND).timestamp())
    shop.works()
    assert paused(talk) == ("ben", 3)
    assert incoming()[-1].verdict == "paused"


def test_without_a_tuned_time_the_app_pauses_nothing(talk: Conversation) -> None:
    tuning.put("pause_hours", "0")
    somebody_writes_in_the_app(talk)
    assert paused(talk) == ("", 0)


def test_not_a_person_leaves_a_colleagues_pause_of_100_hours(
    talk: Conversation, shop: Shop, staff: Client
) -> None:
    pause_for(talk, "ben", 100)
    now = timezone.now().timestamp()
    shop.hears_echo(Sent(talk.customer_id, "We are closed.", "", "aWdfApp", now), metadata=False)
    shop.reads()
    message = Message.objects.get(origin=Origin.APP)
    assert paused(talk) == ("ben", 100)
    staff.post(f"/admin/conversations/conversation/message/{message.pk}/automatic/")
    message.refresh_from_db()
    assert message.reason
    assert paused(talk) == ("ben", 100)


PAUSED_BY = ["staff's reply", "the Instagram app", "the pause button", "a rule", "loop protection"]


@pytest.mark.parametrize("who", PAUSED_BY)
def test_whoever_paused_the_bot_a_customer_who_writes_again_waits_for_a_person(
    shop: Shop, talk: Conversation, who: str
) -> None:
    now = timezone.now()
    match who:
        case "staff's reply":
            outbox.reply(talk.pk, "I look.", "anna", "token-1")
        case "the Instagram app":
            somebody_writes_in_the_app(talk)
        case "the pause button":
            pause_for(talk, "anna", 3)
        case "a rule":
            bot_pause.pause_by_rule(talk, "rule Person", 12, now)
        case "loop protection":
            bot_pause.pause_by_loop_breaker(talk, now)
    Conversation.objects.update(needs_person=False)
    shop.hears("hello? please answer")
    shop.works()
    assert incoming()[-1].verdict == Verdict.PAUSED
    assert Conversation.objects.get().needs_person


def test_done_ends_the_pause_of_a_rule_and_the_bot_answers_the_next_question(
    shop: Shop, talk: Conversation, admin_client: Client
) -> None:
    bot_pause.pause_by_rule(talk, "rule Person", 12, timezone.now())
    admin_client.post(f"/admin/conversations/conversation/{talk.pk}/change/", {})
    assert paused(talk) == ("", 0)
    shop.hears("how much is delivery")
    shop.works()
    assert incoming()[-1].verdict == Verdict.ANSWERED
    assert not Conversation.objects.get().needs_person


@pytest.mark.parametrize("by", ["ben", APP])
def test_done_leaves_a_persons_pause(talk: Conversation, admin_client: Client, by: str) -> None:
    if by == APP:
        somebody_writes_in_the_app(talk)
    else:
        pause_for(talk, by, 12)
    admin_client.post(f"/admin/conversations/conversation/{talk.pk}/change/", {})
    assert paused(talk) == (by, 12)
