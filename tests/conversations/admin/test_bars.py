"""The bot's switch in the admin, and the red bars above every page."""

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission, User
from django.test import Client
from django.utils import timezone

from conversations import bot_switch
from conversations.models import Account, Conversation, Message, Origin, State
from tests.support.clock import Clock, move_to
from tests.support.shop import Shop
from tests.support.talks import LIST, ask, queries, say, viewer

pytestmark = pytest.mark.django_db

SWITCH = "/admin/conversations/account/bot/"
MINUTE = timedelta(minutes=1)
PAGES = {
    "overview": "/admin/",
    "inbox": f"{LIST}?tab=all",
    "outbox": "/admin/conversations/outboxmessage/",
    "rules": "/admin/rules/responserule/",
    "a new rule": "/admin/rules/responserule/add/",
    "try it": "/admin/rules/responserule/try/",
    "shop": "/admin/shop/shop/1/change/",
    "users": "/admin/auth/user/",
    "password": "/admin/password_change/",
    "the switch": SWITCH,
}


def shown(staff: Client, address: str) -> str:
    response = staff.get(address)
    assert response.status_code == 200, address
    return str(response.content.decode())


def turn(staff: Client, to: str) -> str:
    return str(staff.post(SWITCH, {"to": to}, follow=True).content.decode())


def paused(kind: str, minutes_ago: float = 10, **fields: Any) -> None:
    now = timezone.now()
    since, until = now - minutes_ago * MINUTE, now + timedelta(days=1)
    account = Account.objects.ours()
    rows = Account.objects.filter(pk=account.pk)
    rows.update(**{"pause": kind, "paused_until": until, "struck_at": since} | fields)


# The switch


def test_it_is_turned_off_and_on_by_one_click_each(staff: Client) -> None:
    assert "The bot is on" in shown(staff, SWITCH)
    assert "The bot is off." in turn(staff, "off")
    account = Account.objects.get()
    assert account.bot_off_by == "anna"
    assert "The bot is on. It answers" in turn(staff, "on")
    assert not Account.objects.get().bot_is_off
    said = [entry.get_change_message() for entry in LogEntry.objects.order_by("pk")]
    assert said == ["Switched the bot off.", "Switched the bot on."]


def test_it_says_what_was_cancelled(staff: Client, talk: Conversation) -> None:
    question = ask(talk)
    say(talk, state=State.QUEUED, in_reply_to=question)
    say(talk, state=State.QUEUED, origin=Origin.STAFF, staff="ben")
    assert "The bot is off. 1 message was cancelled." in turn(staff, "off")
    assert Message.objects.filter(state=State.QUEUED).get().staff == "ben"


def test_whoever_switched_it_off_first_stays_named(staff: Client) -> None:
    bot_switch.switch_off(Account.objects.ours().pk, "ben")
    turn(staff, "off")
    assert Account.objects.get().bot_off_by == "ben"
    assert not LogEntry.objects.exists()


@pytest.mark.parametrize(
    ("right", "may"),
    [
        ("change_account", True),
        ("change_shop", True),
        ("change_conversation", False),
        ("view_account", False),
    ],
)
def test_who_may_change_account_or_shop_turns_it(client: Client, right: str, may: bool) -> None:
    person = viewer(client, right)
    assert person.get(SWITCH).status_code == (200 if may else 403)
    assert person.post(SWITCH, {"to": "off"}).status_code == (302 if may else 403)
    assert Account.objects.ours().bot_is_off == may
    assert (f'href="{SWITCH}"' in shown(person, "/admin/")) == may


def test_the_rules_answer_nothing_while_it_is_off(staff: Client, shop: Shop) -> None:
    turn(staff, "off")
    shop.hears("price")
    shop.works()
    address = "/admin/conversations/latequestion/"
    late = Message.objects.get()
    assert "1 customer wrote" in shown(staff, address)
    chosen = {"action": "answer", "_selected_action": [late.pk]}
    said = staff.post(address, chosen, follow=True).content.decode()
    assert "The bot is off, or the account is disconnected: nothing can be answered now." in said
    turn(staff, "on")
    assert "Answering 1 message by the rules." in (
        staff.post(address, chosen, follow=True).content.decode()
    )
    shop.works()
    assert shop.texts == ["Ten euros."]


