"""An account that must rest: throttled, broken, blocked; and how it comes back."""

import json
import threading
import time
from datetime import datetime, timedelta

import pytest
from django.conf import settings
from django.db import connection
from django.utils import timezone

from conversations import outbox, turns
from conversations.account import identity
from conversations.account import pause as account_pause
from conversations.account.pause import BLOCKED_FIRST, BLOCKED_LONGEST, LONGEST_THROTTLE, doubled
from conversations.models import FIRST, Account, Attempt, Conversation, Message, State
from conversations.outbox import queue
from instagram.errors import BlockedError, Reply
from shop import tuning
from tests.support.clock import Clock
from tests.support.graph import error
from tests.support.shop import Shop, at_rest, outgoing
from workqueue.leases import Lease

MINUTE = timedelta(minutes=1)


def states() -> list[str]:
    return [row.state for row in outgoing()]


def sends(shop: Shop) -> int:
    return sum(call.startswith("POST") for call in shop.graph.calls)


@pytest.mark.parametrize(
    ("strikes", "minutes"), [(0, 1), (1, 1), (2, 2), (3, 4), (6, 32), (7, 60), (60, 60)]
)
def test_pauses_double_up_to_the_longest(strikes: int, minutes: int) -> None:
    assert doubled(MINUTE, strikes, LONGEST_THROTTLE) == minutes * MINUTE


def test_a_throttle_rests_the_account_and_keeps_deciding(shop: Shop, time_passes: Clock) -> None:
    shop.graph.faults.append(error(613, 2534040))
    shop.hears("price")
    shop.works()
    shop.hears("delivery", customer="870002")
    shop.works()
    assert shop.texts == []
    assert Account.objects.get().pause == Account.Pause.THROTTLED
    assert len(outgoing()) == 2, "decided, though not sent"
    assert sends(shop) == 1, "a resting account makes no calls"
    time_passes(timedelta(seconds=61))
    shop.works()
    assert sorted(shop.texts) == ["Ten euros.", "Two days."]
    assert Account.objects.get().pause == ""


def test_a_throttle_lasts_as_long_as_instagram_says(shop: Shop, time_passes: Clock) -> None:
    usage = {"1784": [{"type": "instagram", "estimated_time_to_regain_access": 30}]}
    shop.graph.headers = {"X-Business-Use-Case-Usage": json.dumps(usage)}
    shop.graph.faults.append(error(80002))
    shop.hears("price")
    shop.works()
    shop.graph.headers = {}
    time_passes(timedelta(minutes=29))
    shop.works()
    assert shop.texts == []
    time_passes(timedelta(minutes=1, seconds=1))
    shop.works()
    assert shop.texts == ["Ten euros."]


def test_after_a_throttle_one_send_goes_first_and_the_next_pause_is_longer(
    shop: Shop, time_passes: Clock
) -> None:
    shop.graph.always = error(613)
    for customer in range(5):
        shop.hears("price", customer=f"87{customer}")
    shop.works()
    assert sends(shop) == 1
    for minutes in (1, 2, 4):
        time_passes(minutes * MINUTE + timedelta(seconds=1))
        shop.works()
    assert sends(shop) == 4, "one for each pause, though five wait"
    shop.graph.always = None
    time_passes(8 * MINUTE + timedelta(seconds=1))
    shop.works()
    assert shop.texts == ["Ten euros."] * 5
    assert Attempt.objects.count() == 9
    assert at_rest()


def test_sending_goes_on_at_half_the_rate_and_recovers_by_the_minute(
    shop: Shop, time_passes: Clock
) -> None:
    shop.graph.faults.extend([error(613), error(613)])
    shop.hears("price")
    shop.works()
    assert account_pause.rate(FIRST) == 25
    time_passes(timedelta(seconds=61))
    shop.works()
    assert account_pause.rate(FIRST) == 12.5
    time_passes(timedelta(seconds=121))
    shop.works()
    assert shop.texts == ["Ten euros."]
    assert account_pause.rate(FIRST) == 12.5, "that it works again is no reason for haste"
    for rate in (25, 50, 50):
        account_pause.look_after()
        account_pause.look_after()
        time_passes(MINUTE)
        assert account_pause.rate(FIRST) == rate


def test_without_a_rate_of_ours_a_throttle_still_slows_down(shop: Shop) -> None:
    tuning.put("send_rate", "0")
    assert account_pause.rate(FIRST) == 0
    Account.objects.update(strikes=2)
    identity.forget()
    assert account_pause.rate(FIRST) == 25


