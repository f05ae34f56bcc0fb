"""Comments: one private reply each, a public one if the rule says so, and no open window."""

from datetime import timedelta
from itertools import pairwise
from typing import Any

import pytest
from django.utils import timezone

from conversations.models import Account, Conversation, Message, State, Verdict
from rules.models import ResponseRule
from tests.support.clock import Clock
from tests.support.graph import ACCOUNT, HANG, HTML_502, Sent, error
from tests.support.shop import Shop, at_rest, incoming, outgoing
from tests.support.talks import comment


@pytest.fixture
def rule(shop: Shop) -> ResponseRule:
    return ResponseRule.objects.create(
        name="Comments", order=5, keywords="price", reply="40 euros.", for_comments=True,
        for_messages=False, public_reply="We have written to you.",
    )  # fmt: skip


def sent(shop: Shop) -> list[tuple[str, str]]:
    return [(one.recipient, one.text) for one in shop.graph.sent]


def test_a_comment_gets_one_private_and_one_public_reply(shop: Shop, rule: ResponseRule) -> None:
    for _ in range(3):
        comment(shop)
    assert sent(shop) == [("comment:1805", "40 euros."), ("below:1805", "We have written to you.")]
    assert [row.state for row in outgoing()] == [State.SENT, State.SENT]
    talk = Conversation.objects.get()
    assert talk.username == "buyer"
    assert talk.last_inbound_at is None
    assert at_rest()


def comment_of(shop: Shop, customer: int, number: int) -> str:
    """Somebody comments; return what is written below it."""
    by: dict[str, Any] = {"from": {"id": f"87{customer:04}", "username": f"buyer{customer}"}}
    comment(shop, number=str(number), **by)
    [below] = [one.text for one in shop.graph.sent if one.recipient == f"below:{number}"]
    return below


@pytest.mark.parametrize("replies", [1, 2, 3])
@pytest.mark.parametrize("public", [2, 3])
def test_public_replies_take_turns(
    shop: Shop, rule: ResponseRule, replies: int, public: int
) -> None:
    below = [f"Look at your messages ({number})." for number in range(public)]
    others = "\n===\n".join(f"{number} euros." for number in range(replies - 1))
    ResponseRule.objects.filter(pk=rule.pk).update(
        public_reply="\n === \n".join(below), other_replies=others
    )
    firsts = {comment_of(shop, customer, 2000 + customer) for customer in range(9)}
    assert firsts == set(below)  # different customers, different words
    said = [comment_of(shop, 20, 3000 + number) for number in range(public + 1)]
    assert all(one != other for one, other in pairwise(said))
    assert set(said) == set(below)
    private = [one.text for one in shop.graph.sent if one.recipient.startswith("comment:30")]
    assert len(set(private)) == replies


def test_without_a_public_reply_only_the_writer_reads_it(shop: Shop, rule: ResponseRule) -> None:
    ResponseRule.objects.filter(pk=rule.pk).update(public_reply="")
    comment(shop)
    assert sent(shop) == [("comment:1805", "40 euros.")]


def test_a_comment_is_left_alone_where_no_rule_is_for_comments(shop: Shop) -> None:
    comment(shop)
    assert sent(shop) == []
    assert incoming()[0].verdict == Verdict.NO_ANSWER


def test_our_own_comment_is_ignored(shop: Shop, rule: ResponseRule) -> None:
    by_us: dict[str, Any] = {"from": {"id": ACCOUNT, "self_ig_scoped_id": "1"}}
    comment(shop, **by_us)
    assert sent(shop) == []
    assert Message.objects.count() == 0


def test_a_direct_message_after_a_comment_is_answered_as_such(
    shop: Shop, rule: ResponseRule
) -> None:
    comment(shop)
    shop.hears("price", customer="870001")
    shop.works()
    assert sent(shop)[-1] == ("870001", "Ten euros.")


def test_a_comment_may_be_answered_for_seven_days(
    shop: Shop, rule: ResponseRule, time_passes: Clock
) -> None:
    shop.graph.always = error(190)
    comment(shop)
    time_passes(timedelta(days=8))
    shop.graph.always = None
    Account.objects.update(paused_until=None, pause="")
    Conversation.objects.update(due_at=timezone.now(), leased_until=None)
    shop.works()
    assert {row.error for row in outgoing()} == {"Comments can only be answered for 7 days."}
    assert sent(shop) == []


def test_a_private_reply_that_may_have_gone_is_settled_by_its_echo_and_never_sent_again(
    shop: Shop, rule: ResponseRule
) -> None:
    ResponseRule.objects.filter(pk=rule.pk).update(public_reply="")
    shop.graph.faults.append(HANG)
    comment(shop)
    [reply] = outgoing()
    assert reply.state == State.UNKNOWN
    gone = shop.graph.sent[0]
    # In direct messages the writer may have another id.
    shop.hears_echo(Sent("990009", gone.text, gone.metadata, gone.mid, gone.at))
    shop.works()
    assert Message.objects.get(pk=reply.pk).state == State.SENT
    assert len(shop.graph.sent) == 1


def test_without_the_right_to_comment_direct_messages_still_go(
    shop: Shop, rule: ResponseRule
) -> None:
    shop.graph.faults.extend([error(10), error(200)])
    comment(shop)
    assert [row.state for row in outgoing()] == [State.FAILED, State.FAILED]
    shop.hears("price", customer="870002")
    shop.works()
    assert sent(shop) == [("870002", "Ten euros.")]


def test_a_private_reply_that_is_not_confirmed_is_never_sent_again(
    shop: Shop, rule: ResponseRule, time_passes: Clock
) -> None:
    ResponseRule.objects.filter(pk=rule.pk).update(public_reply="")
    shop.hears("hello", at=timezone.now().timestamp() - 3600)  # there is a thread to read
    shop.graph.faults.append(HTML_502)
    comment(shop)
    for _ in range(3):
        shop.settles(time_passes)
    assert Message.objects.get(kind="private_reply").state == State.UNKNOWN
    assert sent(shop) == []
    assert Conversation.objects.get().needs_person


def test_a_private_reply_begins_what_stands_above_buttons(shop: Shop, rule: ResponseRule) -> None:
    text = "я" * 640  # more bytes than a text may have
    ResponseRule.objects.filter(pk=rule.pk).update(reply=text, buttons="Buy")
    comment(shop)
    assert sent(shop)[0] == ("comment:1805", "я" * 500)
