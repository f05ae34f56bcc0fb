"""What becomes of a send: every answer of Meta, every accident, and the echo that settles it."""

import time
from datetime import timedelta
from itertools import pairwise

import pytest
from django.db import connection
from django.utils import timezone
from pytest_django import Settings

from conversations.account import identity
from conversations.account import pause as account_pause
from conversations.models import Account, Attempt, Conversation, Message, State
from shop import tuning
from tests.support.clock import Clock
from tests.support.graph import HANG, HTML_502, RESET, Echoes, Sent, error
from tests.support.shop import SECRET, Shop, at_rest, outgoing
from workqueue.snapshot import Snapshot

LONG = "This is one sentence of a long answer that staff wrote. " * 40


def states() -> list[str]:
    return [row.state for row in outgoing()]


def test_a_sent_message_carries_metas_id_and_its_attempt(shop: Shop) -> None:
    shop.hears("price")
    shop.works()
    [message] = outgoing()
    [sent] = shop.graph.sent
    assert (message.state, message.mid) == (State.SENT, sent.mid)
    assert sent.metadata == f"instabot:{message.pk}"
    attempt = Attempt.objects.get()
    assert (attempt.outcome, attempt.http_status, attempt.message) == ("Sent", 200, message)
    assert attempt.milliseconds is not None


def test_a_long_text_leaves_in_parts_and_in_order(shop: Shop) -> None:
    from rules.models import ResponseRule

    ResponseRule.objects.filter(name="Price").update(reply=LONG)
    shop.hears("price")
    shop.works()
    assert "".join(shop.texts) == LONG.strip()
    assert all(len(text.encode()) <= 1000 for text in shop.texts)
    assert [row.position for row in outgoing()] == [0, 1, 2]


def test_a_long_text_goes_on_at_the_part_that_was_not_sent(shop: Shop, time_stands: Clock) -> None:
    from rules.models import ResponseRule

    ResponseRule.objects.filter(name="Price").update(reply=LONG)
    shop.graph.faults.extend([error(2018321)])
    shop.hears("price")
    shop.works()
    assert shop.texts == []
    time_stands(timedelta(seconds=1))
    shop.graph.faults.extend([])
    shop.works()
    assert "".join(shop.texts) == LONG.strip()


def test_a_permanent_refusal_fails_that_message_with_a_sentence_and_the_next_goes(
    shop: Shop,
) -> None:
    shop.graph.faults.append(error(10, 2534022, status=403))
    shop.hears("price")
    shop.hears("delivery")
    shop.works()
    assert states() == [State.FAILED, State.SENT]
    assert "24-hour window" in outgoing()[0].error
    assert Attempt.objects.order_by("pk")[0].subcode == 2534022
    assert at_rest()


def test_a_refusal_that_asks_to_wait_is_tried_again_and_keeps_the_order(
    shop: Shop, time_stands: Clock
) -> None:
    shop.graph.faults.append(error(2018321))
    shop.hears("price")
    shop.hears("delivery")
    shop.works()
    assert states() == [State.QUEUED, State.QUEUED]
    time_stands(timedelta(seconds=1))
    shop.works()
    assert shop.texts == ["Ten euros.", "Two days."]


def test_after_eight_tries_a_message_fails(shop: Shop, time_stands: Clock) -> None:
    shop.graph.always = error(2018321)
    shop.hears("price")
    for _ in range(12):
        shop.works()
        time_stands(timedelta(minutes=11))
    assert Attempt.objects.count() == 8
    assert states() == [State.FAILED]


@pytest.mark.parametrize("fault", [HANG, RESET])
def test_a_send_without_an_answer_is_unknown_and_settled_by_its_echo(
    shop: Shop, fault: str
) -> None:
    shop.graph.faults.append(fault)
    shop.hears("price")
    shop.hears("delivery")
    shop.works()
    assert states() == [State.UNKNOWN, State.QUEUED], "what is unknown holds back the next"
    shop.hears_echo(shop.graph.sent[0])
    shop.works()
    assert states() == [State.SENT, State.SENT]
    assert shop.texts == ["Ten euros.", "Two days."]


@pytest.mark.parametrize("fault", [HANG, RESET])
def test_an_echo_without_metadata_settles_by_its_text(shop: Shop, fault: str) -> None:
    shop.graph.faults.append(fault)
    shop.hears("price")
    shop.works()
    shop.hears_echo(shop.graph.sent[0], metadata=False)
    shop.works()
    assert states() == [State.SENT]
    assert outgoing()[0].mid == shop.graph.sent[0].mid
    assert not Conversation.objects.get().bot_is_paused(timezone.now())
    assert at_rest()


@pytest.mark.parametrize("status", [400, 500])
def test_minus_one_means_later_and_is_tried_again(
    shop: Shop, time_stands: Clock, status: int
) -> None:
    shop.graph.faults.append(error(-1, status=status))
    shop.hears("price")
    shop.works()
    assert states() == [State.QUEUED]
    time_stands(timedelta(seconds=1))
    shop.works()
    assert shop.texts == ["Ten euros."]


