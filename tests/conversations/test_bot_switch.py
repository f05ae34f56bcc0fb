"""The bot switched off for everybody: what it no longer says, who waits, and what goes on."""

from collections.abc import Callable
from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from conversations import bot_pause, bot_switch, outbox
from conversations.account import connection
from conversations.account.connection import NewToken
from conversations.inbox import late
from conversations.models import Account, Conversation, LateQuestion, Message, State, Verdict
from instagram.client import Identity
from instagram.kinds import Kind
from shop import tuning
from tests.support.accounts import SECOND, batch, connect_second, item
from tests.support.accounts import text as saying
from tests.support.clock import Clock
from tests.support.graph import error
from tests.support.points import TURN, at_point
from tests.support.scene import Scene
from tests.support.shop import Shop, at_rest, incoming, outgoing, settled
from tests.support.talks import comment

OFF = "Bot switched off by anna."


def off(by: str = "anna") -> int | None:
    return bot_switch.switch_off(Account.objects.ours().pk, by)


def on() -> bool:
    return bot_switch.switch_on(Account.objects.ours().pk, "ben")


def verdicts() -> list[tuple[str, str]]:
    return [(row.verdict, row.reason) for row in incoming()]


@pytest.fixture
def talk(shop: Shop) -> Conversation:
    """A customer who has been answered."""
    shop.hears("price")
    shop.works()
    return Conversation.objects.get()


WORDS: dict[str, Callable[[Shop], object]] = {
    "a message": lambda shop: shop.hears("price"),
    "a message of a new customer": lambda shop: shop.hears("price", customer="870002"),
    "a photo": lambda shop: shop.hears_item(
        {
            "message": {
                "mid": "aWdfPhoto",
                "attachments": [{"type": "image", "payload": {"url": "https://x.example/1.jpg"}}],
            }
        }
    ),
    "a reply to a story": lambda shop: shop.hears_item(
        {
            "message": {
                "mid": "aWdfStory",
                "text": "price",
                "reply_to": {"story": {"id": "1", "url": "https://x.example/1.jpg"}},
            }
        }
    ),
    "a tap": lambda shop: shop.hears_item(
        {"postback": {"mid": "aWdfTap", "title": "price", "payload": "PRICE"}}
    ),
    "a comment": lambda shop: comment(shop, "price"),
}


@pytest.mark.parametrize("word", WORDS)
def test_while_it_is_off_nobody_is_answered_and_whoever_writes_waits(
    talk: Conversation, shop: Shop, word: str
) -> None:
    assert off() == 0
    WORDS[word](shop)
    shop.works()
    assert shop.texts == ["Ten euros."]
    last = Message.objects.filter(origin="customer").latest("pk")
    assert (last.verdict, last.reason) == (Verdict.OFF, OFF)
    assert last.conversation.waiting_since == last.at
    assert not last.conversation.needs_person
    assert at_rest()


def test_switched_on_again_it_answers_what_comes_from_then_on(
    talk: Conversation, shop: Shop
) -> None:
    off()
    shop.hears("price")
    shop.works()
    assert on()
    shop.works()
    assert shop.texts == ["Ten euros."]
    shop.hears("delivery")
    shop.works()
    assert shop.texts == ["Ten euros.", "Two days."]
    assert [verdict for verdict, _ in verdicts()] == ["answered", "off", "answered"]
    talk.refresh_from_db()
    assert talk.waiting_since == incoming()[1].at


def test_staff_may_have_the_rules_answer_what_came_meanwhile(
    talk: Conversation, shop: Shop
) -> None:
    off()
    shop.hears("delivery")
    shop.works()
    on()
    assert late.answer_late(LateQuestion.objects.all()) == 1
    shop.works()
    assert shop.texts == ["Ten euros.", "Two days."]
    talk.refresh_from_db()
    assert talk.waiting_since is None


def test_what_staff_leave_without_an_answer_waits_no_longer(talk: Conversation, shop: Shop) -> None:
    off()
    shop.hears("delivery")
    shop.works()
    assert late.leave_late(LateQuestion.objects.all(), "ben") == 1
    talk.refresh_from_db()
    assert talk.waiting_since is None


def test_whoever_switched_it_off_first_stays_named(shop: Shop) -> None:
    assert off() == 0
    began = Account.objects.ours().bot_off_at
    assert off("ben") is None
    account = Account.objects.ours()
    assert (account.bot_off_by, account.bot_off_at) == ("anna", began)
    assert on()
    assert not on()
    assert not Account.objects.ours().bot_is_off


