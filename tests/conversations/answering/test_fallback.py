"""What nobody understood: the fallback's manners, and when a person is asked."""

from datetime import timedelta

import pytest
from pytest_django import Settings

from conversations import outbox
from conversations.answering.bursts import UNDERSTOOD
from conversations.answering.verdicts import TWICE
from conversations.engine import Answer, NoAnswer, Question
from conversations.models import Conversation, Message, State, Verdict
from rules.engine.answer import NONE_APPLIES
from rules.models import ResponseRule
from shop import tuning
from tests.support.clock import Clock
from tests.support.shop import Shop, incoming
from tests.support.talks import another_tool_replies, says


def talk() -> Conversation:
    return Conversation.objects.get()


def test_the_fallback_is_said_once_in_twelve_hours_and_then_a_person_is_asked(
    patient: Shop, time_passes: Clock
) -> None:
    says(patient, time_passes, "blah")
    assert not Conversation.objects.get().needs_person
    says(patient, time_passes, "hi")
    says(patient, time_passes, "blub")
    assert patient.texts == ["Pardon?", "Hello!"]
    assert Conversation.objects.get().needs_person
    assert incoming()[-1].verdict == Verdict.NO_ANSWER
    assert (
        "already sent just now (limit: once per 12 h). Flagged for the team."
        in incoming()[-1].reason
    )
    time_passes(timedelta(hours=12))
    says(patient, time_passes, "blah")
    assert patient.texts == ["Pardon?", "Hello!", "Pardon?"]


def test_a_fallback_that_was_never_sent_was_not_said(patient: Shop, time_passes: Clock) -> None:
    says(patient, time_passes, "blah")
    Message.objects.filter(text="Pardon?").update(state=State.FAILED)
    says(patient, time_passes, "blub")
    assert patient.texts == ["Pardon?", "Pardon?"]


def test_zero_hours_always_say_the_fallback_and_two_in_a_row_ask_for_a_person(
    patient: Shop, time_passes: Clock
) -> None:
    tuning.put("fallback_hours", "0")
    says(patient, time_passes, "blah")
    assert not Conversation.objects.get().needs_person
    says(patient, time_passes, "blub")
    assert patient.texts == ["Pardon?", "Pardon?"]
    assert Conversation.objects.get().needs_person
    assert (
        incoming()[-1].reason
        == f"no other rule applied, so the fallback replied: rule Fallback. {TWICE}"
    )


def test_two_unanswered_with_an_answer_between_are_not_in_a_row(
    patient: Shop, time_passes: Clock
) -> None:
    ResponseRule.objects.filter(name="Fallback").delete()
    for text in ("blah", "hi", "blub"):
        says(patient, time_passes, text)
    assert not Conversation.objects.get().needs_person
    says(patient, time_passes, "bluh")
    assert Conversation.objects.get().needs_person
    assert incoming()[-1].reason == TWICE


def test_what_a_person_has_dealt_with_is_not_in_a_row(patient: Shop, time_passes: Clock) -> None:
    ResponseRule.objects.filter(name="Fallback").delete()
    says(patient, time_passes, "blah")
    outbox.reply(Conversation.objects.get().pk, "I am Anna.", "anna", "t1")
    time_passes(timedelta(hours=13))
    says(patient, time_passes, "blub")
    assert patient.texts == ["I am Anna."]
    assert not Conversation.objects.get().needs_person


def test_a_burst_of_which_one_message_was_answered_is_not_without_an_answer(
    patient: Shop, time_passes: Clock
) -> None:
    tuning.put("fallback_hours", "0")
    says(patient, time_passes, "price?", "thanks in advance")
    says(patient, time_passes, "blah")
    assert not talk().needs_person
    assert TWICE not in incoming()[-1].reason


def test_the_automatic_message_of_another_tool_is_no_answer(shop: Shop) -> None:
    ResponseRule.objects.filter(name="Fallback").delete()
    for number in range(2):
        shop.hears("blah")
        another_tool_replies(shop, f"auto-{number}")
    assert talk().needs_person


def test_a_fallback_that_keeps_silent_beside_an_answer_asks_for_nobody(
    patient: Shop, time_passes: Clock
) -> None:
    says(patient, time_passes, "blah")
    says(patient, time_passes, "blub", "price?")
    assert patient.texts == ["Pardon?", "Ten euros."]
    assert incoming()[1].reason == UNDERSTOOD
    assert not talk().needs_person


def test_a_fallback_that_is_not_said_does_nothing_else(patient: Shop, time_passes: Clock) -> None:
    ResponseRule.objects.filter(name="Fallback").update(needs_person=True)
    says(patient, time_passes, "blub", "price?")
    assert patient.texts == ["Ten euros."]
    assert not talk().needs_person


class Watchful:
    """Sees what is for a person, and what it shall not answer."""

    def answer(self, question: Question) -> Answer | NoAnswer | None:
        if question.text == "angry":
            return NoAnswer("The customer is angry.", final=True, needs_person=True)
        if question.text == "quiet":
            return NoAnswer("Not for me.", final=True)
        return None


@pytest.fixture
def watchful(patient: Shop, settings: Settings) -> Shop:
    settings.RESPONSE_ENGINES = [f"{__name__}.Watchful", "rules.engine.RuleEngine"]
    return patient


def test_an_engine_that_asks_for_a_person_gets_one_beside_an_answer_too(
    watchful: Shop, time_passes: Clock
) -> None:
    says(watchful, time_passes, "hi", "angry")
    assert watchful.texts == ["Hello!"]
    assert talk().needs_person


def test_the_reason_stays_beside_the_call_for_a_person(watchful: Shop, time_passes: Clock) -> None:
    says(watchful, time_passes, "quiet")
    says(watchful, time_passes, "quiet")
    assert incoming()[-1].reason == f"Not for me. {TWICE}"


def test_the_last_message_of_a_burst_still_says_what_answers_it(
    patient: Shop, time_passes: Clock
) -> None:
    tuning.put("fallback_hours", "0")
    says(patient, time_passes, "blah")
    says(patient, time_passes, "blah", "blub")
    assert incoming()[-1].reason == (
        "no other rule applied, so the fallback replied: rule Fallback,"
        f" same answer as for the previous message. {TWICE}"
    )


def test_where_a_rule_fits_and_may_not_answer_it_is_not_said_that_none_matched(
    shop: Shop,
) -> None:
    ResponseRule.objects.filter(name="Fallback").delete()
    ResponseRule.objects.filter(name="Price").update(never="wholesale")
    shop.hears("price wholesale")
    shop.works()
    row = incoming()[0]
    assert (row.verdict, row.reason) == (Verdict.NO_ANSWER, NONE_APPLIES)
    assert row.why["lost"] == [
        ["Price", "The message also contains 'wholesale', which this rule excludes."]
    ]


def test_a_rule_of_which_nothing_is_left_to_say_is_named(shop: Shop) -> None:
    ResponseRule.objects.filter(name="Fallback").delete()
    ResponseRule.objects.filter(name="Price").update(reply="{username}")
    shop.hears("price")
    shop.works()
    assert incoming()[0].reason == "matched 'price' in rule Price, but the reply is empty."