def test_full_usage_headers_rest_the_account_though_the_send_went_well(
    shop: Shop, time_passes: Clock
) -> None:
    shop.graph.headers = {"X-App-Usage": json.dumps({"call_count": 96, "total_time": 20})}
    shop.hears("price")
    shop.works()
    assert shop.texts == ["Ten euros."]
    shop.graph.headers = {}
    shop.hears("delivery")
    shop.works()
    assert len(shop.texts) == 1
    time_passes(timedelta(seconds=61))
    shop.works()
    assert shop.texts == ["Ten euros.", "Two days."]


def test_a_first_send_that_meets_full_usage_headers_does_not_end_the_pause(
    shop: Shop, time_passes: Clock
) -> None:
    shop.graph.faults.append(error(613))
    shop.hears("price")
    shop.works()
    shop.graph.headers = {"X-App-Usage": json.dumps({"call_count": 99})}
    time_passes(timedelta(seconds=61))
    shop.works()
    assert shop.texts == ["Ten euros."]
    account = Account.objects.get()
    assert account.is_paused(timezone.now())
    assert account.strikes == 2


def test_usage_headers_near_the_limit_slow_down(shop: Shop) -> None:
    shop.graph.headers = {"X-App-Usage": json.dumps({"call_count": 81})}
    shop.hears("price")
    shop.hears("delivery")
    shop.works()
    assert len(shop.texts) == 2
    assert account_pause.rate(FIRST) == 25


def test_many_refusals_at_once_are_one_strike(shop: Shop) -> None:
    account = Account.objects.ours()
    for _ in range(10):
        account_pause.throttled(account.pk, 0, "busy", first_again=False)
    account.refresh_from_db()
    assert account.strikes == 1


def test_a_longer_throttle_is_not_shortened_by_a_later_one(shop: Shop) -> None:
    account = Account.objects.ours()
    account_pause.throttled(account.pk, 1800, "busy", first_again=False)
    until = Account.objects.get().paused_until
    account_pause.throttled(account.pk, 60, "busy", first_again=False)
    assert Account.objects.get().paused_until == until


def test_a_throttle_does_not_end_the_hold_of_a_broken_account(shop: Shop) -> None:
    account = Account.objects.ours()
    shop.graph.faults.append(error(190))
    shop.hears("price")
    shop.works()
    account_pause.throttled(account.pk, 60, "busy", first_again=False)
    assert Account.objects.get().pause == Account.Pause.BROKEN


def test_a_broken_account_holds_its_messages_until_it_works_again(
    shop: Shop, time_passes: Clock
) -> None:
    shop.graph.always = error(190, 463, status=401)
    shop.hears("price")
    shop.works()
    account = Account.objects.get()
    assert account.pause == Account.Pause.BROKEN
    assert "expired" in account.pause_reason
    time_passes(timedelta(minutes=5))
    shop.works()
    account_pause.look_after()
    assert states() == [State.QUEUED]
    shop.graph.always = None
    account_pause.look_after()
    shop.works()
    assert shop.texts == ["Ten euros."]
    assert Account.objects.get().pause == ""
    assert sends(shop) == 2


def test_a_switch_that_the_owner_turned_off_is_asked_for_once_a_minute_and_seen(
    shop: Shop, time_passes: Clock
) -> None:
    shop.graph.always = error(200, 2534041)
    shop.hears("price")
    shop.works()
    assert "Allow access" in Account.objects.get().pause_reason
    account_pause.look_after()
    time_passes(MINUTE)
    shop.works()
    assert sends(shop) == 1, "GET /me and the conversations are asked, nothing is sent"
    shop.graph.always = None
    account_pause.look_after()
    shop.works()
    assert shop.texts == ["Ten euros."]


def test_a_blocked_account_tries_later_and_later_whatever_me_says(
    shop: Shop, time_passes: Clock
) -> None:
    shop.graph.always = error(368, 1390008)
    shop.hears("price")
    shop.hears("price", customer="870002")
    shop.works()
    assert Account.objects.get().pause == Account.Pause.BLOCKED
    account_pause.look_after()
    shop.works()
    assert sends(shop) == 1
    time_passes(BLOCKED_FIRST + timedelta(seconds=1))
    shop.works()
    assert sends(shop) == 2
    time_passes(BLOCKED_FIRST + timedelta(seconds=1))
    shop.works()
    assert sends(shop) == 2, "the second pause is twice as long"
    time_passes(BLOCKED_FIRST)
    shop.graph.always = None
    shop.works()
    assert shop.texts == ["Ten euros."] * 2


def test_a_block_is_at_most_four_hours_at_a_time(shop: Shop) -> None:
    account = Account.objects.ours()
    for _ in range(20):
        account_pause.refused(account.pk, BlockedError("no", Reply(code=368)), first_again=True)
    until = Account.objects.get().paused_until
    assert until is not None
    assert until <= timezone.now() + BLOCKED_LONGEST