@pytest.mark.parametrize("answer", [HTML_502, error(2, status=500), error(1, 1357046)])
def test_an_answer_that_proves_nothing_is_unknown_and_never_resent_blindly(
    shop: Shop, settings: Settings, time_stands: Clock, answer: tuple[int, str, bytes]
) -> None:
    shop.graph.faults.append(answer)
    shop.hears("price")
    shop.hears("delivery")
    shop.works()
    assert states() == [State.UNKNOWN, State.QUEUED]
    time_stands(settings.UNKNOWN_HOLDS + timedelta(seconds=1))
    shop.works()
    assert states() == [State.UNKNOWN, State.SENT]
    assert shop.texts == ["Two days."]
    time_stands(settings.SETTLE_FOR)
    shop.works()
    assert Conversation.objects.get().needs_person, "what is not settled by then is staff's"
    assert at_rest()


@pytest.mark.parametrize("metadata", [True, False])
def test_an_echo_that_comes_before_the_response_is_ours(
    shop: Shop, live_server: object, metadata: bool
) -> None:
    shop.graph.echoes = Echoes(
        f"{live_server}/webhooks/instagram", SECRET, before=True, metadata=metadata
    )
    shop.graph.on_send = lambda _: None
    original = shop.graph.post_echo

    async def and_process(sent: Sent) -> None:
        import asyncio

        await original(sent)
        await asyncio.get_running_loop().run_in_executor(None, _read_elsewhere, shop)

    shop.graph.post_echo = and_process  # type: ignore[method-assign] # the echo is read at once
    shop.hears("price")
    shop.hears("delivery")
    shop.works()
    assert states() == [State.SENT, State.SENT]
    assert [row.mid for row in outgoing()] == [sent.mid for sent in shop.graph.sent]
    assert not Conversation.objects.get().bot_is_paused(timezone.now())
    assert at_rest()


def _read_elsewhere(shop: Shop) -> None:

    try:
        shop.reads()
    finally:
        connection.close()


def test_a_person_who_writes_while_we_send_stops_what_is_left(shop: Shop) -> None:
    from rules.models import ResponseRule

    ResponseRule.objects.filter(name="Price").update(reply=LONG)

    def person_writes(sent: Sent) -> None:
        if len(shop.graph.sent) == 1:
            shop.hears_echo(Sent(sent.recipient, "I am here", "", "aWdfAPP", sent.at))
            _read_elsewhere(shop)

    shop.graph.on_send = person_writes
    shop.hears("price", at=time.time() - 10)  # what comes at once is no person
    shop.works()
    assert len(shop.texts) == 1
    bot = [row.state for row in outgoing() if row.origin == "bot"]
    assert bot == [State.SENT, State.CANCELLED, State.CANCELLED]
    assert Conversation.objects.get().bot_is_paused(timezone.now())
    assert Message.objects.get(mid="aWdfAPP").state == State.SENT


def test_the_account_sends_no_faster_than_its_rate(shop: Shop) -> None:
    tuning.put("send_rate", "5")
    for customer in range(3):
        shop.hears("price", customer=f"87{customer}")
    shop.works()
    started = [attempt.started_at for attempt in Attempt.objects.order_by("started_at")]
    gaps = [later - earlier for earlier, later in pairwise(started)]
    assert all(gap >= timedelta(seconds=0.19) for gap in gaps)


def test_a_slot_that_is_far_away_lets_the_worker_go(shop: Shop, time_stands: Clock) -> None:
    shop.hears("price")
    shop.reads()
    Account.objects.update(next_send_at=timezone.now() + timedelta(seconds=30))
    shop.works()
    assert states() == [State.QUEUED]
    time_stands(timedelta(seconds=31))
    shop.works()
    assert states() == [State.SENT]


def test_who_we_are_is_asked_again_when_the_token_changes(shop: Shop, settings: Settings) -> None:
    account_pause.look_after()
    assert identity.accounts().first.instagram_id == "17841400000000001"
    settings.INSTAGRAM_PAGE_ACCESS_TOKEN = "IGAA-of-another-account"
    Snapshot.forget_everything()
    assert identity.accounts().first.answers_to("any account"), "unknown until Meta was asked"
    shop.graph.me = {"id": "918", "user_id": "17841499999999999", "username": "other"}
    account_pause.look_after()
    assert identity.accounts().first.instagram_id == "17841499999999999"


def test_who_we_are_is_asked_once_and_kept(shop: Shop) -> None:
    account_pause.look_after()
    account_pause.look_after()
    account = Account.objects.get()
    assert (account.instagram_id, account.node_id, account.username) == (
        "17841400000000001",
        "917",
        "shop",
    )
    assert len(shop.graph.calls) == 1
