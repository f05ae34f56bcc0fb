"""Trying a message says what the worker would say, and why all other rules would not."""

import re
from datetime import UTC, datetime, time, timedelta
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from conversations import engine as engines
from conversations.answering import composition
from conversations.display.media import Media
from conversations.models import Conversation, Message
from instagram.content import Text
from rules import engine
from rules.checks.trial import NO_WORDS, Trial, TrialResult, run_trial
from rules.engine.answer import NONE_APPLIES
from rules.engine.decision import Rules
from rules.models import ResponseRule
from rules.opt_out import add_rules
from rules.triggers import Trigger
from shop.models import OpenHours, row_of
from shop.models import Shop as ShopRow
from tests.rules.factories import make_rule
from tests.support.shop import Shop
from workqueue.snapshot import Snapshot

pytestmark = pytest.mark.once

TUESDAY = datetime(2026, 11, 24, 10, 0, tzinfo=UTC)


def tried(text: str, **more: Any) -> TrialResult:
    Snapshot.forget_everything()
    return run_trial(Trial(text, **({"at": TUESDAY} | more)), engine.current())


def test_where_one_account_is_all_there_is_its_own_shop_is_tried(shop: Shop) -> None:
    make_rule("Where", "where", reply="This is {shop_name}.")
    ShopRow.objects.update_or_create(pk=1, defaults={"name": "General"})
    ShopRow.objects.create(pk=row_of(1), account=1, name="Own")
    [bubble] = tried("where").bubbles
    assert bubble.text == "This is Own."


def marked(outcome: TrialResult) -> str:
    return "".join(f"[{text}]" if found else text for text, found in outcome.pieces)


@pytest.fixture
def rules(db: None) -> None:
    make_rule("Greeting", "hi\nhello", order=200, reply="Hello {first_name|there}!")
    make_rule("Price", "how much\nprice", reply="Ten.", quick_replies="Sizes", needs_person=True)
    make_rule("Delivery", "delivery", typos=1, reply="Two days.\n---\nFree over 60.")
    make_rule("Closed", "delivery", hours="outside", order=1, reply="We are closed.")
    make_rule("Fallback", "", match="fallback", reply="Pardon?")


def test_the_words_that_were_found_are_marked_as_they_were_written(rules: None) -> None:
    assert marked(tried("Hi, HOW  much??")) == "Hi, [HOW  much]??"
    assert marked(tried("what about delivry")) == "what about [delivry]"
    assert marked(tried("blah")) == "blah"


def test_each_rule_but_the_winner_says_why_not(rules: None) -> None:
    ShopRow.objects.create(pk=1, time_zone="UTC")
    OpenHours.objects.create(shop_id=1, weekday=1, opens=time(9), closes=time(18))
    outcome = tried("hello, delivery?")
    assert outcome.winner == ResponseRule.objects.get(name="Delivery")
    assert {loser.rule.name: loser.why for loser in outcome.losers} == {
        "Closed": "It answers only outside business hours, and it was Tuesday 10:00.",
        "Greeting": "Rule Delivery comes first: its order is 10, here it is 200.",
        "Fallback": "Rule Delivery answers, and this is only a fallback.",
    }
    assert [(loser.rule.name, loser.why) for loser in outcome.others] == [("Price", NO_WORDS)]
    assert (
        "".join(f"[{t}]" if f else t for t, f in outcome.losers[1].pieces) == "[hello], delivery?"
    )
    assert tried("delivery?", at=TUESDAY + timedelta(hours=10)).reason == (
        "matched 'delivery' in rule Closed"
    )


def test_bubbles_are_cut_and_counted_as_they_would_be_sent(rules: None) -> None:
    ResponseRule.objects.filter(name="Price").update(reply="Ой! " * 200)
    bubbles = tried("price").bubbles
    assert [(bubble.size, bubble.part) for bubble in bubbles] == [(996, "1 of 2"), (203, "2 of 2")]
    assert [bubble.text for bubble in tried("delivery").bubbles] == ["Two days.", "Free over 60."]


def test_the_measure_of_a_text_is_what_instagram_takes(rules: None) -> None:
    ResponseRule.objects.filter(name="Price").update(quick_replies="", buttons="Buy = https://a.b")
    assert [bubble.measure for bubble in tried("price").bubbles] == ["4 bytes, 4 of 640 characters"]
    assert [bubble.measure for bubble in tried("hi").bubbles] == ["12 of 1000 bytes"]
    media = {"media_kind": "image", "media_url": "https://a.b/c.png"}
    ResponseRule.objects.filter(name="Price").update(**media)
    picture = tried("price").bubbles[0]
    assert (picture.measure, picture.media) == ("", [Media("image", "https://a.b/c.png")])


