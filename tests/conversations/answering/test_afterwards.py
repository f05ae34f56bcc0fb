"""What an answer does beside being said: a mark, a pause, a label, and the first words."""

import threading
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone
from pytest_django import Settings

from conversations import models, outbox, turns
from conversations.engine import Answer, NoAnswer, Question
from conversations.models import Conversation, State, Verdict
from instagram.content import Card, Cards
from rules.models import ResponseRule
from shop import tuning
from tests.support.clock import Clock
from tests.support.graph import ACCOUNT, error
from tests.support.points import TURN, at_point
from tests.support.shop import Shop, at_rest, incoming, outgoing, settled
from tests.support.talks import comment


def talk() -> Conversation:
    return Conversation.objects.get()


def in_the_app(shop: Shop) -> None:
    """Somebody writes to the customer in the Instagram app."""
    shop.hears_item(
        {
            "sender": {"id": ACCOUNT},
            "recipient": {"id": "870001"},
            "message": {"mid": "app-1", "text": "Here I am", "is_echo": True},
        },
        at=timezone.now().timestamp(),
    )


def person_rule(**fields: Any) -> None:
    given = {"needs_person": True, "pause_hours": 3, "label": "wants a person"} | fields
    ResponseRule.objects.create(
        name="Person", order=1, keywords="human", reply="A\n---\nB", **given
    )


def test_a_rule_asks_for_a_person_pauses_the_bot_and_labels(shop: Shop) -> None:
    person_rule()
    shop.hears("human!")
    shop.works()
    assert shop.texts == ["A", "B"], "what it said before its pause still goes out"
    assert talk().needs_person
    assert [label.name for label in talk().labels.all()] == ["wants a person"]
    assert talk().bot_paused_by == "rule Person"
    shop.hears("price")
    shop.works()
    assert len(shop.texts) == 2
    assert incoming()[-1].reason == "Bot paused by rule Person."


@pytest.fixture
def held_back(shop: Shop, settings: Settings) -> None:
    """The answer of a rule that pauses was refused, and waits two seconds for its next try."""
    settings.RETRY_FIRST = 2
    person_rule()
    shop.graph.faults.append(error(2018321))
    shop.hears("human!")
    shop.works()
    assert shop.texts == []


def test_what_failed_before_the_pause_is_tried_again_in_it(
    shop: Shop, held_back: None, time_passes: Clock
) -> None:
    time_passes(timedelta(seconds=2))
    shop.works()
    assert shop.texts == ["A", "B"]


def test_a_person_who_takes_over_ends_the_last_word_too(
    shop: Shop, held_back: None, time_passes: Clock
) -> None:
    outbox.reply(talk().pk, "I am Anna.", "anna", "t1")
    time_passes(timedelta(seconds=2))
    shop.works()
    assert shop.texts == ["I am Anna."]
    assert talk().last_word_at is None


def test_a_message_in_the_app_stops_what_the_rule_had_still_to_say(
    shop: Shop, held_back: None, time_passes: Clock
) -> None:
    time_passes(timedelta(seconds=10))
    in_the_app(shop)
    shop.works()
    assert shop.texts == []
    assert {row.state for row in outgoing() if row.origin == "bot"} == {State.CANCELLED}


def test_what_was_asked_after_it_in_the_same_turn_is_left_to_the_person(shop: Shop) -> None:
    person_rule()
    shop.hears("human!")
    shop.hears("price")
    shop.works()
    assert shop.texts == ["A", "B"]
    assert incoming()[-1].verdict == Verdict.PAUSED


@pytest.mark.parametrize("point", TURN)
def test_a_rule_that_pauses_never_speaks_over_staff_who_reply_at_any_point(
    shop: Shop, monkeypatch: pytest.MonkeyPatch, time_passes: Clock, point: str
) -> None:
    def anna_replies() -> None:
        outbox.reply(talk().pk, "I am Anna.", "anna", "t1")

    person_rule()
    shop.hears("human!")
    shop.reads()
    at_point(monkeypatch, point, anna_replies)
    settled(shop, time_passes)
    after = shop.texts[shop.texts.index("I am Anna.") + 1 :]
    assert after == []
    assert shop.texts[:-1] in ([], ["A"], ["A", "B"])
    assert at_rest()


