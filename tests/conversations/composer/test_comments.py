"""A comment is answered from here: privately once within seven days, and publicly."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from conversations.models import Conversation, Message, Origin
from tests.conversations.composer.forms import colleague, send
from tests.support.clock import Clock
from tests.support.shop import Shop, at_rest
from tests.support.talks import ask, comment, make_conversation, page

pytestmark = pytest.mark.django_db


@pytest.fixture
def talk(shop: Shop) -> Conversation:
    """Somebody who has only commented, and whom nobody has answered."""
    comment(shop, "how much is the blue one?")
    return Conversation.objects.get()


@pytest.fixture
def anna(talk: Conversation) -> Client:
    return colleague("anna")


def asked() -> Message:
    return Message.objects.get(origin=Origin.CUSTOMER)


def privately() -> str:
    return f"private_reply:{asked().pk}"


def publicly() -> str:
    return f"public_reply:{asked().pk}"


def test_a_comment_is_answered_privately_and_publicly(
    shop: Shop, talk: Conversation, anna: Client
) -> None:
    shown = " ".join(page(anna, talk).split())
    assert "Private reply to the comment “how much is the blue one?”" in shown
    assert "Public reply below the comment" in shown
    assert send(anna, talk, "Look at your messages.", to=publicly())["outcome"] == "queued"
    assert send(anna, talk, "40 EUR.", token="t2", to=privately())["outcome"] == "queued"
    shop.works()
    sent = [(one.recipient, one.text) for one in shop.graph.sent if one.text != "Pardon?"]
    assert sent == [("below:1805", "Look at your messages."), ("comment:1805", "40 EUR.")]
    talk.refresh_from_db()
    assert talk.waiting_since is None
    assert at_rest()


def test_a_second_private_reply_says_why_not(shop: Shop, talk: Conversation, anna: Client) -> None:
    send(anna, talk, "40 EUR.", to=privately())
    shop.works()
    answer = send(anna, talk, "And 5 for delivery.", token="t2", to=privately())
    assert answer["said"] == "This comment already has a private reply: Instagram takes one."
    assert "– This comment already has a private reply" in " ".join(page(anna, talk).split())
    assert send(anna, talk, "See above.", token="t3", to=publicly())["outcome"] == "queued"


def test_a_private_reply_that_failed_may_be_written_again(
    shop: Shop, talk: Conversation, anna: Client
) -> None:
    send(anna, talk, "40 EUR.", to=privately())
    Message.objects.filter(staff="anna").update(state="failed")
    assert send(anna, talk, "40 EUR!", token="t2", to=privately())["outcome"] == "queued"


def test_after_seven_days_only_the_public_way_is_open(
    shop: Shop, talk: Conversation, anna: Client, time_passes: Clock
) -> None:
    Message.objects.filter(pk=asked().pk).update(at=timezone.now() - timedelta(days=8))
    answer = send(anna, talk, "40 EUR.", to=privately())
    assert answer["said"] == "Instagram takes a private reply for 7 days after the comment."
    assert send(anna, talk, "40 EUR.", token="t2", to=publicly())["outcome"] == "queued"
    shop.works()
    assert shop.texts[-1] == "40 EUR."


@pytest.mark.parametrize(
    ("kind", "text", "more", "said"),
    [
        ("private_reply", "x" * 1001, {}, "at most 1000 bytes; this text has 1001."),
        ("private_reply", "п" * 501, {}, "at most 1000 bytes; this text has 1002."),
        ("public_reply", "x" * 2201, {}, "can have 2200 characters; this one has 2201."),
        ("private_reply", "", {}, "Write something first."),
        (
            "public_reply", "Look", {"picture_url": "https://shop.example/x.jpg"},
            "A comment can only be answered with a text: remove the picture.",
        ),
    ],
)  # fmt: skip
def test_what_does_not_go_to_a_comment(  # noqa: PLR0913, PLR0917 - a table
    talk: Conversation, anna: Client, kind: str, text: str, more: dict[str, str], said: str
) -> None:
    answer = send(anna, talk, text, to=f"{kind}:{asked().pk}", **more)
    assert answer["outcome"] == "refused"
    assert answer["said"].endswith(said)
    assert not Message.objects.filter(staff="anna").exists()


def test_a_comment_that_is_gone_or_of_somebody_else_is_not_answered(
    shop: Shop, talk: Conversation, anna: Client
) -> None:
    for to in ("private_reply:", "private_reply:x", "public_reply:999999", "public_reply:0"):
        assert send(anna, talk, "Hi", to=to)["said"] == "This comment is no longer there."
    direct = ask(talk, "a direct message")
    assert send(anna, talk, "Hi", to=f"private_reply:{direct.pk}")["outcome"] == "refused"
    Message.objects.filter(kind="comment").update(unsent_at=timezone.now())
    assert "Private reply to" not in page(anna, talk)
    assert not Message.objects.filter(staff="anna").exists()


def test_whoever_only_commented_gets_no_direct_message(talk: Conversation, anna: Client) -> None:
    answer = send(anna, talk, "Hello!")
    assert answer["said"] == "You can only message customers who have written to you first."
    shown = " ".join(page(anna, talk).split())
    assert '<option value="" disabled' in shown


def test_without_comments_there_is_no_choice(staff: Client) -> None:
    quiet = make_conversation("quiet", last_inbound_at=timezone.now())
    assert '<select name="to"' not in page(staff, quiet)
