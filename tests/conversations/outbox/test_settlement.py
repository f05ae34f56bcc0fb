"""A send that nobody confirmed: found in the thread, sent once more, or left to staff."""

from datetime import timedelta

import pytest
from django.utils import timezone
from pytest_django import Settings

from conversations import outbox
from conversations.models import Account, Conversation, Message, State
from conversations.outbox import attempt as call
from conversations.outbox.retry import Next
from instagram.errors import Reply
from tests.support.clock import Clock
from tests.support.graph import HANG, HTML_502, RESET, Sent, error
from tests.support.shop import Shop, at_rest, outgoing

LOST = HTML_502  # refused by a proxy on the way: nothing was sent
LOOK = "/v26.0/me/conversations?platform=instagram&user_id="


def states() -> list[str]:
    return [row.state for row in outgoing()]


def looks(shop: Shop) -> int:
    return sum(LOOK in one for one in shop.graph.calls)


@pytest.mark.parametrize("fault", [HANG, RESET])
def test_what_arrived_is_found_in_the_thread(shop: Shop, time_stands: Clock, fault: str) -> None:
    shop.graph.faults.append(fault)
    shop.hears("price")
    shop.hears("delivery")
    shop.works()
    assert states() == [State.UNKNOWN, State.QUEUED]
    shop.settles(time_stands)
    assert states() == [State.SENT, State.SENT]
    assert shop.texts == ["Ten euros.", "Two days."]
    assert outgoing()[0].mid == shop.graph.sent[0].mid
    assert at_rest()


def test_what_two_clean_reads_do_not_show_is_sent_once_more(shop: Shop, time_stands: Clock) -> None:
    shop.graph.faults.append(LOST)
    shop.hears("price")
    shop.hears("delivery")
    shop.works()
    time_stands(timedelta(seconds=1))
    outbox.settle_next()
    shop.works()
    assert shop.texts == [], "one read is not enough"
    shop.settles(time_stands)
    assert shop.texts == ["Ten euros.", "Two days."], "and in order"
    assert states() == [State.SENT, State.SENT]
    assert outgoing()[0].sent_again


def test_it_is_sent_once_more_only_once(shop: Shop, time_stands: Clock, settings: Settings) -> None:
    shop.graph.faults.extend([LOST, LOST])
    shop.hears("price")
    shop.works()
    for _ in range(4):
        shop.settles(time_stands)
    assert shop.texts == []
    assert states() == [State.UNKNOWN]
    assert Conversation.objects.get().needs_person
    assert sum(one.startswith("POST") for one in shop.graph.calls) == 2


def test_the_echo_of_what_is_to_be_sent_once_more_comes_first(
    shop: Shop, time_stands: Clock
) -> None:
    shop.graph.faults.append(RESET)
    shop.hears("price")
    shop.works()
    Message.objects.filter(state=State.UNKNOWN).update(state=State.QUEUED, sent_again=True)
    shop.hears_echo(shop.graph.sent[0])
    shop.works()
    assert states() == [State.SENT]
    assert shop.texts == ["Ten euros."]


def test_a_read_that_does_not_reach_back_to_the_call_proves_nothing(
    shop: Shop, time_stands: Clock
) -> None:
    shop.graph.faults.append(LOST)
    shop.hears("price")
    shop.works()
    shop.graph.heard.clear()  # Meta lists nothing, as for a thread in Requests
    for _ in range(3):
        shop.settles(time_stands)
    assert states() == [State.UNKNOWN]
    assert shop.texts == []
    assert outgoing()[0].looks == 0


@pytest.mark.parametrize("answer", [error(2, status=500), HTML_502, error(613)])
def test_a_read_that_fails_is_done_again(
    shop: Shop, time_stands: Clock, answer: tuple[int, str, bytes]
) -> None:
    shop.graph.faults.append(RESET)
    shop.hears("price")
    shop.works()
    shop.graph.always = answer
    time_stands(timedelta(seconds=1))
    outbox.settle_next()
    assert states() == [State.UNKNOWN]
    shop.graph.always = None
    shop.settles(time_stands)
    assert states() == [State.SENT]


