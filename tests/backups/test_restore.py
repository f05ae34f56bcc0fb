"""Messages are answered after a backup, and it is restored: no answer twice, nothing lost."""

from datetime import timedelta
from pathlib import Path

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from audit import guard
from audit.models import Entry
from conversations import hold, outbox
from conversations.account import pause as account_pause
from conversations.models import (
    FIRST,
    PUBLIC_REPLY,
    Account,
    Conversation,
    Message,
    Origin,
    State,
    Verdict,
)
from conversations.outbox import comparison
from conversations.search import Words, find
from rules.models import ResponseRule
from shop import tuning
from tests.support import missed
from tests.support.backups import back_up, bring_back, compares, forget, lifts, looks
from tests.support.clock import Clock
from tests.support.graph import RESET, error
from tests.support.shop import Shop, incoming, outgoing
from tests.support.talks import comment

MINUTE = timedelta(minutes=1)


@pytest.fixture
def watched(shop: Shop, time_passes: Clock) -> Shop:
    """A shop that knows who it is, and whose threads have the ids of webhooks."""
    missed.begins(time_passes)
    return shop


def goes_on(shop: Shop, time_passes: Clock) -> None:
    """All that a worker and a person do after a restore."""
    compares(shop, time_passes)
    looks(time_passes)
    assert [one.is_ready for one in hold.holds()] == [True]
    assert lifts() == 0
    shop.works()


def test_the_audit_log_comes_back_with_it_and_tells_of_the_restore(
    shop: Shop, tmp_path: Path
) -> None:
    tuning.put("pause_hours", "5")
    backup = back_up(tmp_path)
    tuning.put("pause_hours", "6")
    bring_back(backup)
    said = list(Entry.objects.order_by("pk").values_list("says", flat=True))
    assert said[-2].endswith(" to 5")
    assert said[-1].startswith("restored the backup of ")
    assert guard.is_up()
    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("DELETE FROM audit_entry")


def test_a_question_that_was_answered_after_the_backup_is_not_answered_again(
    watched: Shop, tmp_path: Path, time_passes: Clock
) -> None:
    watched.hears("price?")
    watched.reads()  # and nobody has decided
    backup = back_up(tmp_path)
    watched.works()
    assert watched.texts == ["Ten euros."]
    time_passes(3 * MINUTE)
    bring_back(backup)
    goes_on(watched, time_passes)
    assert watched.texts == ["Ten euros."]
    [answer] = outgoing()
    assert (answer.state, answer.mid) == (State.SENT, watched.graph.sent[0].mid)


def test_an_event_that_nobody_had_read_is_not_answered_again(
    watched: Shop, tmp_path: Path, time_passes: Clock
) -> None:
    watched.hears("price?")
    backup = back_up(tmp_path)
    watched.works()
    time_passes(3 * MINUTE)
    bring_back(backup)
    goes_on(watched, time_passes)
    assert watched.texts == ["Ten euros."]
    assert [one.state for one in outgoing()] == [State.SENT]


def test_a_question_that_nobody_answered_is_answered_once_sending_goes_on(
    watched: Shop, tmp_path: Path, time_passes: Clock
) -> None:
    watched.hears("price?")
    watched.reads()
    backup = back_up(tmp_path)
    bring_back(backup)
    compares(watched, time_passes)
    assert watched.texts == []
    looks(time_passes)
    assert lifts() == 0
    watched.works()
    assert watched.texts == ["Ten euros."]


def test_what_customers_write_while_sending_is_held_is_answered_afterwards(
    watched: Shop, tmp_path: Path, time_passes: Clock
) -> None:
    watched.hears("price?", "870009")
    watched.works()
    backup = back_up(tmp_path)
    time_passes(5 * MINUTE)
    bring_back(backup)
    time_passes(2 * MINUTE)
    watched.hears("delivery?")
    watched.works()
    assert watched.texts == ["Ten euros."]
    goes_on(watched, time_passes)
    assert watched.texts == ["Ten euros.", "Two days."]


