"""Fixed interleavings: what happens when something happens at each point of a turn."""

import threading
from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings
from django.db import connection
from django.utils import timezone

from conversations import engine, outbox, turns
from conversations.account import identity
from conversations.models import FIRST, Account, Attempt, Conversation, Message, State, Verdict
from conversations.outbox import attempt
from shop import tuning
from tests.support.clock import Clock
from tests.support.points import TURN, WAITS, at_point
from tests.support.shop import Shop, at_rest, incoming, outgoing, settled
from webhooks import processing
from webhooks.models import WebhookEvent
from webhooks.tasks import process_event
from workqueue import shutdown

TAKEN = [point for point in TURN if point not in WAITS]


@pytest.mark.parametrize("point", TURN)
def test_a_message_that_arrives_at_any_point_is_answered_once_and_in_order(
    shop: Shop, monkeypatch: pytest.MonkeyPatch, point: str
) -> None:
    def arrives() -> None:
        shop.hears("price")
        shop.reads()

    at_point(monkeypatch, point, arrives)
    first = 2 if point in WAITS else 1
    for _ in range(first):
        shop.hears("delivery")
    shop.works()
    assert shop.texts == [*["Two days."] * first, "Ten euros."]
    assert [row.verdict for row in incoming()] == [Verdict.ANSWERED] * (first + 1)
    assert at_rest()


@pytest.mark.parametrize("point", TAKEN)
def test_a_message_that_arrives_in_a_turn_begun_with_the_first_one_is_answered_in_order(
    shop: Shop, monkeypatch: pytest.MonkeyPatch, point: str
) -> None:
    def arrives() -> None:
        shop.hears("price")
        shop.reads()

    at_point(monkeypatch, point, arrives)
    shop.hears("delivery")
    process_event.answer(WebhookEvent.objects.get().pk)
    shop.works()
    assert shop.texts == ["Two days.", "Ten euros."]
    assert [row.verdict for row in incoming()] == [Verdict.ANSWERED] * 2
    assert at_rest()


def test_a_conversation_that_somebody_has_is_not_taken_with_its_message(shop: Shop) -> None:
    shop.hears("delivery")
    shop.reads()
    held = Conversation.objects.claim(Conversation.objects.get().pk, timezone.now())
    assert held
    shop.hears("price")
    process_event.answer(WebhookEvent.objects.latest("pk").pk)
    assert shop.texts == [], "nobody else may decide now"
    assert Conversation.objects.release(held, None, timezone.now()), "it was woken meanwhile"
    shop.works()
    assert shop.texts == ["Two days.", "Ten euros."]


def test_a_second_delivery_takes_a_turn_with_nothing_to_do(shop: Shop) -> None:
    mid = shop.hears("delivery")
    process_event.answer(WebhookEvent.objects.latest("pk").pk)
    later = timezone.now() + timedelta(hours=1)
    Message.objects.filter(origin="bot").update(state=State.QUEUED, not_before=later, mid=None)
    Conversation.objects.update(due_at=later)
    shop.hears("delivery", mid=mid)
    process_event.answer(WebhookEvent.objects.latest("pk").pk)
    assert shop.texts == ["Two days."]
    assert Conversation.objects.get().due_at == later, "the alarm is as it was"


