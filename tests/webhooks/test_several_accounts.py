"""Several accounts: each entry is for the account it names, and none disturbs another."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from conversations import outbox, turns
from conversations.account import connection as accounts
from conversations.account import pause as account_pause
from conversations.account.connection import NewToken
from conversations.models import (
    FIRST,
    STOPPED,
    Account,
    Conversation,
    Message,
    Origin,
    State,
    Verdict,
    key_of,
    mid_of,
)
from conversations.outbox import ReplyError
from instagram.client import Identity
from instagram.kinds import Kind
from shop import tuning
from tests.support.accounts import (
    SECOND,
    TOKEN,
    batch,
    connect_second,
    half_a_second_passes,
    item,
    text,
    tokens_used,
    told,
)
from tests.support.graph import ACCOUNT, Sent, error
from tests.support.shop import Shop, at_rest, incoming, outgoing
from webhooks.models import WebhookEvent

FIRST_TOKEN = "IGAA-token-of-tests"
# Each account's own id for the other, as Meta has it: nobody's elsewhere.
A_FOR_B, B_FOR_A = "771", "772"


def outcomes() -> list[str]:
    return [one["outcome"] for one in WebhookEvent.objects.latest("pk").outcomes]


def both_ask(shop: Shop, number: str = "1") -> None:
    shop.receives(
        batch(
            (ACCOUNT, item(ACCOUNT, "870001", message=text(f"m_a{number}"))),
            (SECOND, item(SECOND, "870001", message=text(f"m_b{number}"))),
        )
    )
    shop.works()


def test_each_entry_is_for_the_account_that_it_names(shop: Shop, second: Account) -> None:
    both_ask(shop)
    assert told() == [
        ("A", "customer", "price?"), ("A", "bot", "Ten euros."),
        ("B", "customer", "price?"), ("B", "bot", "Ten euros."),
    ]  # fmt: skip
    assert sorted(tokens_used(shop)) == ["A", "B"]
    assert at_rest()


@pytest.mark.parametrize(
    ("fault", "pause"),
    [
        (error(190, 463), Account.Pause.BROKEN),
        (error(200), Account.Pause.BROKEN),
        (error(613), Account.Pause.THROTTLED),
        (error(368), Account.Pause.BLOCKED),
    ],
    ids=["token", "permission", "throttle", "blocked"],
)
@pytest.mark.parametrize("broken", ["A", "B"])
def test_the_trouble_of_one_account_is_not_the_others(
    shop: Shop, second: Account, broken: str, fault: Any, pause: str
) -> None:
    token, other = (FIRST_TOKEN, "B") if broken == "A" else (TOKEN, "A")
    shop.graph.refused[token] = fault
    both_ask(shop)
    both_ask(shop, "2")
    account_pause.look_after()
    assert tokens_used(shop) == [other, other]
    paused = {"A": FIRST, "B": second.pk}[broken]
    assert list(Account.objects.exclude(pause="").values_list("pk", "pause")) == [(paused, pause)]
    assert account_pause.rate(FIRST if other == "A" else second.pk) == tuning.get("send_rate")


def test_a_token_that_no_key_opens_is_its_own_accounts_trouble(shop: Shop, second: Account) -> None:
    Account.objects.filter(pk=second.pk).update(token="sealed by a key that is gone")
    half_a_second_passes()
    both_ask(shop)
    assert tokens_used(shop) == ["A"]
    second.refresh_from_db()
    assert "TOKEN_KEYS" in second.pause_reason


def test_an_account_that_works_again_catches_up(shop: Shop, second: Account) -> None:
    shop.graph.refused[TOKEN] = error(190)
    both_ask(shop)
    shop.graph.refused.clear()
    account_pause.look_after()
    shop.works()
    assert tokens_used(shop) == ["A", "B"]
    assert not Account.objects.exclude(pause="").exists()


# Two of ours write to each other: Meta tells both of the same message.


def a_writes_to_b(mid: str, said: str) -> list[tuple[str, dict[str, Any]]]:
    return [
        (ACCOUNT, item(ACCOUNT, B_FOR_A, echo=True, message={**text(mid, said), "is_echo": True})),
        (SECOND, item(SECOND, A_FOR_B, message=text(mid, said))),
    ]


def b_writes_to_a(mid: str, said: str) -> list[tuple[str, dict[str, Any]]]:
    return [
        (SECOND, item(SECOND, A_FOR_B, echo=True, message={**text(mid, said), "is_echo": True})),
        (ACCOUNT, item(ACCOUNT, B_FOR_A, message=text(mid, said))),
    ]


Writes = Callable[[str, str], list[tuple[str, dict[str, Any]]]]


@pytest.mark.parametrize("together", [True, False], ids=["one batch", "one by one"])
@pytest.mark.parametrize("turned", [False, True], ids=["echo first", "echo last"])
@pytest.mark.parametrize(
    ("writes", "stored"),
    [
        (a_writes_to_b, [("A", "app", "hello"), ("B", "customer", "hello")]),
        (b_writes_to_a, [("A", "customer", "hello"), ("B", "app", "hello")]),
    ],
)
def test_what_our_accounts_write_to_each_other_is_kept_on_both_sides(  # noqa: PLR0913, PLR0917
    shop: Shop,
    second: Account,
    writes: Writes,
    stored: list[tuple[str, str, str]],
    turned: bool,
    together: bool,
) -> None:
    sides = writes("m_same", "hello")[:: -1 if turned else 1]
    for _ in range(2):  # the second time is a redelivery
        for body in [batch(*sides)] if together else [batch(one) for one in sides]:
            shop.receives(body)
            shop.reads()
        assert told(origin__in=["app", "customer"]) == stored
    rows = Message.objects.filter(origin__in=["app", "customer"]).select_related("conversation")
    assert {mid_of(row.conversation.account_id, row.mid) for row in rows} == {"m_same"}


@pytest.mark.parametrize("writes", [a_writes_to_b, b_writes_to_a])
@pytest.mark.parametrize("marked", ["A", "B"])
@pytest.mark.parametrize(
    ("mark", "found"),
    [
        ({"message_edit": {"mid": "m_same", "text": "bye", "num_edit": 1}}, {"text": "bye"}),
        ({"reaction": {"mid": "m_same", "action": "react", "emoji": "❤"}}, {"reaction": "❤"}),
        ({"message": {"mid": "m_same", "is_deleted": True}}, {"text": ""}),
    ],
    ids=["edit", "reaction", "unsend"],
)
def test_a_mark_is_about_the_message_of_its_own_account(  # noqa: PLR0913, PLR0917
    shop: Shop,
    second: Account,
    writes: Writes,
    marked: str,
    mark: dict[str, Any],
    found: dict[str, str],
) -> None:
    shop.receives(batch(*writes("m_same", "hello")))
    shop.works()
    account, customer = (ACCOUNT, B_FOR_A) if marked == "A" else (SECOND, A_FOR_B)
    shop.receives(batch((account, item(account, customer, **mark))))
    shop.reads()
    changed = Message.objects.filter(**found, origin__in=["app", "customer"])
    assert [row.conversation.account.instagram_id for row in changed] == [account]


def test_the_answer_of_one_is_the_question_of_the_other_even_before_its_response(
    shop: Shop, second: Account
) -> None:
    def arrives(sent: Sent) -> None:
        """The other side is told before our call has its response."""
        if sent.recipient == B_FOR_A:
            shop.receives(batch((SECOND, item(SECOND, A_FOR_B, message=text(sent.mid, sent.text)))))
            shop.reads()

    shop.graph.on_send = arrives
    shop.receives(batch((ACCOUNT, item(ACCOUNT, B_FOR_A, message=text("m_1")))))
    shop.reads()
    talk = Conversation.objects.get(account=FIRST, customer_id=B_FOR_A)
    turns.take(talk.pk)
    assert [(row.text, row.state) for row in outgoing()] == [("Ten euros.", State.SENT)]
    assert [row.text for row in incoming()] == ["price?", "Ten euros."]


# An account that is unknown, or not active


def test_what_came_for_an_unknown_account_is_read_when_it_is_connected(shop: Shop) -> None:
    account_pause.look_after()
    shop.receives(batch((SECOND, item(SECOND, "870001", message=text("m_b")))))
    shop.works()
    assert outcomes() == ["no account"]
    assert not Message.objects.exists()
    connect_second(shop)
    shop.works()
    assert outcomes() == ["recorded"]
    assert tokens_used(shop) == ["B"]


def test_one_of_several_keeps_its_name_while_its_new_token_is_not_known(
    shop: Shop, second: Account
) -> None:
    Account.objects.filter(pk=FIRST).update(identified_by="another token")
    half_a_second_passes()
    shop.graph.refused[FIRST_TOKEN] = error(190)
    both_ask(shop)
    assert outcomes() == ["recorded", "recorded"]
    assert tokens_used(shop) == ["B"]


def test_a_disconnected_account_keeps_its_messages_and_says_nothing(
    shop: Shop, second: Account
) -> None:
    assert accounts.disconnect(second.pk, "anna")
    assert not accounts.disconnect(second.pk, "ben")
    both_ask(shop)
    assert tokens_used(shop) == ["A"]
    kept = Message.objects.get(conversation__account=second, origin=Origin.CUSTOMER)
    assert (kept.verdict, kept.reason) == (Verdict.OFF, STOPPED)
    assert kept.conversation.waiting_since
    assert at_rest()
    with pytest.raises(ReplyError, match="disconnected"):
        outbox.reply(kept.conversation_id, "Ten.", "anna", "t")


@pytest.mark.parametrize("staff", ["", "anna"], ids=["the bot's", "a person's"])
def test_what_waits_to_be_sent_is_not_sent_when_the_account_is_disconnected(
    shop: Shop, second: Account, staff: str
) -> None:
    shop.graph.refused[TOKEN] = error(613)
    both_ask(shop)
    if staff:
        talk = Conversation.objects.get(account=second)
        outbox.reply(talk.pk, "Ten.", staff, "t")
    shop.graph.refused.clear()
    accounts.disconnect(second.pk, "anna")
    shop.works()
    assert tokens_used(shop) == ["A"]
    last = outgoing()[-1]
    assert last.state == (State.FAILED if staff else State.CANCELLED)
    assert last.error == STOPPED or "replied instead" in last.error
    assert Conversation.objects.get(account=second).waiting_since
    assert at_rest()


def test_a_connected_account_goes_on_where_it_was(shop: Shop, second: Account) -> None:
    accounts.disconnect(second.pk, "anna")
    both_ask(shop)
    again = accounts.connect(Identity(SECOND, "918", "second"), NewToken(TOKEN, Kind.INSTAGRAM))
    assert again.pk == second.pk
    both_ask(shop, "2")
    assert tokens_used(shop).count("B") == 1
    assert len(told(conversation__account=second)) == 3


def test_an_unconfirmed_send_of_a_paused_account_holds_no_other_ones_back(
    shop: Shop, second: Account
) -> None:
    both_ask(shop)
    long_ago = timezone.now() - timedelta(seconds=5)
    Message.objects.filter(origin=Origin.BOT).update(
        state=State.UNKNOWN, mid=None, called_at=long_ago
    )
    Account.objects.filter(pk=FIRST).update(paused_until=timezone.now() + timedelta(hours=1))
    for _ in range(2):
        outbox.settle_next()
    asked = [call for call in shop.graph.calls if "conversations" in call]
    assert len(asked) == 1
    looked = Message.objects.exclude(looked_at=None)
    assert [row.conversation.account_id for row in looked] == [second.pk]


@pytest.mark.parametrize("mid", ["aWdf1", "comment:1805", "key:abc", "x" * 255, "1:2", ""])
@pytest.mark.parametrize("account", [FIRST, 2, 12])
def test_the_keys_of_accounts_are_apart_and_fit_their_column(account: int, mid: str) -> None:
    key = key_of(account, mid)
    assert len(key) <= 255
    assert (key == mid) == (account == FIRST or not mid)
    assert not mid or len({key_of(one, mid) for one in (FIRST, 2, 12)}) == 3
    if len(mid) < 200:
        assert mid_of(account, key) == mid


def test_long_mids_that_differ_at_their_end_have_keys_of_their_own() -> None:
    assert key_of(2, "x" * 254 + "a") != key_of(2, "x" * 254 + "b")


def test_a_process_of_before_goes_on_writing(transactional_db: None) -> None:
    """It names only the columns that it knows, and one account."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO conversations_account (id, instagram_id, node_id, username, identified_by,"
            " pause, pause_reason) VALUES (1, '', '', '', '', '', '')"
        )
        cursor.execute(
            "INSERT INTO conversations_conversation (account_id, customer_id, name, username,"
            " bot_paused_by, needs_person, created_at)"
            " VALUES (1, '870001', '', '', '', FALSE, CURRENT_TIMESTAMP)"
        )
        talk = Conversation.objects.get()
        message = (
            "INSERT INTO conversations_message (conversation_id, origin, kind, mid, text, at,"
            " created_at, verdict) VALUES (%s, 'customer', 'text', 'm_1', 'hi', CURRENT_TIMESTAMP,"
            " CURRENT_TIMESTAMP, 'undecided') ON CONFLICT (mid) DO NOTHING"
        )
        cursor.execute(message, [talk.pk])
        cursor.execute(message, [talk.pk])
    account = Account.objects.get()
    assert (account.active, account.token, account.token_version) == (True, "", 0)
    assert Message.objects.get().mid == "m_1"
    assert Account.objects.create(instagram_id="1784").pk != FIRST