def test_a_send_that_was_under_way_is_found_in_its_thread(
    watched: Shop, tmp_path: Path, time_passes: Clock
) -> None:
    watched.graph.faults.append(RESET)  # it arrives, and nobody is told
    watched.hears("price?")
    watched.works()
    assert [one.state for one in outgoing()] == [State.UNKNOWN]
    backup = back_up(tmp_path)
    time_passes(timedelta(hours=1))
    bring_back(backup)
    goes_on(watched, time_passes)
    assert watched.texts == ["Ten euros."]
    assert [one.state for one in outgoing()] == [State.SENT]
    assert not Conversation.objects.get().needs_person


def queues(shop: Shop, text: str = "price?", customer: str = missed.CUSTOMER) -> None:
    """An answer is written and waits: Instagram cannot be reached."""
    Account.objects.update(pause="throttled", paused_until=timezone.now() + timedelta(hours=9))
    forget()
    shop.hears(text, customer)
    shop.works()
    assert outgoing()[-1].state == State.QUEUED


def sends_after_all(shop: Shop, time_passes: Clock) -> None:
    account_pause.end(FIRST)
    forget()
    shop.works()
    time_passes(3 * MINUTE)


def test_what_was_queued_and_sent_after_the_backup_is_recognised(
    watched: Shop, tmp_path: Path, time_passes: Clock
) -> None:
    queues(watched)
    backup = back_up(tmp_path)
    sends_after_all(watched, time_passes)
    bring_back(backup)
    account_pause.end(FIRST)  # it is not what holds messages back now
    goes_on(watched, time_passes)
    assert watched.texts == ["Ten euros."]


def test_what_staff_had_queued_is_held_and_compared_too(
    watched: Shop, tmp_path: Path, time_passes: Clock
) -> None:
    watched.hears("price?")
    watched.works()
    Account.objects.update(pause="throttled", paused_until=timezone.now() + timedelta(hours=9))
    for text in ("Which colour?", "Blue is sold out."):
        outbox.reply(Conversation.objects.get().pk, text, "anna", text)
    watched.works()
    backup = back_up(tmp_path)
    account_pause.end(FIRST)
    forget()
    [first, _] = outgoing()[1:]
    outbox.cancel(Message.objects.exclude(pk=first.pk).filter(state=State.QUEUED), "anna")
    watched.works()
    assert watched.texts == ["Ten euros.", "Which colour?"]
    time_passes(3 * MINUTE)
    bring_back(backup)
    account_pause.end(FIRST)
    compares(watched, time_passes)
    assert watched.texts == ["Ten euros.", "Which colour?"], "held, whoever wrote it"
    lifts()
    watched.works()
    assert watched.texts == ["Ten euros.", "Which colour?", "Blue is sold out."]


def test_where_something_else_was_said_since_a_person_decides(
    watched: Shop, tmp_path: Path, time_passes: Clock
) -> None:
    queues(watched)
    backup = back_up(tmp_path)
    missed.loses_echo(watched, "It is eleven euros now.")
    time_passes(3 * MINUTE)
    bring_back(backup)
    account_pause.end(FIRST)
    goes_on(watched, time_passes)
    assert watched.texts == ["It is eleven euros now."]
    [answer] = [one for one in outgoing() if one.origin == Origin.BOT]
    assert (answer.state, answer.error) == (State.CANCELLED, comparison.SAID_SINCE)


def test_what_cannot_be_compared_is_left_to_staff_when_sending_goes_on(
    watched: Shop, tmp_path: Path, time_passes: Clock
) -> None:
    queues(watched)
    backup = back_up(tmp_path)
    bring_back(backup)
    account_pause.end(FIRST)
    watched.graph.read_faults.extend([error(2, status=500)] * 100)
    compares(watched, time_passes)
    assert [one.to_compare for one in hold.holds()] == [1]
    assert lifts() == 1
    watched.works()
    assert watched.texts == []
    [answer] = outgoing()
    assert (answer.state, answer.error) == (State.FAILED, comparison.FROM_BACKUP)
    assert Conversation.objects.get().waiting_since is not None
    outbox.resend(Message.objects.filter(pk=answer.pk), "anna")
    watched.works()
    assert watched.texts == ["Ten euros."], "a person wants it sent"