@pytest.mark.parametrize("point", TURN)
def test_a_rule_that_pauses_never_speaks_over_somebody_in_the_app_at_any_point(
    shop: Shop, monkeypatch: pytest.MonkeyPatch, time_passes: Clock, point: str
) -> None:
    def somebody_writes() -> None:
        written.append(len(shop.texts))
        in_the_app(shop)
        shop.reads()

    written: list[int] = []
    person_rule()
    shop.hears("human!", at=timezone.now().timestamp() - 30)
    shop.reads()
    at_point(monkeypatch, point, somebody_writes)
    settled(shop, time_passes)
    # What was being sent at that moment may still arrive.
    assert len(shop.texts) <= written[0] + 1
    assert talk().bot_paused_by != "rule Person" or len(shop.texts) == 2
    assert at_rest()


def test_the_longest_pause_of_a_burst_counts(shop: Shop, time_passes: Clock) -> None:
    tuning.put("waiting_seconds", "2")
    person_rule()
    ResponseRule.objects.filter(name="Price").update(pause_hours=1)
    shop.hears("human!")
    shop.hears("price")
    shop.works()
    time_passes(timedelta(seconds=2))
    shop.works()
    assert shop.texts == ["A", "B", "Ten euros."]
    until = talk().bot_paused_until
    assert until is not None
    assert timedelta(hours=2, minutes=59) < until - timezone.now() <= timedelta(hours=3)


class Silent:
    def answer(self, question: Question) -> Answer | NoAnswer | None:
        if question.text == "quiet":
            return NoAnswer("Not for me.", final=True, needs_person=True, why={"asked": 1})
        return NoAnswer("Not for me.", why={"asked": 1})


def test_an_engine_may_keep_silent_for_all_or_leave_it_to_the_next(
    shop: Shop, settings: Settings
) -> None:
    settings.RESPONSE_ENGINES = [f"{__name__}.Silent", "rules.engine.RuleEngine"]
    shop.hears("price")
    shop.works()
    assert shop.texts == ["Ten euros."]
    assert not talk().needs_person
    shop.hears("quiet")
    shop.works()
    assert shop.texts == ["Ten euros."]
    last = incoming()[-1]
    assert (last.verdict, last.reason) == (Verdict.NO_ANSWER, "Not for me.")
    assert last.why == {"asked": 1}
    assert talk().needs_person


def test_customers_who_get_the_same_new_label_at_once_do_not_stop_each_other(
    shop: Shop,
) -> None:
    person_rule(pause_hours=0)
    for number in range(8):
        shop.hears("human!", customer=f"87000{number}")
    shop.reads()
    barrier = threading.Barrier(8)

    def work(conversation: int) -> None:
        barrier.wait()
        turns.take(conversation)
        connection.close()

    pks = Conversation.objects.values_list("pk", flat=True)
    threads = [threading.Thread(target=work, args=[pk]) for pk in pks]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    shop.works()
    assert sorted(shop.texts) == ["A"] * 8 + ["B"] * 8
    assert Conversation.objects.filter(labels=models.Label.objects.get()).count() == 8


class Wordy:
    def answer(self, question: Question) -> Answer:
        return Answer(("Yes.",), "always", label="l" * 51, by="b" * 256, pause_hours=1)


def test_an_engine_may_say_more_than_there_is_room_for(shop: Shop, settings: Settings) -> None:
    settings.RESPONSE_ENGINES = [f"{__name__}.Wordy"]
    shop.hears("price")
    shop.works()
    assert shop.texts == ["Yes."]
    assert talk().labels.get().name == "l" * 50


class OnlyCards:
    def answer(self, question: Question) -> Answer:
        return Answer((Cards((Card("Coat", "Warm"),)),), "showed coats")


def test_a_comment_that_gets_no_text_is_not_answered(shop: Shop, settings: Settings) -> None:
    settings.RESPONSE_ENGINES = [f"{__name__}.OnlyCards"]
    comment(shop)
    assert outgoing() == []
    assert incoming()[0].verdict == Verdict.NO_ANSWER
    assert (
        incoming()[0].reason
        == "showed coats, but a comment can only get a text, and this rule has none."
    )


def test_an_unsent_message_leaves_nothing_of_its_words(shop: Shop) -> None:
    ResponseRule.objects.filter(name="Delivery").update(typos=1)
    mid = shop.hears("my secret delivry")
    shop.works()
    assert incoming()[0].why["typo"] == ["delivry", "delivery"]
    shop.hears_item({"message": {"mid": mid, "is_deleted": True}})
    shop.works()
    row = incoming()[0]
    assert (row.text, row.why) == ("", {})
    assert "delivry" not in row.reason
