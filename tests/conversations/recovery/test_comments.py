"""Comments that no webhook told of are found where rules answer comments, and left to staff."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from conversations.models import FOUND, Conversation, Message, MissedLook, Verdict
from conversations.statistics import period
from instagram.wire import MAX_RESPONSE_BYTES
from rules.models import ResponseRule
from shop import tuning
from tests.support.clock import Clock
from tests.support.figures import check_figures
from tests.support.graph import ACCOUNT, HTML_502, Answer, error
from tests.support.missed import HOUR, MINUTE, begins, looks, loses
from tests.support.retention import counts
from tests.support.shop import Shop, at_rest, incoming
from tests.support.talks import comment

POST, BARE, OTHER = "18000000000000030", "18000000000000031", "18000000000000032"
TOO_BIG: Answer = (200, "application/json", b" " * (MAX_RESPONSE_BYTES + 1))
MEDIA, BELOW = f"GET {ACCOUNT}/media", f"GET {POST}/comments"


@pytest.fixture(autouse=True)
def _posts(shop: Shop, time_passes: Clock) -> None:
    ResponseRule.objects.filter(name="Price").update(for_comments=True)
    begins(time_passes)
    posts = [
        {"id": POST, "media_product_type": "FEED", "comments_count": 1},
        {"id": BARE, "media_product_type": "FEED", "comments_count": 0},
    ]
    shop.graph.answers[MEDIA] = {"data": posts}
    shop.graph.answers[BELOW] = {"data": []}


def below(number: str, text: str, by: str = "870001", name: str = "buyer") -> dict[str, Any]:
    at = f"{timezone.now():%Y-%m-%dT%H:%M:%S}+0000"
    return {"id": number, "text": text, "timestamp": at, "from": {"id": by, "username": name}}


def lost(shop: Shop, *comments: dict[str, Any]) -> None:
    shop.graph.answers[BELOW] = {"data": [*comments]}


def test_a_lost_comment_is_found_and_left_to_staff(shop: Shop, time_passes: Clock) -> None:
    lost(shop, below("1805", "price?"))
    looks(time_passes)
    [found] = incoming()
    assert (found.kind, found.text, found.verdict, found.reason) == (
        "comment", "price?", Verdict.TOO_OLD, FOUND,
    )  # fmt: skip
    assert found.about["comment"] == "1805"
    talk = Conversation.objects.get()
    assert (talk.username, talk.waiting_since) == ("buyer", found.at)
    assert talk.last_inbound_at is None, "a comment opens no window"
    shop.works()
    assert shop.texts == []
    assert at_rest()


def test_it_is_found_once_and_not_where_it_was_told(shop: Shop, time_passes: Clock) -> None:
    comment(shop, "price?", number="1804")
    time_passes(MINUTE)
    lost(shop, below("1805", "delivery?"), below("1804", "price?"))
    looks(time_passes)
    MissedLook.objects.update(looked_at=timezone.now() - 3 * HOUR)
    looks(time_passes)
    assert [one.text for one in incoming()] == ["price?", "delivery?"]
    assert len(shop.texts) == 1


def test_what_the_shop_has_answered_below_waits_for_nobody(shop: Shop, time_passes: Clock) -> None:
    asked = below("1805", "price?")
    time_passes(MINUTE)
    replies = [below("1806", "Ten.", ACCOUNT, "shop")]
    time_passes(MINUTE)
    replies.append(below("1807", "Really?", "870002", "other"))
    lost(shop, {**asked, "replies": {"data": replies}})
    looks(time_passes)
    assert [(one.text, one.verdict) for one in incoming()] == [
        ("price?", Verdict.PAUSED), ("Really?", Verdict.TOO_OLD),
    ]  # fmt: skip
    assert Conversation.objects.get(username="buyer").waiting_since is None
    counts()
    check_figures()
    today = timezone.localdate()  # by now perhaps the day after they wrote
    days = period.of_shop(today - timedelta(days=1), today)
    assert sum(day.received for day in days) == sum(day.left_to_person for day in days) == 2
    assert incoming()[1].about["parent"] == "1805"


def test_a_webhook_that_is_not_read_yet_is_left_to_it(shop: Shop, time_passes: Clock) -> None:
    said = below("1805", "price?")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Shop, "works", lambda _: None)
        comment(shop, "price?", number="1805")
    lost(shop, said)
    looks(time_passes)
    assert not Message.objects.exists()


def test_where_no_rule_answers_comments_nobody_looks(shop: Shop, time_passes: Clock) -> None:
    ResponseRule.objects.update(for_comments=False)
    lost(shop, below("1805", "price?"))
    looks(time_passes)
    assert not [one for one in shop.graph.calls if "/media" in one]


def test_comments_that_cannot_be_read_keep_no_message_back(shop: Shop, time_passes: Clock) -> None:
    shop.graph.answers[MEDIA] = error(10)
    loses(shop)
    row = looks(time_passes)
    assert len(incoming()) == 1
    assert (row.problem, row.place, row.due_at) == ("", {}, None)
    assert row.comments_problem.startswith("The app is missing a permission")
    assert row.looked_at > timezone.now() - timedelta(minutes=1)


@pytest.mark.parametrize(
    "fault", [error(1), error(2, status=500), error(-1), error(100), error(10), HTML_502, TOO_BIG],
    ids=["1", "2", "-1", "100", "10", "html", "too big"],
)  # fmt: skip
def test_a_post_that_cannot_be_read_keeps_nothing_else_back(
    shop: Shop, time_passes: Clock, fault: Answer
) -> None:
    other = {"id": OTHER, "media_product_type": "FEED", "comments_count": 1}
    listed = shop.graph.answers[MEDIA]
    assert isinstance(listed, dict)
    shop.graph.answers[MEDIA] = {"data": [*listed["data"], other]}
    shop.graph.answers[f"GET {OTHER}/comments"] = {"data": [below("1809", "delivery?")]}
    lost(shop, below("1805", "price?"))
    said, shop.graph.answers[BELOW] = shop.graph.answers[BELOW], fault
    loses(shop, "Hello?")
    row = looks(time_passes)
    assert {one.text for one in incoming()} == {"delivery?", "Hello?"}
    assert (row.problem, row.place, row.due_at) == ("", {}, None)
    assert row.looked_at > timezone.now() - timedelta(minutes=1)
    assert row.comments_problem
    shop.graph.answers[BELOW] = said
    row = looks(time_passes, 5 * HOUR)
    assert "price?" in {one.text for one in incoming()}
    assert (row.comments_problem, row.comments_failed_at) == ("", None)


def test_what_was_said_before_a_rule_answered_comments_is_no_missed_one(
    shop: Shop, time_passes: Clock
) -> None:
    ResponseRule.objects.update(for_comments=False)
    lost(shop, below("1805", "price?"))
    looks(time_passes, 5 * HOUR)
    ResponseRule.objects.filter(name="Price").update(for_comments=True)
    looks(time_passes, 2 * HOUR)
    assert incoming() == []


def test_a_throttled_look_below_posts_goes_on_later(shop: Shop, time_passes: Clock) -> None:
    lost(shop, below("1805", "price?"))
    said, shop.graph.answers[BELOW] = shop.graph.answers[BELOW], error(4)
    assert "slow down" in looks(time_passes).problem
    shop.graph.answers[BELOW] = said
    assert looks(time_passes, 6 * MINUTE).problem == ""
    assert len(incoming()) == 1


def test_it_can_be_switched_off(shop: Shop, time_passes: Clock) -> None:
    tuning.put("missed_minutes", "0")
    lost(shop, below("1805", "price?"))
    looks(time_passes)
    assert incoming() == []
