"""What a customer writes in one go is read together, and each message says what came of it."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from conversations import engine
from conversations.answering import questions
from conversations.answering.bursts import ENOUGH, UNDERSTOOD
from conversations.engine import MOST_ANSWERS
from conversations.inbox import late
from conversations.models import Conversation, Message, State, Verdict
from rules.models import ResponseRule
from tests.support.clock import Clock
from tests.support.points import TURN, KilledError, at_point
from tests.support.shop import Shop, at_rest, incoming, outgoing, settled
from tests.support.talks import MOMENT, comment, says, unsends
from webhooks.models import WebhookEvent
from webhooks.tasks import process_event


def verdicts() -> list[str]:
    return [row.verdict for row in incoming()]


def tap(shop: Shop, title: str) -> None:
    shop.hears_item(
        {"message": {"mid": f"tap-{title}", "text": title, "quick_reply": {"payload": title}}}
    )


def test_each_rule_that_wins_a_message_of_a_burst_answers_once_and_in_order(
    patient: Shop, time_stands: Clock
) -> None:
    says(patient, time_stands, "hi", "price?", "delivery?", "hello??", "shipping")
    assert patient.texts == ["Hello!", "Ten euros.", "Two days."]
    answered, together = Verdict.ANSWERED, Verdict.TOGETHER
    assert verdicts() == [answered, answered, answered, together, together]
    assert incoming()[3].reason == (
        "matched 'hello' in rule Greeting, same answer as for the previous message"
    )
    assert incoming()[4].why["answered_with"] == incoming()[2].pk
    assert at_rest()


def test_the_fallback_is_silent_where_one_message_was_understood(
    patient: Shop, time_stands: Clock
) -> None:
    says(patient, time_stands, "so I wonder", "price?", "well")
    assert patient.texts == ["Ten euros."]
    assert verdicts() == [Verdict.NO_ANSWER, Verdict.ANSWERED, Verdict.NO_ANSWER]
    assert incoming()[0].reason == UNDERSTOOD
    assert not Conversation.objects.get().needs_person


def test_the_fallback_answers_a_burst_once(patient: Shop, time_stands: Clock) -> None:
    says(patient, time_stands, "so I wonder", "whether", "you know")
    assert patient.texts == ["Pardon?"]
    assert verdicts() == [Verdict.FALLBACK] * 3
    assert not Conversation.objects.get().needs_person, "a burst is one question"


def test_at_most_three_answers_leave_and_a_person_is_asked_to_read_the_rest(
    patient: Shop, time_stands: Clock
) -> None:
    for number in range(MOST_ANSWERS + 1):
        ResponseRule.objects.create(name=f"R{number}", keywords=f"word{number}", reply=f"R{number}")
    says(patient, time_stands, *(f"word{number}" for number in range(MOST_ANSWERS + 1)))
    assert patient.texts == ["R0", "R1", "R2"]
    assert (incoming()[3].verdict, incoming()[3].reason) == (Verdict.NO_ANSWER, ENOUGH)
    assert Conversation.objects.get().needs_person


def test_a_message_after_the_silence_is_a_question_of_its_own(
    patient: Shop, time_stands: Clock
) -> None:
    says(patient, time_stands, "hi")
    says(patient, time_stands, "hello")
    assert patient.texts == ["Hello!", "Hello!"]


def test_nobody_waits_longer_than_ten_seconds_however_many_they_write(
    patient: Shop, time_stands: Clock
) -> None:
    for _ in range(9):
        patient.hears("hi")
        patient.works()
        assert patient.texts == []
        time_stands(timedelta(seconds=1.12))
    patient.works()
    assert patient.texts == ["Hello!"]


def test_a_tap_never_waits_and_takes_what_was_written_before_it_along(patient: Shop) -> None:
    patient.hears("hi")
    tap(patient, "price")
    patient.works()
    assert patient.texts == ["Hello!", "Ten euros."]
    assert at_rest()


def test_a_tap_is_answered_in_the_turn_that_begins_with_it(patient: Shop) -> None:
    tap(patient, "price")
    process_event.answer(WebhookEvent.objects.get().pk)
    assert patient.texts == ["Ten euros."]


def test_where_nobody_waits_each_message_is_for_itself(shop: Shop) -> None:
    for text in ("delivery", "shipping", "blah", "delivery"):
        shop.hears(text)
    shop.works()
    assert shop.texts == ["Two days.", "Two days.", "Pardon?", "Two days."]


def test_what_piled_up_for_minutes_is_more_than_one_burst(
    patient: Shop, time_stands: Clock
) -> None:
    start = timezone.now().timestamp() - 600
    for minute, text in enumerate(["hi", "price", "hello"]):
        patient.hears(text, at=start + 60 * minute)
    patient.works()
    time_stands(MOMENT)
    patient.works()
    assert patient.texts == ["Hello!", "Ten euros.", "Hello!"]


def is_decided_while_the_first_is_unsent(
    shop: Shop, monkeypatch: pytest.MonkeyPatch, time_stands: Clock, point: str
) -> None:
    """Two messages for one rule are a burst; the first is unsent at this point of its turn."""
    first = shop.hears("delivery?")
    shop.hears("shipping?")
    shop.reads()
    at_point(monkeypatch, point, lambda: unsends(shop, first))
    time_stands(MOMENT)
    shop.works()


def test_a_message_unsent_while_its_burst_is_decided_leaves_the_others_a_question(
    patient: Shop, monkeypatch: pytest.MonkeyPatch, time_stands: Clock
) -> None:
    is_decided_while_the_first_is_unsent(
        patient, monkeypatch, time_stands, "before the verdict is written"
    )
    assert patient.texts == ["Two days."]
    assert verdicts() == [Verdict.KEPT, Verdict.ANSWERED]
    assert at_rest()


def test_an_unsent_message_keeps_the_answer_that_is_also_for_another(
    patient: Shop, monkeypatch: pytest.MonkeyPatch, time_stands: Clock
) -> None:
    is_decided_while_the_first_is_unsent(
        patient, monkeypatch, time_stands, "before sending is marked"
    )
    assert patient.texts == ["Two days."]


@pytest.mark.parametrize("point", TURN)
def test_a_worker_killed_in_a_burst_loses_nothing_and_repeats_nothing(
    patient: Shop, monkeypatch: pytest.MonkeyPatch, time_stands: Clock, point: str
) -> None:
    def dies() -> None:
        raise KilledError

    for text in ("hi", "price?", "hello"):
        patient.hears(text)
    patient.reads()
    time_stands(MOMENT)
    at_point(monkeypatch, point, dies)
    with pytest.raises(KilledError):
        patient.works()
    settled(patient, time_stands)
    assert patient.texts == ["Hello!", "Ten euros."]
    assert verdicts() == [Verdict.ANSWERED, Verdict.ANSWERED, Verdict.TOGETHER]
    assert [row.state for row in outgoing()] == [State.SENT] * 2
    assert at_rest()


@pytest.mark.parametrize("point", TURN)
def test_a_message_that_arrives_at_any_point_of_a_burst_is_not_lost(
    patient: Shop, monkeypatch: pytest.MonkeyPatch, time_stands: Clock, point: str
) -> None:
    def arrives() -> None:
        patient.hears("delivery")
        patient.reads()

    for text in ("hi", "price?"):
        patient.hears(text)
    patient.reads()
    time_stands(MOMENT)
    at_point(monkeypatch, point, arrives)
    patient.works()
    time_stands(MOMENT)
    patient.works()
    assert patient.texts == ["Hello!", "Ten euros.", "Two days."]
    assert at_rest()


def test_the_past_is_read_only_when_a_rule_asks_for_it(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    def read(*_: Any) -> None:
        raise AssertionError("nobody asked")

    monkeypatch.setattr(questions.Past, "_ours", read)
    shop.hears("price")
    shop.works()
    assert shop.texts == ["Ten euros."]


def test_what_staff_release_does_not_hurry_who_is_writing(
    patient: Shop, time_stands: Clock
) -> None:
    patient.hears("delivery", at=timezone.now().timestamp() - 3600)
    patient.works()
    time_stands(timedelta(minutes=1))
    patient.works()
    assert verdicts() == [Verdict.TOO_OLD]
    patient.hears("how much")
    patient.reads()
    late.answer_late(Message.objects.all())
    patient.works()
    time_stands(timedelta(seconds=1))
    patient.hears("price")
    patient.works()
    assert patient.texts == []
    time_stands(MOMENT)
    patient.works()
    assert patient.texts == ["Two days.", "Ten euros."]


def test_a_comment_makes_nobody_wait_longer(patient: Shop, time_stands: Clock) -> None:
    patient.hears("price")
    patient.works()
    time_stands(timedelta(seconds=1.5))
    comment(patient, "nice")
    time_stands(timedelta(seconds=0.5))
    patient.works()
    assert patient.texts == ["Ten euros."]


def test_only_the_message_that_cannot_be_decided_fails_of_a_burst(
    patient: Shop, monkeypatch: pytest.MonkeyPatch, time_stands: Clock
) -> None:
    ask = engine.ask

    def poisoned(question: engine.Question) -> engine.Answer | engine.NoAnswer:
        if question.text == "poison":
            raise ZeroDivisionError("a bug")
        return ask(question)

    monkeypatch.setattr(engine, "ask", poisoned)
    for text in ("delivery", "poison", "price", "hi"):
        patient.hears(text)
    for _ in range(8):
        patient.works()
        time_stands(timedelta(seconds=33))
    answered = Verdict.ANSWERED
    assert verdicts() == [answered, Verdict.FAILED, answered, answered]
    assert patient.texts == ["Two days.", "Ten euros.", "Hello!"]
    assert at_rest()


# What a customer writes, what is answered, and the beginnings of the verdicts.
PART_OF_A_QUESTION = [
    ("how | much?", ["Ten euros."], "together answered"),
    ("how | much | please", ["Ten euros."], "together answered no_answer"),
    ("hi | how | much?", ["Hello!", "Ten euros."], "answered together answered"),
    ("is Ann in? | how | much?", ["Ten euros."], "no_answer together answered"),
    ("where | is my | order | now", ["On its way."], "together together answered no_answer"),
    ("how | hi | much?", ["Hello!"], "no_answer answered no_answer"),
    ("how much | how | much", ["Ten euros."], "answered together together"),
    ("多 | 少钱", ["Ten euros."], "together answered"),
    ("delivery | time?", ["Two days."], "answered no_answer"),
    ("how | ever", ["Pardon?"], "fallback fallback"),
]


@pytest.mark.parametrize(("texts", "answers", "expected"), PART_OF_A_QUESTION)
def test_what_was_not_understood_alone_is_read_as_one_text(
    patient: Shop, time_stands: Clock, texts: str, answers: list[str], expected: str
) -> None:
    ResponseRule.objects.create(name="Sum", keywords="how much\n多少钱", reply="Ten euros.")
    ResponseRule.objects.create(name="Order", keywords="where is my order", reply="On its way.")
    ResponseRule.objects.create(name="Express", keywords="delivery time", reply="Tomorrow.")
    says(patient, time_stands, *texts.split(" | "))
    assert patient.texts == answers
    assert verdicts() == expected.split()
    assert not Conversation.objects.get().needs_person
    assert at_rest()


# The rule for "gift card" has "lost" among the words that must not occur.
EXCLUDED = [
    ("lost | gift | card", ["Pardon?"], "fallback fallback fallback"),
    ("gift | card | lost", ["Pardon?"], "fallback fallback fallback"),
    ("I | lost | my | gift | card", ["Pardon?"], " ".join(["fallback"] * 5)),
    ("well | gift | card", ["Twenty."], "no_answer together answered"),
    ("hi | gift | card", ["Hello!", "Twenty."], "answered together answered"),
    ("lost | hi | gift | card", ["Hello!", "Twenty."], "no_answer answered together answered"),
    ("who | sells | gift | card", ["Twenty."], "no_answer no_answer together answered"),
]


@pytest.mark.parametrize(("texts", "answers", "expected"), EXCLUDED)
def test_a_word_that_must_not_occur_is_heard_in_the_message_beside(
    patient: Shop, time_stands: Clock, texts: str, answers: list[str], expected: str
) -> None:
    ResponseRule.objects.create(name="Cards", keywords="gift card", never="lost", reply="Twenty.")
    says(patient, time_stands, *texts.split(" | "))
    assert patient.texts == answers
    assert verdicts() == expected.split()
    assert at_rest()


def test_a_part_of_a_question_says_with_which_message_it_was_read(
    patient: Shop, time_stands: Clock
) -> None:
    ResponseRule.objects.create(name="Sum", keywords="how much", reply="Ten euros.")
    says(patient, time_stands, "how", "much?")
    first, last = incoming()
    assert first.reason == "Read as one text with the next message."
    assert first.why["answered_with"] == last.pk
    assert last.reason == (
        "matched 'how much' in rule Sum, read as one text with the message before"
    )


def test_comments_are_never_read_as_one_text(patient: Shop, time_stands: Clock) -> None:
    ResponseRule.objects.create(name="Sum", keywords="how much", reply="10", for_comments=True)
    comment(patient, "how", "c1")
    comment(patient, "much", "c2")
    patient.works()
    time_stands(MOMENT)
    patient.works()
    assert "10" not in patient.texts