# What the bot had not sent yet


def test_what_is_queued_is_cancelled_and_its_customers_wait(talk: Conversation, shop: Shop) -> None:
    shop.graph.faults.append(error(613))
    shop.hears("delivery")
    shop.works()
    assert outgoing()[-1].state == State.QUEUED
    assert off() == 1
    last = outgoing()[-1]
    assert (last.state, last.error) == (State.CANCELLED, OFF)
    talk.refresh_from_db()
    assert talk.waiting_since == incoming()[-1].at


def test_what_is_tried_again_later_is_not_sent_even_if_it_is_on_by_then(
    talk: Conversation, shop: Shop, time_passes: Clock
) -> None:
    """It was being sent when the switch was turned, and Instagram asked to try again."""
    shop.hears("delivery")
    shop.reads()

    def refuse_once() -> None:
        off()
        on()

    with pytest.MonkeyPatch.context() as patch:
        at_point(patch, "after the answer of Meta", refuse_once)
        shop.graph.faults.append(error(613))
        shop.works()
    time_passes(timedelta(minutes=5))
    settled(shop, time_passes)
    assert shop.texts == ["Ten euros."]
    last = outgoing()[-1]
    assert (last.state, last.error) == (
        State.CANCELLED, "The bot was switched off before this was sent.",
    )  # fmt: skip
    assert at_rest()


def test_what_staff_write_or_have_resent_goes_on(talk: Conversation, shop: Shop) -> None:
    shop.graph.faults.append(error(613))
    shop.hears("delivery")
    shop.works()
    off()
    Account.objects.update(paused_until=None, pause="")
    outbox.reply(talk.pk, "Hello!", "ben", "token")
    shop.works()
    outbox.resend(Message.objects.filter(state=State.CANCELLED), "ben")
    shop.works()
    assert shop.texts == ["Ten euros.", "Hello!", "Two days."]


@pytest.mark.parametrize("rate", ["0", "50"])
@pytest.mark.parametrize("point", TURN)
def test_from_the_click_on_no_message_of_the_bot_begins_to_be_sent(
    shop: Shop, monkeypatch: pytest.MonkeyPatch, time_passes: Clock, point: str, rate: str
) -> None:
    """Whatever step of a turn it meets: what is sent after it was on its way before."""
    tuning.put("send_rate", rate)
    shop.hears("price")
    shop.works()
    under_way: list[int] = []

    def switched_off() -> None:
        off()
        sending = Message.objects.filter(state__in=[State.SENDING, State.SENT])
        under_way.extend(sending.values_list("pk", flat=True))

    at_point(monkeypatch, point, switched_off)
    for text in ("delivery", "price", "delivery"):
        shop.hears(text)
    settled(shop, time_passes)
    sent = Message.objects.filter(state=State.SENT).values_list("pk", flat=True)
    assert set(sent) == set(under_way)
    assert len(shop.texts) == len(under_way)
    waits = Conversation.objects.get().waiting_since is not None
    assert waits == (len(under_way) < len(incoming()))
    assert at_rest()


@pytest.mark.parametrize("point", TURN)
def test_it_may_be_switched_on_at_any_point(
    shop: Shop, monkeypatch: pytest.MonkeyPatch, time_passes: Clock, point: str
) -> None:
    """What is decided by then waits, what comes after it is answered."""
    shop.hears("price")
    shop.works()
    off()
    at_point(monkeypatch, point, lambda: (on(), None)[1])
    shop.hears("delivery")
    settled(shop, time_passes)
    assert incoming()[-1].verdict in (Verdict.OFF, Verdict.ANSWERED)
    on()
    shop.hears("price")
    settled(shop, time_passes)
    assert incoming()[-1].verdict == Verdict.ANSWERED
    assert at_rest()


