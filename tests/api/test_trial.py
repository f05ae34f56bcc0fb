"""A trial over the API says what the engine would say."""

from datetime import datetime
from typing import Any

import pytest

from conversations import engine as engines
from conversations.models import Account, Message
from rules.checks.trial import Trial, run_trial
from rules.engine.decision import Rules
from rules.models import ResponseRule
from rules.triggers import Trigger
from shop.models import OpenHours
from shop.models import Shop as About
from tests.api.caller import Caller, problem, rule
from tests.support.accounts import SECOND, describe
from tests.support.shop import Shop
from workqueue.snapshot import Snapshot

pytestmark = pytest.mark.once

AT = "2026-11-24T10:00:00Z"


def test_a_trial_names_the_winner_its_words_its_bubbles_and_why_the_others_lost(
    api: Caller,
) -> None:
    ResponseRule.objects.filter(name="Delivery").update(
        reply="Two days.\n---\nFree over 60.", quick_replies="Returns", needs_person=True
    )
    found = api.post("rules/try/", {"text": "What price has  Shipping?"})
    assert found["winner"] == {"id": rule().pk, "name": "Delivery"}
    assert found["reason"] == "matched 'shipping' in rule Delivery"
    pieces = [(piece["text"], piece["found"]) for piece in found["pieces"]]
    assert pieces == [("What price has  ", False), ("Shipping", True), ("?", False)]
    assert [bubble["text"] for bubble in found["bubbles"]] == ["Two days.", "Free over 60."]
    [offer] = found["bubbles"][1]["quick_replies"]
    assert offer == {"title": "Returns", "payload": "Returns"}
    assert found["afterwards"] == {"needs_person": True, "pause_hours": 0, "label": ""}
    assert {lost["rule"]["name"] for lost in found["losers"]} == {"Price", "Fallback"}
    assert all(lost["why"] for lost in found["losers"])


def test_no_winner_is_no_error(api: Caller) -> None:
    ResponseRule.objects.filter(name="Fallback").delete()
    found = api.post("rules/try/", {"text": "hello"})
    assert (found["winner"], found["bubbles"], found["afterwards"]) == (None, [], None)
    assert found["reason"] == "No rule matched."
    assert found["other_rules"] == 2


@pytest.mark.parametrize("trigger", list(Trigger))
@pytest.mark.parametrize("text", ["delivery", "price", "hello", ""])
@pytest.mark.parametrize("is_new", [True, False])
def test_it_agrees_with_the_engine(api: Caller, trigger: Trigger, text: str, is_new: bool) -> None:
    ResponseRule.objects.filter(name="Price").update(for_comments=True, public_reply="Look.")
    ResponseRule.objects.filter(name="Delivery").update(only_new=True)
    trial = Trial(text, datetime.fromisoformat(AT), trigger, is_new=is_new)
    expected = run_trial(trial, Rules.saved())
    found = api.post(
        "rules/try/", {"text": text, "event": str(trigger), "at": AT, "is_new": is_new}
    )
    assert found["reason"] == expected.reason
    assert (found["winner"] or {}).get("id") == (expected.winner and expected.winner.pk)
    assert [one["text"] for one in found["bubbles"]] == [one.text for one in expected.bubbles]
    assert found["public_reply"] == expected.public_reply


def test_the_clock_is_the_one_that_is_given(api: Caller) -> None:
    About.objects.create(pk=1, time_zone="UTC")
    OpenHours.objects.create(shop_id=1, weekday=1, opens="09:00", closes="18:00")
    ResponseRule.objects.filter(name="Delivery").update(hours="inside")
    Snapshot.forget_everything()
    open_now = api.post("rules/try/", {"text": "delivery", "at": "2026-11-24T10:00:00Z"})
    closed = api.post("rules/try/", {"text": "delivery", "at": "2026-11-24T20:00:00Z"})
    assert open_now["winner"]["name"] == "Delivery"
    assert closed["winner"]["name"] == "Fallback"


def test_what_answered_before_counts(api: Caller) -> None:
    ResponseRule.objects.filter(name="Price").update(once_in_hours=24)
    asked: dict[str, Any] = {"text": "price"}
    assert api.post("rules/try/", asked)["winner"]["name"] == "Price"
    asked["answered"] = [{"rule": rule("Price").pk, "hours_ago": 3}]
    assert api.post("rules/try/", asked)["winner"]["name"] == "Fallback"


def test_a_trial_writes_nothing_and_sends_nothing(api: Caller, shop: Shop) -> None:
    api.post("rules/try/", {"text": "delivery"})
    shop.works()
    assert not Message.objects.exists()
    assert shop.texts == []


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({}, "#/text"),
        ({"text": None}, "#/text"),
        ({"text": "x" * 10_001}, "#/text"),
        ({"text": "\0"}, "#/text"),
        ({"text": "x", "event": "shout"}, "#/event"),
        ({"text": "x", "at": "soon"}, "#/at"),
        ({"text": "x", "at": "2026-11-24T10:00:00"}, "#/at"),
        ({"text": "x", "at": "1999-12-31T23:59:59Z"}, "#/at"),
        ({"text": "x", "at": "0001-01-01T00:00:00+23:59"}, "#/at"),
        ({"text": "x", "at": "9999-12-31T23:59:59-23:59"}, "#/at"),
        ({"text": "x", "answered": [{"rule": 1}]}, "#/answered/0/hours_ago"),
        ({"text": "x", "answered": [{"rule": 1, "hours_ago": 1e300}]}, "#/answered/0/hours_ago"),
        ({"text": "x", "clock": AT}, "#/clock"),
    ],
)
def test_what_cannot_be_tried_is_said(api: Caller, body: Any, pointer: str) -> None:
    said = problem(api.call("post", "rules/try/", json=body), 400, "invalid")
    assert pointer in [error["pointer"] for error in said["errors"]]


def test_engines_of_others_are_not_asked(api: Caller, settings: Any) -> None:
    settings.RESPONSE_ENGINES = []
    engines.engines.cache_clear()
    assert api.post("rules/try/", {"text": "delivery"})["winner"]["name"] == "Delivery"


def test_it_plays_the_shop_of_the_account_that_is_asked_for(api: Caller, second: Account) -> None:
    ResponseRule.objects.filter(name="Price").update(reply="At {shop_name}.")
    describe(name="Flowers", disclosure="A robot.")
    describe(second, name="Cakes", disclosure="A machine.")
    for account, first_words, says in (
        ("", "A robot.", "At Flowers."),
        (SECOND, "A machine.", "At Cakes."),
    ):
        found = api.post("rules/try/", {"text": "price?", "account": account})
        assert (found["first_words"], found["bubbles"][0]["text"]) == (first_words, says)
