"""What a rule is for: which triggers, and from where the customer came."""

from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone

from conversations.engine import Answer, Question
from rules.engine import RuleEngine
from rules.models import ResponseRule
from workqueue.snapshot import Snapshot

pytestmark = pytest.mark.django_db


def rule(name: str = "Price", **fields: Any) -> ResponseRule:
    given = {"keywords": "price", "reply": f"{name}."} | fields
    return ResponseRule.objects.create(name=name, **given)


def ask(kind: str, text: str = "price?", **more: Any) -> Answer | None:
    question = Question(text, kind, more.pop("payload", ""), timezone.now(), "870001", **more)
    answer = RuleEngine().answer(question)
    return answer if isinstance(answer, Answer) else None


@pytest.mark.parametrize(
    ("kind", "answered"),
    [
        ("text", True),
        ("image", True),
        ("hologram", True),
        ("quick_reply", True),
        ("postback", True),
        ("story_reply", True),
        ("story_mention", False),
        ("comment", False),
    ],
)
def test_a_rule_is_for_messages_story_replies_and_taps_unless_staff_say_otherwise(
    kind: str, answered: bool
) -> None:
    rule()
    assert (ask(kind) is not None) == answered


@pytest.mark.parametrize(
    ("field", "kind"),
    [
        ("for_messages", "text"),
        ("for_story_replies", "story_reply"),
        ("for_story_mentions", "story_mention"),
        ("for_buttons", "postback"),
        ("for_comments", "comment"),
    ],
)
def test_a_rule_for_one_trigger_answers_that_one_alone(field: str, kind: str) -> None:
    kinds = {"text", "story_reply", "story_mention", "postback", "comment"}
    none: dict[str, Any] = dict.fromkeys(
        ["for_messages", "for_story_replies", "for_story_mentions", "for_buttons"], False
    )
    rule(**none | {field: True})
    assert {asked for asked in kinds if ask(asked)} == {kind}


def test_a_button_matches_by_its_title_or_its_payload() -> None:
    rule(keywords="MENU_SIZES")
    assert ask("postback", "What is there?", payload="MENU_SIZES") is not None
    assert ask("postback", "menu sizes") is not None
    assert ask("postback", "What is there?", payload="OTHER") is None


def test_a_photo_is_answered_by_the_fallback_only() -> None:
    rule()
    assert ask("image", "") is None
    rule("Fallback", match="everything", keywords="", order=999)
    Snapshot.forget_everything()
    found = ask("image", "")
    assert found is not None
    assert found.says == ("Fallback.",)


def test_a_rule_can_ask_where_the_customer_came_from() -> None:
    rule("Autumn", order=10, referral="Autumn", match="everything", keywords="")
    rule(order=20)
    ours, came = ask("text"), ask("text", referral="autumn")
    assert ours is not None
    assert came is not None
    assert ours.says == ("Price.",)
    assert came.says == ("Autumn.",)
    assert came.reason == "matched everything and came from 'Autumn' in rule Autumn"
    spring = ask("text", referral="spring")
    assert spring is not None
    assert spring.says == ("Price.",)


def test_order_decides_between_rules_with_and_without_a_referral() -> None:
    rule("Autumn", order=30, referral="autumn")
    rule(order=20)
    found = ask("text", referral="autumn")
    assert found is not None
    assert found.says == ("Price.",)


def test_a_rule_for_comments_hands_over_what_is_said_below_the_comment() -> None:
    rule(for_comments=True, public_reply="We have written to you.")
    found = ask("comment")
    assert found is not None
    assert found.public_reply == "We have written to you."


@pytest.mark.parametrize(
    ("fields", "field", "words"),
    [
        ({"for_comments": True, "reply": "я" * 501}, "reply", "at most 1000 bytes; this has 1002"),
        ({"public_reply": "Look!"}, "public_reply", "Only a rule for comments"),
        (
            {"for_messages": False, "for_story_replies": False, "for_buttons": False},
            "for_messages",
            "at least one thing",
        ),
    ],
)
def test_what_cannot_work_is_refused_at_its_field(
    fields: dict[str, Any], field: str, words: str
) -> None:
    wrong = ResponseRule(**{"name": "x", "keywords": "x", "reply": "x"} | fields)
    with pytest.raises(ValidationError) as refused:
        wrong.full_clean()
    assert words in refused.value.message_dict[field][0]
