"""Instagram cannot be reached: what never left is held, and leaves as soon as it can again."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from conversations import outbox
from conversations.account import identity
from conversations.account import pause as account_pause
from conversations.account.pause import LONGEST_UNREACHABLE
from conversations.models import FIRST, Account, Attempt, Conversation, Message, State, Verdict
from rules.models import ResponseRule
from tests.support.clock import Clock
from tests.support.graph import HANG, error
from tests.support.shop import Shop, at_rest, incoming, outgoing
from tests.support.talks import comment

MINUTE = timedelta(minutes=1)
Away = Callable[[bool], None]


@pytest.fixture
def away(shop: Shop) -> Away:
    """Take Instagram out of reach, or bring it back."""

    def move(gone: bool) -> None:
        identity.forget_clients()
        if gone:
            one = identity.client(identity.ready(FIRST))
            one.base = one.base.replace(str(shop.graph.port), "9")  # nobody listens there

    move(True)
    return move


def states() -> list[str]:
    return [row.state for row in outgoing()]


def passes(shop: Shop, time_stands: Clock, total: timedelta, step: timedelta = MINUTE) -> None:
    for _ in range(int(total / step)):
        time_stands(step + timedelta(seconds=1))
        shop.works()


def test_nothing_fails_however_long_it_lasts_and_all_leaves_in_order(
    shop: Shop, time_stands: Clock, away: Away
) -> None:
    shop.hears("price")
    shop.works()
    passes(shop, time_stands, timedelta(hours=1))
    shop.hears("delivery")
    shop.hears("price", customer="870002")
    shop.works()
    assert states() == [State.QUEUED] * 3
    assert Attempt.objects.count() > 8
    assert {attempt.outcome for attempt in Attempt.objects.all()} == {"NotSent"}
    away(False)
    passes(shop, time_stands, 2 * MINUTE)
    assert shop.texts[0] == "Ten euros."
    assert sorted(shop.texts) == ["Ten euros.", "Ten euros.", "Two days."]
    assert states() == [State.SENT] * 3
    assert at_rest()


def test_it_is_the_accounts_pause_and_one_send_tries_for_all(
    shop: Shop, time_stands: Clock, away: Away
) -> None:
    for customer in range(5):
        shop.hears("price", customer=f"87{customer}")
    shop.works()
    assert Attempt.objects.count() == 1
    account = Account.objects.get()
    assert account.pause == Account.Pause.UNREACHABLE
    assert "couldn't be reached" in account.pause_reason
    assert outgoing()[0].error == account.pause_reason
    passes(shop, time_stands, 30 * MINUTE)
    assert Attempt.objects.count() <= 31 + 5, "once a minute, after the first few"
    paused_until = Account.objects.get().paused_until
    assert paused_until is not None
    assert paused_until <= timezone.now() + LONGEST_UNREACHABLE
    away(False)
    passes(shop, time_stands, 2 * MINUTE)
    assert shop.texts == ["Ten euros."] * 5
    assert Account.objects.get().pause == ""


def test_a_moment_without_a_connection_costs_a_moment(
    shop: Shop, time_stands: Clock, away: Away
) -> None:
    shop.hears("price")
    shop.works()
    away(False)
    time_stands(timedelta(seconds=1))
    shop.works()
    assert shop.texts == ["Ten euros."]
    assert account_pause.rate(FIRST) == 50, "nobody asked for fewer messages"


def test_no_limit_of_age_or_rule_ends_it_before_its_window_does(
    shop: Shop, time_stands: Clock, away: Away
) -> None:
    ResponseRule.objects.filter(name="Price").update(once_in_hours=1)
    shop.hears("price")
    shop.works()
    passes(shop, time_stands, timedelta(hours=23), 30 * MINUTE)
    assert states() == [State.QUEUED]
    away(False)
    time_stands(2 * MINUTE)
    shop.works()
    assert shop.texts == ["Ten euros."]
    assert incoming()[0].verdict == Verdict.ANSWERED


def test_the_window_ends_it_and_says_so(shop: Shop, time_stands: Clock, away: Away) -> None:
    shop.hears("price")
    shop.works()
    passes(shop, time_stands, timedelta(hours=23, minutes=31), 30 * MINUTE)
    [answer] = outgoing()
    assert answer.state == State.FAILED
    assert answer.error == (
        "The 24-hour window is closed. It was held back: Instagram can't be reached."
    )
    assert Conversation.objects.get().needs_person
    assert Message.objects.failed_or_unconfirmed().count() == 1, "staff see it in the outbox"
    away(False)
    passes(shop, time_stands, 2 * MINUTE)
    assert shop.texts == []
    assert at_rest()


def test_replies_to_comments_and_of_staff_are_held_too(
    shop: Shop, time_stands: Clock, away: Away
) -> None:
    ResponseRule.objects.create(
        name="Comments", order=5, keywords="price", reply="40 euros.", for_comments=True,
        for_messages=False, public_reply="We have written to you.",
    )  # fmt: skip
    comment(shop)
    shop.hears("hello", customer="870002")
    shop.works()
    talk = Conversation.objects.get(customer_id="870002")
    outbox.reply(talk.pk, "I am here.", "anna", "token")
    passes(shop, time_stands, 20 * MINUTE)
    assert State.FAILED not in states()
    away(False)
    passes(shop, time_stands, 2 * MINUTE)
    assert {"40 euros.", "We have written to you.", "I am here."} <= {*shop.texts}


def test_a_throttle_that_ends_out_of_reach_goes_on_when_it_is_back(
    shop: Shop, time_stands: Clock, away: Away
) -> None:
    away(False)
    shop.graph.faults.append(error(613))
    shop.hears("price")
    shop.works()
    away(True)
    passes(shop, time_stands, 20 * MINUTE)
    assert states() == [State.QUEUED]
    away(False)
    passes(shop, time_stands, 2 * MINUTE)
    assert shop.texts == ["Ten euros."]
    assert account_pause.rate(FIRST) == 25, "the throttle was a strike"


def test_a_refused_login_is_told_though_instagram_was_out_of_reach(
    shop: Shop, time_stands: Clock, away: Away
) -> None:
    shop.hears("price")
    shop.works()
    shop.graph.always = error(190, 463)
    away(False)
    passes(shop, time_stands, MINUTE)
    assert Account.objects.get().pause == Account.Pause.BROKEN


def test_a_read_that_times_out_stays_unconfirmed(shop: Shop) -> None:
    shop.graph.faults.append(HANG)
    shop.hears("price")
    shop.works()
    assert states() == [State.UNKNOWN]
    assert Account.objects.get().pause == ""


@pytest.mark.parametrize(
    "answer",
    [
        error(100, text="Unsupported request - method type: post"),
        error(100, text="Unsupported request - method type: post", status=403),
        error(100, 999999, text="Unsupported request - method type: post"),
    ],
)
def test_an_app_that_may_not_act_for_the_account_holds_it_and_staff_are_told(
    shop: Shop, time_stands: Clock, answer: tuple[int, str, bytes]
) -> None:
    ResponseRule.objects.create(
        name="Comments", order=5, keywords="price", reply="40 euros.", for_comments=True,
        for_messages=False,
    )  # fmt: skip
    shop.graph.always = answer
    shop.hears("price")
    by_other: dict[str, Any] = {"from": {"id": "870002", "username": "other"}}
    comment(shop, **by_other)
    shop.works()
    account = Account.objects.get()
    assert account.pause == Account.Pause.BROKEN
    assert "does not let the app act" in account.pause_reason
    for _ in range(120):
        time_stands(MINUTE)
        account_pause.look_after()
        shop.works()
    assert {*states()} == {State.QUEUED}
    shop.graph.always = None
    account_pause.look_after()
    shop.works()
    assert sorted(shop.texts) == ["40 euros.", "Ten euros."]
