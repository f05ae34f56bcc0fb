"""What a change of the rules would have done to what customers wrote."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from conversations.models import Conversation, Message, Verdict
from rules import recent
from rules.checks.replay import (
    UNSAVED,
    Difference,
    Replay,
    SavedRules,
    ask_again,
    pick_examples,
    replay,
    with_change,
)
from rules.engine.decision import Rules, decide
from rules.models import ResponseRule
from tests.rules.checks.drafts import CHOICES, PHRASES, WORDS, prepare, rules_of
from tests.rules.factories import make_rule
from tests.support.talks import ask, make_conversation, queries, say

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 11, 24, 10, 0, tzinfo=UTC)


def changed(rule: ResponseRule) -> Replay:
    """What it would do to the last 30 days if this rule were saved."""
    before = Rules.of(ResponseRule.objects.active().prefetch_related("cards"))
    after = Rules.of(with_change(before.by_id.values(), rule))
    asked = ask_again(recent.read_questions(timezone.now()).messages)
    return replay(SavedRules(before), after, rule.pk, asked)


def said(changes: Sequence[Difference]) -> list[tuple[str, str, str]]:
    return [
        (
            change.message.text,
            change.before.name if change.before else "-",
            change.after.name if change.after else "-",
        )
        for change in changes
    ]


@pytest.fixture
def talk() -> Conversation:
    return make_conversation("maria")


@pytest.fixture
def delivery(talk: Conversation) -> ResponseRule:
    for text in ("delivery?", "shipping?", "price of delivery?", "hello"):
        ask(talk, text)
    make_rule("Price", "price", order=20)
    make_rule("Fallback", match="fallback")
    return make_rule("Delivery", "delivery", order=30)


def test_a_word_more_gains_what_only_the_fallback_answered(delivery: ResponseRule) -> None:
    delivery.keywords = "delivery\nshipping"
    found = changed(delivery)
    assert (found.before, found.after) == (1, 2)
    assert said(found.gained) == [("shipping?", "Fallback", "Delivery")]
    assert not found.lost
    assert not found.swapped


def test_a_word_less_loses_and_a_lower_order_swaps(delivery: ResponseRule) -> None:
    delivery.keywords, delivery.order = "price of", 5
    found = changed(delivery)
    assert (found.before, found.after) == (1, 1)
    assert said(found.lost) == [("delivery?", "Delivery", "Fallback")]
    assert said(found.swapped) == [("price of delivery?", "Price", "Delivery")]
    assert not found.gained


def test_a_rule_that_is_switched_off_loses_all_it_had(delivery: ResponseRule) -> None:
    delivery.active = False
    found = changed(delivery)
    assert (found.before, found.after) == (1, 0)
    assert said(found.lost) == [("delivery?", "Delivery", "Fallback")]


def test_a_new_rule_is_the_youngest(delivery: ResponseRule) -> None:
    rule = ResponseRule(pk=UNSAVED, name="New", keywords="delivery\nhello", order=30, reply="x")
    found = changed(rule)
    assert (found.before, found.after) == (0, 1)
    assert said(found.gained) == [("hello", "Fallback", "New")]


def test_an_answer_in_other_words_changes_nothing(delivery: ResponseRule) -> None:
    delivery.reply = "Tomorrow."
    found = changed(delivery)
    assert (found.before, found.after) == (1, 1)
    assert not found.gained + found.lost + found.swapped


def test_examples_are_what_was_written_most_often(talk: Conversation) -> None:
    for text in ("price?", "no price", "price?", "price?", "price of what"):
        ask(talk, text)
    ask(talk, "", kind="image", payload="price")
    rule = ResponseRule(pk=UNSAVED, name="New", keywords="price", reply="x")
    shown = pick_examples(changed(rule).gained, most=3)
    assert [(one.excerpt, one.times) for one in shown] == [
        ("price?", 3),
        ("[photo]", 1),
        ("price of what", 1),
    ]


def test_a_fallback_gains_what_nobody_answered(talk: Conversation) -> None:
    ask(talk, "hello")
    fallback = ResponseRule(pk=UNSAVED, name="Fallback", match="fallback", reply="Pardon?")
    found = changed(fallback)
    assert said(found.gained) == [("hello", "-", "Fallback")]
    assert found.after == 1


def test_a_word_that_gets_a_rule_is_no_typo_for_the_others_any_more(talk: Conversation) -> None:
    ask(talk, "a sizing question")
    make_rule("Seizing", "seizing", typos=1)
    other = ResponseRule(pk=UNSAVED, name="New", keywords="sizing", never="question", reply="x")
    assert said(changed(other).lost) == [("a sizing question", "Seizing", "-")]


def test_taps_count_by_what_they_send_and_events_by_their_kind(talk: Conversation) -> None:
    ask(talk, "Sizes", kind="quick_reply", payload="MENU_SIZES")
    ask(talk, "menu_sizes", kind="comment")
    rule = ResponseRule(pk=UNSAVED, name="Sizes", keywords="menu_sizes", reply="x")
    assert said(changed(rule).gained) == [("Sizes", "-", "Sizes")]


def test_only_new_customers_are_those_to_whom_nobody_had_written(talk: Conversation) -> None:
    now = timezone.now()
    ask(talk, "price first", at=now - timedelta(hours=3))
    ask(talk, "price second", at=now - timedelta(hours=2))
    say(talk, at=now - timedelta(hours=1))
    ask(talk, "price third", at=now)
    rule = ResponseRule(pk=UNSAVED, name="New", keywords="price", only_new=True, reply="x")
    assert [one.message.text for one in changed(rule).gained] == ["price second", "price first"]


def test_how_a_customer_came_is_known(talk: Conversation) -> None:
    Conversation.objects.update(referral_ref="autumn")
    ask(talk, "price")
    ask(make_conversation("olga"), "price")
    rule = ResponseRule(pk=UNSAVED, name="New", keywords="price", referral="autumn", reply="x")
    assert [change.message.conversation for change in changed(rule).gained] == [talk]


def test_only_what_was_put_before_the_rules_in_the_last_30_days_is_read(talk: Conversation) -> None:
    now = timezone.now()
    ask(talk, "old", at=now - timedelta(days=31))
    ask(talk, "")
    ask(talk, "unsent", unsent_at=now)
    say(talk, "answer")
    for verdict in (Verdict.PAUSED, Verdict.KEPT, Verdict.STANDBY, Verdict.TOO_OLD):
        ask(talk, verdict, verdict=verdict)
    for verdict in (Verdict.ANSWERED, Verdict.TOGETHER, Verdict.FALLBACK):
        ask(talk, verdict, verdict=verdict)
    assert recent.read_questions(now).texts == ["fallback", "together", "answered", ""]
    assert not recent.read_questions(now).is_cut


def test_only_the_newest_are_looked_at(talk: Conversation) -> None:
    for number in range(4):
        ask(talk, f"number {number}")
    known = recent.read_questions(timezone.now(), most=2)
    assert known.texts == ["number 3", "number 2"]
    assert known.is_cut
    assert not recent.read_questions(timezone.now(), most=4).is_cut


def test_no_more_rows_are_read_however_long_the_table_is(
    talk: Conversation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recent, "ROWS_PER_QUESTION", 2)
    monkeypatch.setattr(recent, "MAX_REPLAYED", 1)
    now = timezone.now()
    ask(talk, "old", at=now - timedelta(days=31))
    ask(talk, "price?")
    say(talk)
    assert recent.read_questions(now).texts == ["price?"]
    assert not recent.read_questions(now).is_cut, "what is not read is older"
    ask(talk, "delivery?")
    say(talk)
    assert recent.read_questions(now).texts == ["delivery?"]
    assert recent.read_questions(now).is_cut


def test_the_number_of_queries_does_not_grow(delivery: ResponseRule) -> None:
    delivery.keywords = "hello"
    list(delivery.cards.all())
    few = queries(lambda: changed(delivery))
    for number in range(5):
        ask(make_conversation(f"customer {number}"), "hello")
        make_rule(f"rule {number}", "price\nhello")
    assert queries(lambda: changed(delivery)) == few == 5


MESSAGES = st.lists(
    st.builds(
        Message,
        text=st.lists(WORDS, max_size=5).map(" ".join),
        kind=st.sampled_from(["text", "quick_reply"]),
        payload=st.one_of(st.just(""), PHRASES),
        conversation=st.just(Conversation(customer_id="870001")),
    ),
    max_size=5,
)


@given(st.lists(CHOICES, min_size=1, max_size=4), CHOICES, st.booleans(), MESSAGES)
def test_leaving_messages_out_changes_nothing(
    choices: list[dict[str, Any]], other: dict[str, Any], active: bool, messages: list[Message]
) -> None:
    rules = rules_of(choices)
    before = prepare(rules)
    after = prepare(with_change(rules, ResponseRule(pk=0, name="Changed", active=active, **other)))
    for number, message in enumerate(messages):
        message.pk = number
    asked = ask_again(messages)
    winners = [
        tuple(decide(either, one.question).winner for either in (before, after)) for one in asked
    ]
    saved = SavedRules(before)
    assert replay(saved, before, 0, asked).before == sum(one == rules[0] for one, _ in winners)
    found = replay(saved, after, 0, asked)  # what it remembers of another look is true of this one
    assert found.before == sum(one == rules[0] for one, _ in winners)
    assert found.after == sum(other == rules[0] for _, other in winners)
    different = sum(one != other for one, other in winners)
    assert len(found.gained + found.lost + found.swapped) == different