def test_an_engine_that_is_still_thinking_does_not_speak(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    at_point(monkeypatch, "while the engines are asked", lambda: (off(), None)[1])
    shop.hears("price")
    shop.works()
    assert shop.texts == []
    assert verdicts() == [("off", OFF)]
    assert outgoing() == []


# What comes first


def test_a_pause_of_a_person_is_named_rather_than_the_switch(
    talk: Conversation, shop: Shop
) -> None:
    off()
    bot_pause.pause(talk.pk, "ben")
    shop.hears("price")
    shop.works()
    assert verdicts()[-1] == ("paused", "Bot paused by ben.")


def test_an_opt_out_is_heard_and_not_confirmed(shop: Shop, time_passes: Clock) -> None:
    scene = Scene(shop, time_passes)
    scene.asks("price")
    off()
    scene.asks("STOP")
    assert scene.talk.opted_out_at is not None
    assert scene.talk.waiting_since is None
    assert len(scene.shop.texts) == 1


def test_the_typing_dots_are_not_shown(shop: Shop, time_passes: Clock) -> None:
    tuning.put("show_typing", "1")
    tuning.put("waiting_seconds", "2")
    off()
    shop.hears("price")
    shop.works()
    assert shop.graph.signs == []


# By the command line


def test_the_command_turns_it_and_tells_how_it_is(talk: Conversation, shop: Shop) -> None:
    def says(*words: str) -> str:
        out = StringIO()
        call_command("bot_switch", *words, stdout=out)
        return out.getvalue()

    assert says() == "The bot is on.\n"
    assert says("off", "--by", "Anna").startswith("The bot is off since ")
    assert Account.objects.ours().bot_off_by == "Anna"
    assert "by Anna." in says("off", "--by", "Ben")
    assert says("on") == "The bot is on.\n"


def test_the_command_turns_all_accounts_or_one(shop: Shop) -> None:
    def says(*words: str) -> list[str]:
        out = StringIO()
        call_command("bot_switch", *words, stdout=out)
        return out.getvalue().splitlines()

    connect_second(shop)
    assert says("off", "--account", "@second")[0].startswith("The bot of @second is off since ")
    assert says("--account", "second") != says("--account", "shop") == ["The bot of @shop is on."]
    assert [line.split(" is ")[1][:3] for line in says("off")] == ["off", "off"]
    assert says("on") == ["The bot of @shop is on.", "The bot of @second is on."]
    with pytest.raises(CommandError, match="No account is called 'nobody'"):
        says("off", "--account", "nobody")


def test_an_account_that_is_disconnected_meanwhile_stays_silent_when_it_comes_back(
    shop: Shop,
) -> None:
    second = connect_second(shop)
    connection.disconnect(second.pk, "anna")
    call_command("bot_switch", "off", stdout=StringIO())
    assert connect_second(shop) == second
    accounts = Account.objects.order_by("pk")
    assert [(row.active, row.bot_is_off) for row in accounts] == [(True, True)] * 2


# An account that is connected while the bot is off


def test_a_new_account_is_silent_where_the_bot_is_off_for_all(shop: Shop) -> None:
    off("olga")
    second = connect_second(shop)
    assert (second.bot_off_by, second.bot_off_at is not None) == ("olga", True)
    shop.receives(batch((SECOND, item(SECOND, "870002", message=saying("m_b")))))
    shop.works()
    assert verdicts() == [(Verdict.OFF, "Bot switched off by olga.")]
    assert shop.texts == []
    assert bot_switch.switch_on(second.pk, "ben")
    shop.receives(batch((SECOND, item(SECOND, "870002", message=saying("m_c")))))
    shop.works()
    assert shop.texts == ["Ten euros."]


def test_a_new_account_answers_where_the_bot_is_on_for_another(shop: Shop) -> None:
    second = connect_second(shop)
    off()
    assert not connect_third().bot_is_off
    bot_switch.switch_off(second.pk, "ben")
    Account.objects.filter(instagram_id=THIRD).delete()
    assert connect_third().bot_off_by == "ben", "who was the last to switch it off"


def test_whether_an_account_is_silent_is_asked_of_those_that_could_speak(shop: Shop) -> None:
    """One that is disconnected answers nobody, whatever its switch says."""
    second = connect_second(shop)
    connection.disconnect(second.pk, "ben")
    off("olga")
    assert connect_third().bot_off_by == "olga"


def test_a_known_account_keeps_its_switch(shop: Shop) -> None:
    second = connect_second(shop)
    connection.disconnect(second.pk, "ben")
    off()
    assert not connect_second(shop).bot_is_off


def test_an_account_that_is_connected_while_all_are_switched_off_is_switched_off_too(
    shop: Shop,
) -> None:
    connect_second(shop)
    seen = []
    for account in bot_switch.all_in_turn():
        seen.append(account.pk)
        bot_switch.switch_off(account.pk, "anna")
        if len(seen) == 1:
            connect_third()
    assert not Account.objects.filter(bot_off_by="").exists()
    assert len(seen) == 3


THIRD = "17841400000000003"


def connect_third() -> Account:
    return connection.connect(
        Identity(THIRD, "919", "third"), NewToken("IGAA-third", Kind.INSTAGRAM)
    )
