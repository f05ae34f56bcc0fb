"""What staff do: reply, have a message sent again, stop one."""

import threading
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone
from pytest_django import Settings

from conversations import outbox
from conversations.models import Conversation, Message, Origin, State
from rules.models import ResponseRule
from shop import tuning
from tests.support.clock import Clock
from tests.support.graph import HTML_502, Sent, error
from tests.support.shop import Shop, at_rest, incoming, outgoing


def states() -> list[str]:
    return [row.state for row in outgoing()]


def talk() -> Conversation:
    return Conversation.objects.get()


def reply(text: str = "I am Anna.", token: str = "t1") -> bool:
    return bool(outbox.reply(talk().pk, text, "anna", token))


def test_a_reply_of_staff_is_sent_and_silences_the_bot(shop: Shop) -> None:
    shop.hears("price")
    shop.works()
    assert reply()
    shop.works()
    assert shop.texts == ["Ten euros.", "I am Anna."]
    assert talk().bot_is_paused(timezone.now())
    assert talk().bot_paused_by == "anna"
    shop.hears("delivery")
    shop.works()
    assert len(shop.texts) == 2
    assert incoming()[-1].reason == "Bot paused by anna."
    assert at_rest()


def test_a_double_click_sends_once(shop: Shop) -> None:
    shop.hears("hello")
    shop.works()
    assert reply()
    assert not reply()
    shop.works()
    assert shop.texts.count("I am Anna.") == 1