def test_a_comment_gets_one_plain_text_that_begins_with_the_first_words(rules: None) -> None:
    ShopRow.objects.create(pk=1, disclosure="An assistant answers.")
    ResponseRule.objects.update(for_comments=True, public_reply="Look into your messages.")
    outcome = tried("price", trigger=Trigger.COMMENT)
    assert [bubble.said for bubble in outcome.bubbles] == [
        Text("An assistant answers.\n\nTen.")  # and no quick replies
    ]
    assert outcome.first_words == ""
    assert outcome.public_reply == "Look into your messages."
    assert len(tried("delivery", trigger=Trigger.COMMENT).bubbles) == 1


@pytest.mark.parametrize("trigger", [Trigger.MESSAGE, Trigger.COMMENT])
def test_a_rule_of_which_nothing_is_left_does_not_answer(rules: None, trigger: Trigger) -> None:
    ResponseRule.objects.update(for_comments=True)
    ResponseRule.objects.filter(name="Greeting").update(reply="{first_name}")
    outcome = tried("hi", trigger=trigger)
    assert not outcome.answers
    assert outcome.reason == "matched 'hi' in rule Greeting, but the reply is empty."
    assert tried("hi", trigger=trigger, name="Olena").answers


def test_who_the_customer_is_may_be_imagined(rules: None) -> None:
    assert tried("hi").bubbles[0].text == "Hello there!"
    assert tried("hi", name="Olena Koval").bubbles[0].text == "Hello Olena!"
    fallback = ResponseRule.objects.get(name="Fallback")
    silent = tried("blah", answered={fallback.pk: 1})
    assert not silent.answers
    assert silent.reason.startswith("Fallback already sent 1 h ago")
    ResponseRule.objects.filter(name="Price").update(only_new=True)
    assert tried("price").answers
    assert tried("price", is_new=False).winner == fallback


def test_the_first_words_come_before_a_new_customers_answer(rules: None) -> None:
    ShopRow.objects.create(pk=1, disclosure="An assistant answers.")
    assert tried("hi").first_words == "An assistant answers."
    assert tried("hi", is_new=False).first_words == ""


def test_a_rule_as_it_would_be_saved_may_be_tried(rules: None) -> None:
    saved = ResponseRule.objects.get(name="Price")
    edited = ResponseRule.objects.get(name="Price")
    edited.keywords = "cost"
    others = ResponseRule.objects.exclude(pk=saved.pk)
    changed = Rules.of([*others, edited])
    assert run_trial(Trial("cost?", TUESDAY), changed).winner == saved
    assert tried("cost?").winner != saved


@pytest.mark.parametrize(
    "text", ["hi", "how much is delivery", "delivry", "blah", "hello price", "ДОСТАВКА"]
)
def test_trying_says_what_the_worker_says(shop: Shop, text: str) -> None:
    ResponseRule.objects.filter(name="Delivery").update(typos=1)
    outcome = tried(text, at=timezone.now())
    shop.hears(text)
    shop.works()
    said = Message.objects.filter(origin="bot").order_by("pk")
    assert [row.text for row in said] == [bubble.text for bubble in outcome.bubbles]
    if said:
        assert said[0].rule == (outcome.winner.pk if outcome.winner else None)
    engines.engines.cache_clear()


TEXTS = ["hi", "how much", "delivry", "hello, delivery?", "blah", ""]
NIGHT = TUESDAY + timedelta(hours=10)


@pytest.mark.parametrize("trigger", list(Trigger))
@pytest.mark.parametrize("at", [TUESDAY, NIGHT])
@pytest.mark.parametrize("text", TEXTS)
def test_trying_asks_the_engine_itself(
    rules: None, trigger: Trigger, at: datetime, text: str
) -> None:
    ShopRow.objects.create(pk=1, time_zone="UTC")
    OpenHours.objects.create(shop_id=1, weekday=1, opens=time(9), closes=time(18))
    ResponseRule.objects.filter(name="Price").update(once_in_hours=24)
    ResponseRule.objects.filter(name="Greeting").update(only_new=True, other_replies="Hey!")
    every = ResponseRule.objects.values_list("pk", flat=True)
    pasts: list[dict[str, Any]] = [
        {},
        {"is_new": False},
        {"answered": dict.fromkeys(every, 1)},
        {"answered": dict.fromkeys(every, 25)},
    ]
    for past in pasts:
        trial = Trial(text, at, trigger, **past)
        outcome = tried(text, at=at, trigger=trigger, **past)
        said = engine.RuleEngine().answer(trial.question())
        assert outcome.reason == said.reason
        assert outcome.answer == (said if isinstance(said, engines.Answer) else None)
        losers = [loser.rule.pk for loser in (*outcome.losers, *outcome.others)]
        won = [outcome.winner.pk] if outcome.winner else []
        assert sorted(losers + won) == sorted(every)
        assert all(loser.why for loser in (*outcome.losers, *outcome.others))