def test_a_question_of_before_that_comes_after_the_hold_is_compared_first(
    watched: Shop, tmp_path: Path, time_passes: Clock
) -> None:
    """Meta tells once more of what the lost database had taken and answered."""
    watched.hears("delivery?", "870002")
    watched.works()
    backup = back_up(tmp_path)
    time_passes(MINUTE)
    asked_at = timezone.now().timestamp()
    watched.hears("price?", mid="aWdfAgain", at=asked_at)
    watched.works()
    bring_back(backup)
    lifts()
    watched.graph.heard.pop()  # it stands there once
    watched.hears("price?", mid="aWdfAgain", at=asked_at)
    watched.works()
    assert watched.texts == ["Two days.", "Ten euros."]
    compares(watched, time_passes)
    assert watched.texts == ["Two days.", "Ten euros."]
    assert [one.state for one in outgoing()] == [State.SENT, State.SENT]


def test_what_came_after_the_backup_is_found_answered_or_waiting(
    watched: Shop, tmp_path: Path, time_passes: Clock
) -> None:
    watched.hears("delivery?")
    watched.works()
    time_passes(MINUTE)
    backup = back_up(tmp_path)
    time_passes(MINUTE)
    watched.hears("price?", "870002")
    watched.works()
    missed.loses(watched, "And the colour?", "870003")  # it came, and the machine died
    time_passes(5 * MINUTE)
    bring_back(backup)
    goes_on(watched, time_passes)
    assert watched.texts == ["Two days.", "Ten euros."]
    found = {one.text: (one.verdict, one.done_at is None) for one in incoming()}
    assert found == {
        "delivery?": (Verdict.ANSWERED, True),
        "price?": (Verdict.PAUSED, False),
        "And the colour?": (Verdict.TOO_OLD, True),
    }
    waiting = Conversation.objects.exclude(waiting_since=None)
    assert [one.customer_id for one in waiting] == ["870003"]


def test_a_comment_that_was_not_answered_below_is_left_to_staff(
    watched: Shop, tmp_path: Path, time_passes: Clock
) -> None:
    ResponseRule.objects.create(
        name="Below",
        order=5,
        keywords="nice",
        reply="Hi!",
        for_comments=True,
        public_reply="Thanks!",
    )
    Account.objects.update(pause="throttled", paused_until=timezone.now() + timedelta(hours=9))
    forget()
    comment(watched, "nice", number="1801")
    watched.works()
    queued = [one.kind for one in outgoing() if one.state == State.QUEUED]
    assert PUBLIC_REPLY in queued
    backup = back_up(tmp_path)
    bring_back(backup)
    account_pause.end(FIRST)
    compares(watched, time_passes)
    below = Message.objects.get(kind=PUBLIC_REPLY)
    assert (below.state, below.error) == (State.FAILED, comparison.BELOW_COMMENT)
    lifts()
    watched.works()
    assert watched.texts == []


def test_new_messages_get_no_number_that_went_out_before(
    watched: Shop, tmp_path: Path, time_passes: Clock
) -> None:
    watched.hears("price?")
    watched.works()
    backup = back_up(tmp_path)
    last = Message.objects.latest("pk").pk
    bring_back(backup)
    watched.hears("delivery?", "870002")
    watched.works()
    assert Message.objects.latest("pk").pk > last + 1_000_000
    assert Conversation.objects.latest("pk").pk == Conversation.objects.earliest("pk").pk + 1


def test_what_was_restored_is_found_by_its_words(
    watched: Shop, tmp_path: Path, time_passes: Clock
) -> None:
    watched.hears("price of the red vase?")
    watched.works()
    backup = back_up(tmp_path)
    bring_back(backup)
    assert find(Words("vase")) == [Conversation.objects.get().pk]