def test_a_send_that_went_first_and_died_lets_another_one_try_after_a_lease(
    shop: Shop, time_passes: Clock
) -> None:
    shop.hears("price")
    shop.reads()
    now = timezone.now()
    Account.objects.update(pause=Account.Pause.THROTTLED, paused_until=now, strikes=1)
    account = Account.objects.get()
    assert account_pause.may_go_first(account.pk, now)  # and its worker is killed
    assert not account_pause.may_go_first(account.pk, now)
    shop.works()
    assert shop.texts == []
    time_passes(settings.LEASE + timedelta(seconds=1))
    shop.works()
    assert shop.texts == ["Ten euros."]


def test_an_account_mended_during_a_turn_wakes_that_conversation_too(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop.graph.faults.append(error(190))
    ends_at = account_pause.ends_at

    def mended_meanwhile(account_id: int) -> datetime | None:
        until = ends_at(account_id)
        mended_elsewhere()
        return until

    def mended_elsewhere() -> None:
        def work() -> None:
            try:
                account_pause.end(Account.objects.get().pk)
            finally:
                connection.close()

        thread = threading.Thread(target=work)
        waiting.append(thread)
        thread.start()

    waiting: list[threading.Thread] = []
    monkeypatch.setattr(account_pause, "ends_at", mended_meanwhile)
    shop.hears("price")
    shop.reads()
    turns.take(Conversation.objects.get().pk)
    assert waiting
    for thread in waiting:
        thread.join()
    monkeypatch.undo()  # what begins from here on is nobody's to wait for
    shop.works()
    assert shop.texts == ["Ten euros."]


def test_a_window_that_closes_while_waiting_fails_the_answer_with_the_reason(
    shop: Shop, time_passes: Clock
) -> None:
    shop.graph.always = error(190)
    shop.hears("price")
    shop.works()
    time_passes(timedelta(hours=24))
    shop.graph.always = None
    account_pause.look_after()
    shop.works()
    assert shop.texts == []
    assert states() == [State.FAILED]
    assert "24-hour window" in outgoing()[0].error


def test_what_a_throttle_overtook_while_waiting_for_its_slot_is_not_sent(
    shop: Shop, time_stands: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop.hears("price")
    shop.reads()
    account = Account.objects.ours()
    Account.objects.update(next_send_at=timezone.now() + timedelta(seconds=0.3))
    sleep = time.sleep

    def throttled_meanwhile(seconds: float) -> None:
        sleep(seconds)
        account_pause.throttled(account.pk, 0, "busy", first_again=False)

    monkeypatch.setattr(time, "sleep", throttled_meanwhile)
    shop.works()
    monkeypatch.undo()
    assert (states(), sends(shop), Attempt.objects.count()) == ([State.QUEUED], 0, 0)
    assert outgoing()[0].tries == 0


@pytest.mark.parametrize("texts", [["price"], ["price", "delivery"]])
def test_what_is_throttled_while_a_pause_ends_is_neither_overtaken_nor_forgotten(
    shop: Shop, monkeypatch: pytest.MonkeyPatch, texts: list[str]
) -> None:
    ends_at = account_pause.ends_at

    def ended_meanwhile(account: int) -> datetime | None:
        """The send that went first has just ended the pause, and has not woken the others yet."""
        Account.objects.filter(pk=account).update(paused_until=None, pause="", pause_reason="")
        return ends_at(account)

    shop.graph.faults.append(error(613))
    for text in texts:
        shop.hears(text)
    monkeypatch.setattr(account_pause, "ends_at", ended_meanwhile)
    shop.works()
    monkeypatch.setattr(account_pause, "ends_at", ends_at)
    account_pause.wake(Account.objects.get().pk)
    shop.works()
    assert shop.texts == ["Ten euros.", "Two days."][: len(texts)]
    assert at_rest()


def test_a_message_that_staff_stop_does_not_use_up_the_try_to_go_first(
    shop: Shop, time_passes: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop.graph.faults.append(error(613))
    shop.hears("price")
    shop.works()
    time_passes(timedelta(minutes=2))
    mark = queue.ask_and_mark

    def stopped(message: Message, lease: Lease[Conversation], now: datetime) -> object:
        outbox.cancel(Message.objects.filter(pk=message.pk), "anna")
        return mark(message, lease, now)

    monkeypatch.setattr(queue, "ask_and_mark", stopped)
    shop.works()
    assert shop.texts == []
    assert not Account.objects.get().is_paused(timezone.now())