# The bars


@pytest.mark.parametrize("name", PAGES)
def test_every_page_says_that_the_bot_is_off_since_when_and_by_whom(
    staff: Client, name: str
) -> None:
    assert "bar-link" not in shown(staff, PAGES[name])
    turn(staff, "off")
    account = Account.objects.get()
    assert account.bot_off_at
    since = timezone.localtime(account.bot_off_at).strftime("%H:%M")
    page = shown(staff, PAGES[name])
    assert f"<strong>The bot is off</strong> since {since}, by anna." in page
    assert f'<a class="bar-link" href="{SWITCH}">Switch it on</a>' in page


def test_a_thread_says_it_too_and_its_part_alone(staff: Client, talk: Conversation) -> None:
    turn(staff, "off")
    address = f"{LIST}{talk.pk}/change/"
    assert "The bot is off" in shown(staff, address)
    part = staff.get(address, headers={"X-Parts": "bar"}).content.decode()
    assert "The bot is off" in part


def test_who_may_not_switch_it_is_told_and_gets_no_link(client: Client) -> None:
    bot_switch.switch_off(Account.objects.ours().pk, "anna")
    page = shown(viewer(client, "view_conversation"), LIST)
    assert "The bot is off" in page
    assert "bar-link" not in page


def test_strangers_are_told_nothing(client: Client) -> None:
    bot_switch.switch_off(Account.objects.ours().pk, "anna")
    assert "The bot is off" not in shown(client, "/admin/login/")


@pytest.mark.parametrize(
    ("kind", "minutes", "title"),
    [
        ("broken", 0, "Instagram has not accepted our login"),
        ("blocked", 0, "Instagram has blocked our messages"),
        ("unreachable", 10, "Instagram has been unreachable"),
        ("unreachable", 0.5, ""),
        ("throttled", 10, ""),
        ("", 10, ""),
    ],
)
def test_every_page_says_that_nothing_can_be_sent(
    staff: Client, kind: str, minutes: float, title: str
) -> None:
    paused(kind, minutes)
    page = shown(staff, "/admin/")
    assert ('class="bar"' in page) == bool(title)
    assert title in page


def test_it_says_how_many_wait_and_how_to_reconnect(
    staff: Client, talk: Conversation, time_passes: Clock
) -> None:
    move_to(12, time_passes)
    paused("broken")
    account = Account.objects.get()
    since = timezone.localtime(account.struck_at).strftime("%H:%M")
    assert f"since {since}. We try again every minute." in shown(staff, "/admin/")
    for number in range(2):
        say(talk, state=State.QUEUED, origin=Origin.STAFF, staff="ben")
        waits = "1 message is waiting." if number == 0 else "2 messages are waiting."
        assert f"{waits} We try again every minute." in shown(staff, "/admin/")
    link = f"/admin/conversations/account/{account.pk}/change/"
    assert f'href="{link}#reconnect"' in shown(staff, "/admin/")
    assert 'id="reconnect"' in shown(staff, link)
    paused("")
    assert 'id="reconnect"' not in shown(staff, link)


def test_the_bars_cost_two_queries_however_much_waits(staff: Client, talk: Conversation) -> None:
    calm = queries(lambda: shown(staff, "/admin/password_change/"))
    paused("broken")
    say(talk, state=State.QUEUED, origin=Origin.STAFF, staff="ben")
    once = queries(lambda: shown(staff, "/admin/password_change/"))
    assert once == calm + 1
    for _ in range(9):
        say(talk, state=State.QUEUED, origin=Origin.STAFF, staff="ben")
    assert queries(lambda: shown(staff, "/admin/password_change/")) == once


def test_users_without_any_right_see_the_bar_too(client: Client) -> None:
    bot_switch.switch_off(Account.objects.ours().pk, "anna")
    User.objects.create_user("new", is_staff=True)
    assert not Permission.objects.filter(user__username="new").exists()
    client.force_login(User.objects.get(username="new"))
    assert "The bot is off" in shown(client, "/admin/")
