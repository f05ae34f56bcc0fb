"""Which webhook fields an account is subscribed to: those that the rules in use need."""

import pytest

from conversations.account import subscription
from instagram.kinds import Kind
from rules.models import ResponseRule

pytestmark = pytest.mark.django_db

COMMENTS = {"comments", "live_comments"}


def rule(**more: object) -> None:
    ResponseRule.objects.create(name="Price", keywords="price", reply="Ten euros.", **more)


def test_what_the_inbox_shows_is_always_wanted() -> None:
    wanted = subscription.wanted("instagram")
    assert {"messages", "messaging_postbacks", "message_reactions", "standby"} <= set(wanted)
    assert not COMMENTS & set(wanted)
    assert len(wanted) == len(set(wanted))


def test_comments_are_wanted_while_a_rule_answers_them() -> None:
    rule(for_comments=True)
    assert set(subscription.wanted("instagram")) >= COMMENTS
    ResponseRule.objects.update(active=False)
    assert not COMMENTS & set(subscription.wanted("instagram"))


def test_with_a_page_one_field_is_enough() -> None:
    rule(for_comments=True)
    assert subscription.wanted(Kind.FACEBOOK) == ("messages",)
