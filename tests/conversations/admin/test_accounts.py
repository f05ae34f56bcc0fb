"""Several accounts in the admin: how each is, its bot's switch, and the inbox of one of them."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from conversations import bot_switch
from conversations.account import connection
from conversations.models import FIRST, Account, Conversation, Message, Verdict
from tests.support.accounts import SECOND, batch, item, text
from tests.support.graph import ACCOUNT
from tests.support.shop import Shop
from tests.support.talks import ALL, LIST, ask

ACCOUNTS = "/admin/conversations/account/"
SWITCH = f"{ACCOUNTS}bot/"
HOUR = timedelta(hours=1)


def shown(staff: Client, url: str) -> str:
    return str(staff.get(url).content.decode())


def test_the_list_says_how_each_account_is(staff: Client, shop: Shop, second: Account) -> None:
    Account.objects.filter(pk=FIRST).update(
        pause=Account.Pause.BLOCKED, paused_until=timezone.now() + HOUR, bot_off_by="ben"
    )
    connection.disconnect(second.pk, "anna")
    page = shown(staff, ACCOUNTS)
    for word in ("@shop", "paused until", "@second", "disconnected", "Switched off by ben."):
        assert word in page


@pytest.mark.parametrize("which", ["first", "second", "all"])
def test_the_bot_is_switched_off_at_one_account_or_at_all(
    staff: Client, shop: Shop, second: Account, which: str
) -> None:
    pks = {"first": [FIRST], "second": [second.pk], "all": [FIRST, second.pk]}[which]
    assert "Switch the bot of @second off" in shown(staff, SWITCH)
    chosen = {} if which == "all" else {"account": pks[0]}
    staff.post(SWITCH, {"to": "off", **chosen})
    off = Account.objects.exclude(bot_off_by="").order_by("pk")
    assert list(off.values_list("pk", flat=True)) == pks
    shop.receives(
        batch(
            (ACCOUNT, item(ACCOUNT, "870001", message=text("m_a"))),
            (SECOND, item(SECOND, "870002", message=text("m_b"))),
        )
    )
    shop.works()
    silent = Message.objects.filter(verdict=Verdict.OFF)
    assert {row.conversation.account_id for row in silent} == set(pks)
    staff.post(SWITCH, {"to": "on"})
    assert not Account.objects.exclude(bot_off_by="").exists()


def test_the_bars_say_whose_trouble_it_is(staff: Client, shop: Shop, second: Account) -> None:
    bot_switch.switch_off(second.pk, "ben")
    Account.objects.filter(pk=FIRST).update(
        pause=Account.Pause.BROKEN, paused_until=timezone.now() + HOUR, struck_at=timezone.now()
    )
    page = shown(staff, ACCOUNTS)
    assert "The bot is off (@second)" in page
    assert "Instagram has not accepted our login (@shop)" in page
    connection.disconnect(second.pk, "anna")
    assert "The bot is off" not in shown(staff, ACCOUNTS)


def test_home_says_how_each_account_is(staff: Client, shop: Shop, second: Account) -> None:
    connection.disconnect(second.pk, "anna")
    page = shown(staff, "/admin/")
    assert "@shop: login accepted" in page
    assert "@second: disconnected" in page


def make_talk(account: int, username: str) -> Conversation:
    talk = Conversation.objects.create(
        account_id=account, customer_id=f"of-{username}", username=username,
        last_inbound_at=timezone.now(),
    )  # fmt: skip
    ask(talk)
    return talk


def test_the_inbox_is_narrowed_to_an_account(staff: Client, shop: Shop, second: Account) -> None:
    make_talk(FIRST, "kate")
    make_talk(second.pk, "liam")
    page = shown(staff, ALL)
    assert page.count("The account that the customer wrote to.") == 2
    assert '<select name="account">' in page
    page = shown(staff, f"{LIST}?account={second.pk}")
    assert "@liam" in page
    assert "@kate" not in page
    assert "@kate" in shown(staff, f"{LIST}?account={FIRST}")
    assert "@kate" not in shown(staff, f"{LIST}?account=nonsense")


def test_a_shop_with_one_account_sees_nothing_of_several(staff: Client, shop: Shop) -> None:
    make_talk(Account.objects.ours().pk, "kate")
    page = shown(staff, ALL)
    assert "The account that the customer wrote to." not in page
    assert 'name="account"' not in page
    assert "The bot is on<" in shown(staff, SWITCH)


@pytest.mark.parametrize("stop", [bot_switch.switch_off, connection.disconnect])
def test_late_messages_are_answered_where_the_bot_may_speak(
    staff: Client, shop: Shop, second: Account, stop: Callable[[int, str], object]
) -> None:
    late = {"verdict": Verdict.TOO_OLD, "text": "price?"}
    for pk, username in ((FIRST, "kate"), (second.pk, "liam")):
        Message.objects.filter(conversation=make_talk(pk, username)).update(**late)
    stop(second.pk, "ben")
    rows = list(Message.objects.values_list("pk", flat=True))
    url = "/admin/conversations/latequestion/"
    done = {"action": "answer", "_selected_action": rows}
    said = staff.post(url, done, follow=True).content.decode()
    assert "Answering 1 message by the rules." in said
    assert "1 message left out: the bot is off for their account" in said
    shop.works()
    assert [sent.recipient for sent in shop.graph.sent] == ["of-kate"]
    assert Message.objects.filter(verdict=Verdict.TOO_OLD).count() == 1


def test_the_reply_field_of_a_disconnected_account_says_so(
    staff: Client, shop: Shop, second: Account
) -> None:
    talk = make_talk(second.pk, "liam")
    connection.disconnect(second.pk, "anna")
    page = shown(staff, f"{LIST}{talk.pk}/change/")
    assert "This Instagram account is disconnected." in page