def test_twenty_clicks_at_once_send_once(shop: Shop) -> None:
    shop.hears("hello")
    shop.works()
    barrier, first = threading.Barrier(20), []

    def click() -> None:
        try:
            barrier.wait()
            first.append(reply())
        finally:
            connection.close()

    threads = [threading.Thread(target=click) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    shop.works()
    assert sorted(first) == [False] * 19 + [True]
    assert shop.texts.count("I am Anna.") == 1


def test_the_same_words_in_two_forms_are_two_replies(shop: Shop) -> None:
    shop.hears("hello")
    shop.works()
    assert reply(token="t1")
    assert reply(token="t2")
    shop.works()
    assert shop.texts.count("I am Anna.") == 2


def test_a_reply_cancels_what_the_bot_has_not_sent(shop: Shop, time_stands: Clock) -> None:
    shop.graph.faults.append(error(2018321))
    shop.hears("price")
    shop.hears("delivery")
    shop.works()
    assert states() == [State.QUEUED, State.QUEUED]
    reply()
    shop.works()
    time_stands(timedelta(minutes=1))
    shop.works()
    assert shop.texts == ["I am Anna."]
    assert states() == [State.CANCELLED, State.CANCELLED, State.SENT]
    assert outgoing()[0].error == "Cancelled: anna replied instead."


def test_a_reply_does_not_wait_for_what_is_not_confirmed(shop: Shop) -> None:
    shop.graph.faults.append(HTML_502)
    shop.hears("price")
    shop.works()
    reply()
    shop.works()
    assert states() == [State.UNKNOWN, State.SENT]
    assert shop.texts == ["I am Anna."]


def test_a_reply_during_a_send_leaves_after_it(shop: Shop) -> None:
    def staff_write(sent: Sent) -> None:
        if sent.text == "Ten euros.":
            try:
                reply()
            finally:
                connection.close()

    shop.graph.on_send = staff_write
    shop.hears("price")
    shop.hears("delivery")
    shop.works()
    assert shop.texts == ["Ten euros.", "I am Anna."]
    assert states() == [State.SENT, State.CANCELLED, State.SENT]


def test_a_long_reply_leaves_in_parts(shop: Shop) -> None:
    shop.hears("hello")
    shop.works()
    text = "This is one sentence of a long reply. " * 40
    reply(text)
    shop.works()
    assert "".join(shop.texts[1:]) == text.strip()


def test_a_reply_goes_where_the_bot_is_paused_and_no_pause_is_tuned(shop: Shop) -> None:
    tuning.put("pause_hours", "0")
    shop.hears("hello")
    shop.works()
    reply()
    shop.hears("price")
    shop.works()
    assert shop.texts == ["Pardon?", "I am Anna.", "Ten euros."]


@pytest.mark.parametrize(
    ("hours", "approved", "problem"),
    [
        (23, False, ""),
        (25, False, "24-hour window"),
        (25, True, ""),
        (24 * 7 - 1, True, ""),
        (24 * 7, True, "7-day window"),
    ],
)
def test_a_reply_goes_while_instagram_takes_one(
    shop: Shop, settings: Settings, hours: int, approved: bool, problem: str
) -> None:
    settings.HUMAN_AGENT = approved
    shop.hears("hello", at=timezone.now().timestamp() - hours * 3600)
    shop.works()
    if problem:
        with pytest.raises(outbox.ReplyError, match=problem):
            reply()
        assert not outgoing()
        return
    reply()
    shop.works()
    assert shop.texts == ["I am Anna."]
    assert shop.graph.tags == (["HUMAN_AGENT"] if hours > 24 else [""])


def test_the_bot_never_uses_the_seven_days(
    shop: Shop, settings: Settings, time_stands: Clock
) -> None:
    settings.HUMAN_AGENT = True
    shop.graph.faults.append(error(2018321))
    shop.hears("price")
    shop.works()
    time_stands(timedelta(hours=25))
    shop.works()
    assert states() == [State.FAILED]
    outbox.resend(Message.objects.all(), "anna")
    shop.works()
    assert states() == [State.FAILED], "nor when staff have its message sent again"
    assert shop.texts == []


@pytest.mark.parametrize("text", ["", "  \n "])
def test_an_empty_reply_is_refused(shop: Shop, text: str) -> None:
    shop.hears("hello")
    shop.works()
    with pytest.raises(outbox.ReplyError, match="Write something"):
        reply(text)


# Again


def test_what_failed_is_sent_again_once_however_often_staff_click(shop: Shop) -> None:
    shop.graph.faults.append(error(100))
    shop.hears("price")
    shop.works()
    assert states() == [State.FAILED]
    assert outbox.resend(Message.objects.all(), "anna") == 1
    assert outbox.resend(Message.objects.all(), "anna") == 1, "it waits already"
    shop.works()
    assert outbox.resend(Message.objects.all(), "anna") == 0, "sent is sent"
    shop.works()
    assert shop.texts == ["Ten euros."]
    [message] = outgoing()
    assert (message.state, message.staff, message.attempts.count()) == (State.SENT, "anna", 2)


def test_many_are_sent_again_at_once(shop: Shop) -> None:
    shop.graph.always = error(100)
    for number in range(5):
        shop.hears("price", customer=f"87000{number}")
    shop.works()
    shop.graph.always = None
    assert outbox.resend(Message.objects.filter(state=State.FAILED), "anna") == 5
    shop.works()
    assert shop.texts == ["Ten euros."] * 5
    assert at_rest()


def test_staff_have_the_bots_message_sent_though_the_bot_is_paused(shop: Shop) -> None:
    shop.graph.faults.append(error(100))
    shop.hears("price")
    shop.works()
    paused = timezone.now() + timedelta(hours=1)
    Conversation.objects.update(bot_paused_until=paused, bot_paused_by="anna")
    outbox.resend(Message.objects.all(), "anna")
    shop.works()
    assert shop.texts == ["Ten euros."]


def test_what_was_not_confirmed_is_sent_again_when_staff_say_so(shop: Shop) -> None:
    shop.graph.faults.append(HTML_502)
    shop.hears("price")
    shop.works()
    outbox.resend(Message.objects.all(), "anna")
    shop.works()
    assert shop.texts == ["Ten euros."]


def test_a_message_that_waits_for_a_later_try_goes_at_once(shop: Shop, time_stands: Clock) -> None:
    shop.graph.faults.append(error(2018321))
    shop.hears("price")
    shop.works()
    assert states() == [State.QUEUED]
    outbox.resend(Message.objects.all(), "anna")
    shop.works()
    assert shop.texts == ["Ten euros."]


def test_a_long_text_is_sent_again_from_the_part_that_failed(shop: Shop) -> None:
    text = "This is one sentence of a long answer. " * 40
    ResponseRule.objects.filter(name="Price").update(reply=text)
    shop.graph.faults.extend([error(100)])
    shop.hears("price")
    shop.works()
    assert states() == [State.FAILED, State.SENT]
    outbox.resend(Message.objects.all(), "anna")
    shop.works()
    assert len(shop.texts) == 2


def test_what_customers_and_other_apps_wrote_is_never_sent(shop: Shop) -> None:
    shop.hears("price")
    shop.works()
    shop.hears_echo(Sent("870001", "Hello", "", "aWdfAPP", timezone.now().timestamp()))
    shop.works()
    assert outbox.resend(Message.objects.all(), "anna") == 0
    assert outbox.cancel(Message.objects.all(), "anna") == 0


# Stop


def test_what_waits_is_cancelled(shop: Shop, time_stands: Clock) -> None:
    shop.graph.faults.append(error(2018321))
    shop.hears("price")
    shop.works()
    assert outbox.cancel(Message.objects.all(), "anna") == 1
    time_stands(timedelta(minutes=1))
    shop.works()
    assert states() == [State.CANCELLED]
    assert shop.texts == []
    assert at_rest()


def test_what_was_not_confirmed_ends_as_failed_and_holds_nothing_back(shop: Shop) -> None:
    shop.graph.faults.append(HTML_502)
    shop.hears("price")
    shop.hears("delivery")
    shop.works()
    assert outbox.cancel(Message.objects.filter(state=State.UNKNOWN), "anna") == 1
    shop.works()
    assert states() == [State.FAILED, State.SENT]
    assert "anna" in outgoing()[0].error


def test_what_was_cancelled_can_still_be_sent(shop: Shop) -> None:
    shop.graph.faults.append(error(100))
    shop.hears("price")
    shop.works()
    outbox.cancel(Message.objects.all(), "anna")
    assert states() == [State.CANCELLED]
    outbox.resend(Message.objects.all(), "anna")
    shop.works()
    assert states() == [State.SENT]


def test_what_is_being_sent_is_not_cancelled(shop: Shop) -> None:
    def staff_cancel(_: Sent) -> None:
        try:
            assert outbox.cancel(Message.objects.all(), "anna") == 0
            assert Message.objects.get(origin=Origin.BOT).state == State.SENDING
        finally:
            connection.close()

    shop.graph.on_send = staff_cancel
    shop.hears("price")
    shop.works()
    assert states() == [State.SENT]