def test_a_comment_is_answered_as_the_worker_answers_it(rules: None) -> None:
    """What is shown of it is made by the worker's own function."""
    ResponseRule.objects.update(for_comments=True, public_reply="Hi {first_name|you}!")
    outcome = tried("delivery", trigger=Trigger.COMMENT, is_new=False)
    assert outcome.answer
    private, public = composition.comment_parts(outcome.answer, "")
    assert [bubble.text for bubble in outcome.bubbles] == [private[1]]
    assert outcome.public_reply == public[1] == "Hi you!"


def test_trying_writes_nothing(rules: None) -> None:
    tried("price")
    assert not Message.objects.exists()
    assert not Conversation.objects.exists()


def command(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[str, int]:
    Snapshot.forget_everything()
    code = 0
    try:
        call_command("try_rule", *words)
    except SystemExit as end:
        code = int(end.code or 0)
    return capsys.readouterr().out, code


def test_the_command_prints_all_of_it(rules: None, capsys: pytest.CaptureFixture[str]) -> None:
    out, code = command(capsys, "hello, how much?")
    assert code == 0
    assert out == (
        "hello, [how much]?\n\nPrice: matched 'how much' in rule Price\n"
        "  > Ten. (4 of 1000 bytes)\n"
        "  then asks for a person\n\nWhy not the others\n"
        "  Greeting: Rule Price comes first: its order is 10, here it is 200.\n"
        "  Fallback: Rule Price answers, and this is only a fallback.\n\n"
        "2 other rules have none of their words in it.\n"
    )


def test_the_command_fails_where_no_rule_answers(
    rules: None, capsys: pytest.CaptureFixture[str]
) -> None:
    ResponseRule.objects.filter(name="Fallback").delete()
    out, code = command(capsys, "blah")
    assert code == 1
    assert "No rule: No rule matched." in out


def test_the_command_reads_the_shops_clock(rules: None, capsys: pytest.CaptureFixture[str]) -> None:
    ShopRow.objects.create(pk=1, time_zone="Europe/Kyiv")
    OpenHours.objects.create(shop_id=1, weekday=1, opens=time(9), closes=time(18))
    assert "rule Closed" in command(capsys, "delivery", "--at", "2026-11-24 18:30")[0]
    assert "rule Delivery" in command(capsys, "delivery", "--at", "2026-11-24 17:30")[0]
    with pytest.raises(CommandError, match=re.escape("--at 'noon' is not a time. Write it like")):
        call_command("try_rule", "delivery", "--at", "noon")
    for year in ("0002", "9999"):
        with pytest.raises(CommandError, match="the year must be from 2000 to 2100"):
            call_command("try_rule", "delivery", "--at", f"{year}-12-31 23:59")


def test_the_command_imagines_the_customer(rules: None, capsys: pytest.CaptureFixture[str]) -> None:
    assert "Hello Olena!" in command(capsys, "hi", "--name", "Olena Koval")[0]
    ResponseRule.objects.filter(name="Greeting").update(only_new=True, reply="Hi {username|you}!")
    assert "Hi olena_k!" in command(capsys, "hi", "--username", "olena_k")[0]
    assert "only for new customers" in command(capsys, "hi", "--known")[0]
    ResponseRule.objects.filter(name="Greeting").update(only_new=False, referral="summer")
    assert "came from 'summer'" in command(capsys, "hi", "--referral", "summer")[0]
    assert "It is not for comments" in command(capsys, "hi", "--event", "comment")[0]
    with pytest.raises(CommandError, match="invalid choice: 'dream'"):
        call_command("try_rule", "hi", "--event", "dream")


@pytest.mark.parametrize(
    ("text", "opted_out", "winner", "reason"),
    [
        ("Stop, please!", False, "Opt out", "matched 'stop' in rule Opt out"),
        ("start", True, "Opt in again", "matched 'start' in rule Opt in again"),
        ("start", False, None, NONE_APPLIES),
        ("delivery", True, None, NONE_APPLIES),
    ],
)
def test_who_has_opted_out_gets_only_the_way_back(
    db: None, text: str, opted_out: bool, winner: str | None, reason: str
) -> None:
    add_rules(by="anna")
    ResponseRule.objects.create(name="Delivery", keywords="delivery", reply="In 2 days.")
    trial = Trial(text, timezone.now(), opted_out=opted_out)
    result = run_trial(trial, Rules.of(ResponseRule.objects.active()))
    assert (result.winner.name if result.winner else None, result.reason) == (winner, reason)
    if text.startswith("Stop"):
        assert [piece for piece, is_marked in result.pieces if is_marked] == ["Stop"]