def test_a_worker_that_stops_gives_back_what_it_took_with_a_message(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop.hears("delivery")
    monkeypatch.setattr(shutdown, "begun", lambda: True)
    process_event.answer(WebhookEvent.objects.get().pk)
    assert shop.texts == []
    monkeypatch.undo()
    shop.works()
    assert shop.texts == ["Two days."]


def test_who_is_waited_for_is_not_taken_at_once(shop: Shop, time_passes: Clock) -> None:
    tuning.put("waiting_seconds", "2")
    shop.hears("delivery")
    process_event.answer(WebhookEvent.objects.get().pk)
    assert shop.texts == []
    time_passes(timedelta(seconds=2))
    shop.works()
    assert shop.texts == ["Two days."]


@pytest.mark.parametrize("point", [point for point in TURN if point != "before the claim"])
def test_a_worker_that_stalls_at_any_point_and_comes_back_repeats_nothing(
    shop: Shop, monkeypatch: pytest.MonkeyPatch, time_passes: Clock, point: str
) -> None:
    stalled, go_on = threading.Event(), threading.Event()

    def stalls() -> None:
        stalled.set()
        assert go_on.wait(10)

    at_point(monkeypatch, point, stalls)
    first = 2 if point in WAITS else 1
    for _ in range(first):
        shop.hears("delivery")
    shop.reads()
    pk = Conversation.objects.get().pk

    def first_worker() -> None:
        try:
            turns.take(pk)
        finally:
            connection.close()

    thread = threading.Thread(target=first_worker)
    thread.start()
    assert stalled.wait(10)
    time_passes(settings.LEASE + timedelta(seconds=1))
    shop.works()  # a second worker takes over what the first one held
    go_on.set()
    thread.join(10)
    assert not thread.is_alive()
    settled(shop, time_passes)
    assert shop.texts == ["Two days."] * first
    assert [row.state for row in outgoing()] == [State.SENT] * first
    assert at_rest()


def test_two_workers_never_hold_one_conversation(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    busy, together = [0], [0]
    made = attempt.call

    def watched(*args: Any) -> Any:
        busy[0] += 1
        together[0] = max(together[0], busy[0])
        outcome = made(*args)
        busy[0] -= 1
        return outcome

    monkeypatch.setattr(attempt, "call", watched)
    for number in range(5):
        shop.hears(f"price {number}")
    shop.reads()
    pk = Conversation.objects.get().pk

    def work() -> None:
        try:
            turns.take(pk)
        finally:
            connection.close()

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    shop.works()
    assert together == [1]
    assert len(shop.texts) == 5


def test_no_transaction_is_open_while_meta_is_called(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = identity.client(identity.ready(FIRST))
    send, seen = client.send, []

    def watched(*args: Any, **options: Any) -> Any:
        seen.append(connection.in_atomic_block)
        message = Message.objects.get(state=State.SENDING)
        assert Attempt.objects.filter(message=message, outcome="").count() == 1
        return send(*args, **options)

    monkeypatch.setattr(client, "send", watched)
    shop.hears("price")
    shop.works()
    assert seen == [False]


def test_an_engine_that_keeps_failing_fails_that_question_and_the_rest_goes_on(
    shop: Shop, monkeypatch: pytest.MonkeyPatch, time_passes: Clock
) -> None:
    ask, tries = engine.ask, []

    def poisoned(question: engine.Question) -> engine.Answer | engine.NoAnswer:
        if question.text == "poison":
            tries.append(1)
            raise ZeroDivisionError("a bug")
        return ask(question)

    monkeypatch.setattr(engine, "ask", poisoned)
    shop.hears("delivery")
    shop.hears("poison")
    shop.hears("price")
    shop.hears("price", customer="870002")
    for _ in range(8):
        shop.works()
        time_passes(timedelta(seconds=33))
    assert len(tries) == 5
    verdicts = {row.text: row.verdict for row in incoming()}
    assert verdicts == {"delivery": "answered", "poison": "failed", "price": "answered"}
    failed = Message.objects.get(verdict=Verdict.FAILED)
    assert "ZeroDivisionError" in failed.reason
    assert Conversation.objects.get(customer_id="870001").needs_person
    assert sorted(shop.texts) == ["Ten euros.", "Ten euros.", "Two days."]
    assert at_rest()


def test_a_conversation_that_kills_its_workers_gives_up_its_oldest_question(
    shop: Shop, time_passes: Clock
) -> None:
    shop.hears("price", at=timezone.now().timestamp() - 5)
    shop.hears("delivery")
    shop.reads()
    Conversation.objects.update(tries=5)
    shop.works()
    assert [row.verdict for row in incoming()] == [Verdict.FAILED, Verdict.ANSWERED]
    assert shop.texts == ["Two days."]


def test_a_turn_that_keeps_failing_with_nothing_to_give_up_comes_back_much_later(
    shop: Shop, monkeypatch: pytest.MonkeyPatch, time_passes: Clock
) -> None:
    def fails(_: object) -> None:
        raise ZeroDivisionError

    shop.hears("price")
    shop.works()
    conversation = Conversation.objects.get()
    Conversation.objects.wake(conversation.pk, timezone.now())
    monkeypatch.setattr(outbox, "interrupted", fails)
    for _ in range(5):
        shop.works()
        time_passes(timedelta(seconds=33))
    conversation.refresh_from_db()
    assert conversation.due_at is not None
    assert conversation.due_at > timezone.now() + timedelta(minutes=50)
    assert conversation.needs_person
    assert conversation.leased_until is None


def test_questions_are_answered_in_the_order_of_metas_time(shop: Shop) -> None:
    now = timezone.now().timestamp()
    shop.hears("price", at=now - 1)
    shop.hears("delivery", at=now - 2)
    shop.works()
    assert shop.texts == ["Two days.", "Ten euros."]


def test_the_waiting_time_runs_from_the_newest_question(shop: Shop, time_passes: Clock) -> None:
    from shop import tuning

    tuning.put("waiting_seconds", "2")
    shop.hears("price")
    shop.works()
    time_passes(timedelta(seconds=1.5))
    shop.hears("delivery", at=timezone.now().timestamp())
    shop.works()
    time_passes(timedelta(seconds=1.5))
    shop.works()
    assert shop.texts == []
    time_passes(timedelta(seconds=1))
    shop.works()
    assert shop.texts == ["Ten euros.", "Two days."]


def test_an_old_question_is_kept_and_not_answered_by_itself(shop: Shop) -> None:
    shop.hears("price", at=timezone.now().timestamp() - 16 * 60)
    shop.works()
    assert shop.texts == []
    assert incoming()[0].verdict == Verdict.TOO_OLD
    assert "15 minutes" in incoming()[0].reason


def test_every_question_ends_with_one_verdict_and_its_reason(shop: Shop) -> None:
    from rules.models import ResponseRule

    ResponseRule.objects.filter(name="Fallback").delete()
    shop.hears("delivery")
    shop.hears("something else")
    shop.works()
    assert [(row.verdict, row.reason) for row in incoming()] == [
        ("answered", "matched 'delivery' in rule Delivery"),
        ("no_answer", "No rule matched."),
    ]
    assert all(row.decided_at for row in incoming())


def test_processing_and_answering_take_a_constant_number_of_queries(
    shop: Shop, django_assert_max_num_queries: Any
) -> None:
    tuning.put("loop_messages", "0")
    for number in range(30):
        shop.hears(f"price {number}")
    shop.works()
    shop.hears("delivery")
    event = WebhookEvent.objects.latest("pk")
    with django_assert_max_num_queries(10):  # six of them SQLite's BEGIN and COMMIT
        processing.process(event.pk)
    with django_assert_max_num_queries(28):
        turns.take(Conversation.objects.get().pk)
    assert len(shop.texts) == 31


def test_an_account_that_is_named_at_once_is_still_the_only_one(shop: Shop) -> None:
    first = Account.objects.ours()
    Account.objects.update(instagram_id="17841400000000001")
    assert Account.objects.get_or_create(pk=1)[0] == Account.objects.ours() == first
    assert Account.objects.count() == 1


def test_twenty_workers_that_start_at_once_make_one_account(shop: Shop) -> None:
    barrier, found = threading.Barrier(20), []

    def start() -> None:
        try:
            barrier.wait()
            found.append(Account.objects.ours().pk)
        finally:
            connection.close()

    threads = [threading.Thread(target=start) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 20
    assert Account.objects.count() == len(set(found)) == 1