def test_the_same_words_sent_before_are_not_taken_for_it(shop: Shop, time_stands: Clock) -> None:
    shop.hears("price")
    shop.works()
    shop.graph.faults.append(LOST)
    shop.hears("price")
    shop.works()
    assert states() == [State.SENT, State.UNKNOWN]
    shop.settles(time_stands)
    assert shop.texts == ["Ten euros.", "Ten euros."]


def test_the_same_words_sent_afterwards_are_not_taken_for_it(
    shop: Shop, time_stands: Clock, settings: Settings
) -> None:
    shop.graph.faults.append(LOST)
    shop.hears("price")
    shop.hears("price")
    shop.works()
    time_stands(settings.UNKNOWN_HOLDS + timedelta(seconds=1))
    shop.works()
    assert states() == [State.UNKNOWN, State.SENT]
    # Its outcome is being written down: who reads the thread now does not know its mid.
    Message.objects.filter(state=State.SENT).update(mid=None)
    shop.settles(time_stands)
    assert states()[0] == State.UNKNOWN
    assert shop.texts == ["Ten euros."], "later answers have left: it is not sent after them"


def test_a_person_who_answered_meanwhile_stops_it(shop: Shop, time_stands: Clock) -> None:
    shop.graph.faults.append(LOST)
    shop.hears("price", at=timezone.now().timestamp() - 10)
    shop.works()
    person = Sent("870001", "It is ten.", "", "aWdfAPP", timezone.now().timestamp())
    shop.hears_echo(person)
    shop.settles(time_stands)
    assert shop.texts == []
    assert states() == [State.CANCELLED, State.SENT]


def test_windows_that_close_first_are_looked_at_first(
    shop: Shop, settings: Settings, time_stands: Clock
) -> None:
    settings.LOOK_EVERY = timedelta(minutes=1)
    shop.graph.faults.extend([RESET, RESET])
    now = timezone.now().timestamp()
    shop.hears("price", customer="870001", at=now)
    shop.hears("price", customer="870002", at=now - 60)
    shop.works()
    time_stands(timedelta(seconds=2))
    outbox.settle_next()
    outbox.settle_next()
    assert looks(shop) == 1, "one look in a slot"
    assert Message.objects.get(conversation__customer_id="870002", origin="bot").state == "sent"


def test_a_resting_account_reads_nothing(shop: Shop, time_stands: Clock) -> None:
    shop.graph.faults.append(RESET)
    shop.hears("price")
    shop.works()
    Account.objects.update(paused_until=timezone.now() + timedelta(hours=1), pause="throttled")
    time_stands(timedelta(seconds=2))
    outbox.settle_next()
    assert looks(shop) == 0


def test_two_processes_look_once(shop: Shop, time_stands: Clock) -> None:
    shop.graph.faults.append(RESET)
    shop.hears("price")
    shop.works()
    time_stands(timedelta(seconds=1))
    outbox.settle_next()
    Account.objects.update(next_look_at=None)
    outbox.settle_next()
    assert looks(shop) == 1


def test_a_late_200_wins_over_what_was_to_be_sent_once_more(shop: Shop) -> None:
    shop.graph.faults.append(LOST)
    shop.hears("price")
    shop.works()
    row = outgoing()[0]
    Message.objects.filter(pk=row.pk).update(state=State.QUEUED, sent_again=True)
    attempt = row.attempts.get()
    assert row.called_at is not None
    marked = call.Marked(row, attempt.pk, row.called_at)
    call.write_outcome(
        row.conversation, marked, call.Outcome(Next(State.SENT), 1, Reply(200), 1, "aWdfLate")
    )
    shop.works()
    assert states() == [State.SENT]
    assert shop.texts == []
