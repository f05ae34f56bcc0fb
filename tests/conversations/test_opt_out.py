"""Customers who want no automatic messages any more: what is heard, what is silent, who lifts."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from conversations import bot_pause, outbox
from conversations import opt_out as opt_out_of_customer
from conversations.engine import Answer, Question
from conversations.models import Conversation, Message, Origin, State, Verdict
from conversations.opt_out import OPTED_OUT
from conversations.outbox import states
from rules import opt_out
from rules.models import ResponseRule
from shop import tuning
from shop.models import Shop as ShopPage
from tests.support.clock import Clock
from tests.support.graph import error
from tests.support.points import TURN, KilledError, at_point, dies
from tests.support.shop import Shop, at_rest, incoming, outgoing, settled
from tests.support.talks import comment, says

BYE = "You will get no more automatic messages from us."
WELCOME = "Welcome back!"


@pytest.fixture(autouse=True)
def _rules(shop: Shop) -> None:
    opt_out.add_rules(by="anna")


def talk() -> Conversation:
    return Conversation.objects.get()


def hears(shop: Shop, *texts: str) -> list[str]:
    """The customer writes these, one after the other; return how each answer begins."""
    before = len(shop.texts)
    for text in texts:
        shop.hears(text)
        shop.works()
    return [re.split(r"(?<=[.!]) ", text)[0] for text in shop.texts[before:]]


def taps(shop: Shop, title: str, payload: str) -> None:
    reply = {"mid": f"tap-{title}", "text": title, "quick_reply": {"payload": payload}}
    shop.hears_item({"message": reply})
    shop.works()


@pytest.mark.table
@pytest.mark.parametrize(
    "text",
    [
        "stop", "STOP", "Stop.", "stop!", "STOP!!!", "  stop  ", "“Stop”",
        "stop 🙏", "🛑", "🛑 STOP 🛑",
        "STOPPP", "stoooop", "stop stop", "Stop. Stop! STOP", "ｓｔｏｐ",
        "please stop", "Stop please", "stop, please!", "Pls stop", "STOP, thank you.",
        "plz stop plz",
        "Please, STOPPP!!", "unsubscribe", "Unsubscribe me please", "opt-out", "opt out", "OPTOUT",
        "stop all", "STOPALL", "arrêt", "ARRET", "Arrêtez s'il vous plaît", "svp stop",
        "désabonner",
        "стоп", "СТОП!", "Стоп, пожалуйста", "отписаться", "Відписатися, будь ласка", "baja",
        "Baja por favor", "cancelar suscripción", "Cancelar suscripcion", "abmelden",
        "stop-stop", "arrête", "STOP, a.u.b.", "중지해주세요", "Bitte abmelden",
        "Stopp bitte", "cancelar inscrição", "disiscriviti", "afmelden aub", "wypisz", "odhlásit",
        "lütfen dur", "dur", "توقف", "إلغاء الاشتراك", "من فضلك توقف", "עצור בבקשה", "退订",
        "请停止",
        "停止してください", "그만", "수신거부 부탁드립니다", "หยุด", "กรุณาหยุด",
        "dừng lại", "Dừng", "Dừng ạ",
        "berhenti tolong",
    ],
)  # fmt: skip
def test_a_whole_message_that_says_stop_opts_out(shop: Shop, text: str) -> None:
    assert hears(shop, text) == [BYE]
    question = incoming()[-1]
    assert talk().opted_out_message == question.pk
    assert talk().opted_out_at == question.decided_at
    assert question.verdict == Verdict.ANSWERED
    assert "in rule Opt out" in question.reason
    assert hears(shop, "price", "delivery?") == []
    assert [row.verdict for row in incoming()[1:]] == [Verdict.PAUSED] * 2
    assert at_rest()


@pytest.mark.table
@pytest.mark.parametrize(
    "text",
    [
        "stop sending blue, send red", "one-stop shop", "don't stop", "do not stop", "non-stop",
        "stop it, you're too kind", "bus stop", "where is the stop?", "full stop", "stopwatch",
        "can you stop my order", "please cancel", "cancel", "end", "no", "please", "please please",
        "thank you", "stop and go", "arrêt de bus", "non stop", "price", "unsubscribed",
        "how do I unsubscribe?", "nonstop please", "не стоп", "стоп-кадр", "start", "START",
        "halt", "stop-price", "不停止", "", "đúng", "Đúng ạ", "dung", "stop-stop-shop",
    ],
)  # fmt: skip
def test_anything_more_or_else_is_an_ordinary_message(shop: Shop, text: str) -> None:
    hears(shop, text)
    assert not talk().has_opted_out
    assert BYE not in "".join(shop.texts)


def test_a_tap_is_a_whole_message_and_a_comment_is_none(shop: Shop) -> None:
    comment(shop, "STOP")
    assert not Conversation.objects.exclude(opted_out_at=None).exists()
    assert outgoing() == []
    taps(shop, "No more messages", "STOP")
    assert talk().has_opted_out


def test_a_rule_that_was_made_for_comments_behind_the_form_opts_nobody_out(shop: Shop) -> None:
    ResponseRule.objects.filter(opt_out="stop").update(for_comments=True)
    comment(shop, "STOP")
    assert not talk().has_opted_out


@pytest.mark.parametrize("first", ["please", "don't", "one"])
def test_what_is_said_in_one_go_is_never_joined_to_it(
    shop: Shop, time_passes: Clock, first: str
) -> None:
    tuning.put("waiting_seconds", "2")
    says(shop, time_passes, first, "stop shop")
    assert not talk().has_opted_out


@pytest.mark.parametrize(
    ("texts", "silent", "said"),
    [
        (["price", "STOP"], True, [BYE]),
        (["STOP", "price"], True, [BYE]),
        (["delivery", "STOP", "price", "stop"], True, [BYE]),
        (["STOP", "START", "price"], False, [WELCOME, "Ten euros."]),
        (["STOP", "START", "stop"], True, [BYE]),
    ],
)
def test_the_last_word_of_one_moment_counts(
    shop: Shop, time_passes: Clock, texts: list[str], silent: bool, said: list[str]
) -> None:
    tuning.put("waiting_seconds", "2")
    says(shop, time_passes, *texts)
    assert talk().has_opted_out == silent
    assert [re.split(r"(?<=[.!]) ", text)[0] for text in shop.texts] == said
    assert all(row.verdict != Verdict.UNDECIDED and row.reason for row in incoming())


def test_the_first_words_are_not_sent_with_the_one_confirmation(shop: Shop) -> None:
    ShopPage.objects.create(name="Flowers", disclosure="I am a bot.")
    assert hears(shop, "STOP") == [BYE]


def test_what_is_queued_is_cancelled_but_for_what_a_person_wrote(
    shop: Shop, settings: Settings, time_passes: Clock
) -> None:
    settings.RETRY_FIRST = 60
    shop.graph.faults.append(error(2018321))
    assert hears(shop, "price") == []
    assert [row.state for row in outgoing()] == [State.QUEUED]
    assert hears(shop, "stop") == [BYE]
    assert [(row.state, row.error) for row in outgoing()] == [
        (State.CANCELLED, OPTED_OUT),
        (State.SENT, ""),
    ]
    outbox.reply(talk().pk, "Anna here, sorry!", "anna", "t1")
    shop.works()
    assert shop.texts[-1] == "Anna here, sorry!"
    assert talk().has_opted_out
    price = outgoing()[0]
    outbox.resend(Message.objects.filter(pk=price.pk), "anna")
    time_passes(timedelta(minutes=2))
    shop.works()
    assert shop.texts[-1] == "Ten euros.", "staff may have it sent all the same"


def queue_another(question: Message) -> Message:
    """A worker that knew nothing of the opt-out has an answer for this question."""
    now = timezone.now()
    row = Message(
        conversation=talk(), origin=Origin.BOT, text="News!", at=now, created_at=now,
        in_reply_to=question, position=1,
    )  # fmt: skip
    states.queue(row)
    Conversation.objects.wake(talk().pk, now)
    return row


def test_the_gate_asks_for_it_whoever_queued_a_message(shop: Shop) -> None:
    hears(shop, "price", "stop")
    row = queue_another(incoming()[0])
    shop.works()
    row.refresh_from_db()
    assert (row.state, row.error) == (State.CANCELLED, OPTED_OUT)
    assert len(shop.texts) == 2
    opt_out_of_customer.lift(talk().pk)
    Message.objects.filter(pk=row.pk).update(state=State.QUEUED)
    Conversation.objects.wake(talk().pk, timezone.now())
    shop.works()
    assert shop.texts[-1] == "News!"


def test_a_comment_of_who_has_opted_out_is_not_answered(shop: Shop) -> None:
    ResponseRule.objects.filter(name="Price").update(for_comments=True, public_reply="See chat.")
    hears(shop, "stop")
    comment(shop, "price?")
    assert len(shop.texts) == 1
    asked = Message.objects.get(kind="comment")
    assert (asked.verdict, asked.reason) == (Verdict.PAUSED, OPTED_OUT)
    assert not talk().needs_person


def test_the_confirmation_is_tried_again(
    shop: Shop, settings: Settings, time_passes: Clock
) -> None:
    settings.RETRY_FIRST = 2
    shop.graph.faults.append(error(2018321))
    assert hears(shop, "stop") == []
    time_passes(timedelta(seconds=2))
    shop.works()
    assert len(shop.texts) == 1


def test_stop_again_gets_no_second_confirmation_and_asks_for_nobody(shop: Shop) -> None:
    assert hears(shop, "stop", "STOP!") == [BYE]
    assert not talk().needs_person
    hears(shop, "where is my parcel?")
    assert talk().needs_person, "a person has to answer, since the bot may not"


def test_start_lifts_it_and_means_nothing_to_others(shop: Shop) -> None:
    ResponseRule.objects.create(name="Begin", order=3, keywords="start", reply="The menu.")
    assert hears(shop, "start") == ["The menu."]
    assert hears(shop, "stop", "start please", "price") == [BYE, WELCOME, "Ten euros."]
    assert (talk().opted_out_at, talk().opted_out_message) == (None, None)
    assert hears(shop, "stop", "price") == [BYE]


@pytest.mark.parametrize(
    "text",
    ["START", "Старт!", "alta", "Démarrer svp", "ابدأ", "开始", "başla", "unstop", "시작해주세요"],
)
def test_start_is_understood_in_many_languages(shop: Shop, text: str) -> None:
    assert hears(shop, "stop", text) == [BYE, WELCOME]


def test_it_comes_before_every_other_rule(shop: Shop) -> None:
    ResponseRule.objects.create(name="All", match="everything", order=0, reply="Hi.")
    ResponseRule.objects.create(name="Stops", keywords="stop", order=0, reply="The bus stop.")
    assert hears(shop, "stop") == [BYE]
    assert ["Stops", "Rule Opt out comes first: it is for customers who opt out or in again."] in (
        incoming()[-1].why["lost"]
    )


def test_a_pause_is_another_thing(shop: Shop) -> None:
    hears(shop, "stop")
    bot_pause.pause(talk().pk, "anna")
    bot_pause.resume(talk().pk)
    assert hears(shop, "price") == []
    assert talk().has_opted_out


def silence(shop: Shop, how: str) -> dict[str, Any]:
    if how == "paused":
        bot_pause.pause(talk().pk, "anna")
    elif how == "other app":
        future = timezone.now() + timedelta(hours=1)
        Conversation.objects.update(other_app_at=future)
    return {"at": timezone.now().timestamp() - 3600} if how == "late" else {}


@pytest.mark.parametrize("how", ["paused", "other app", "late"])
def test_it_is_heard_where_the_bot_is_silent_anyway(shop: Shop, how: str) -> None:
    hears(shop, "price")
    shop.hears("STOP", **silence(shop, how))
    shop.works()
    assert talk().has_opted_out
    assert len(shop.texts) == 1, "the bot stays silent"
    assert incoming()[0 if how == "late" else -1].reason.endswith("The customer opted out.")
    bot_pause.resume(talk().pk)
    Conversation.objects.update(other_app_at=None)
    assert hears(shop, "price") == []
    assert hears(shop, "start") == [WELCOME]


def test_start_during_a_pause_lifts_it_without_a_word(shop: Shop) -> None:
    hears(shop, "stop")
    bot_pause.pause(talk().pk, "anna")
    assert hears(shop, "start") == []
    assert not talk().has_opted_out


class Chatty:
    def answer(self, question: Question) -> Answer:
        return Answer(("I answer everything.",), "chatty")


def test_an_engine_that_answers_everything_hides_no_stop(shop: Shop, settings: Settings) -> None:
    settings.RESPONSE_ENGINES = [f"{__name__}.Chatty", "rules.engine.RuleEngine"]
    assert hears(shop, "price", "please stop", "price") == ["I answer everything.", BYE]
    assert hears(shop, "start", "start") == [WELCOME, "I answer everything."]


@pytest.mark.parametrize("point", TURN)
def test_whatever_dies_the_opt_out_and_its_confirmation_are_written_together(
    shop: Shop, monkeypatch: pytest.MonkeyPatch, time_passes: Clock, point: str
) -> None:
    shop.hears("price")
    shop.hears("stop")
    shop.reads()
    at_point(monkeypatch, point, dies)
    with pytest.raises(KilledError):
        shop.works()
    settled(shop, time_passes)
    assert talk().has_opted_out
    assert shop.texts[-1].startswith(BYE)
    assert shop.texts[:-1] in ([], ["Ten euros."])
    assert at_rest()


@pytest.fixture
def opted_out(shop: Shop) -> Conversation:
    hears(shop, "stop")
    shop.hears("price", customer="870002")
    shop.works()
    return Conversation.objects.exclude(opted_out_at=None).get()


def test_staff_see_it_filter_by_it_and_lift_it(
    shop: Shop, staff: Client, opted_out: Conversation
) -> None:
    listed = "/admin/conversations/conversation/"
    for query, count in (("yes", 1), ("no", 1), ("nonsense", 2)):
        rows = staff.get(f"{listed}?opted_out={query}").context["cl"].result_list
        assert len(rows) == count, query
    page = staff.get(f"{listed}{opted_out.pk}/change/").content.decode()
    assert "Lift opt-out" in page
    assert f'href="#message-{opted_out.opted_out_message}"' in page
    response = staff.post(f"{listed}{opted_out.pk}/opt-in/", follow=True)
    assert "Opt-out lifted." in response.content.decode()
    assert hears(shop, "price") == ["Ten euros."]


def test_the_command_and_the_list_offer_the_rules_to_shops_without_them(
    staff: Client, capsys: pytest.CaptureFixture[str]
) -> None:
    ResponseRule.objects.exclude(opt_out="").delete()
    ResponseRule.objects.create(name="Opt out", order=9, keywords="x", reply="Taken.")
    call_command("check_rules")
    assert "seed_rules --opt-out" in capsys.readouterr().err
    assert "none for opting out" in staff.get("/admin/").content.decode()
    rules = "/admin/rules/responserule/"
    assert "Add the rules for that" in staff.get(rules).content.decode()
    page = staff.post(f"{rules}opt-out/", follow=True).content.decode()
    assert "Added: Opt out 2 and Opt in again." in page
    assert "Add the rules for that" not in page
    assert ResponseRule.objects.filter(opt_out="stop").count() == 1
    call_command("seed_rules", "--opt-out")
    call_command("check_rules")
    printed = capsys.readouterr()
    assert "There are such rules already." in printed.out
    assert "opt-out" not in printed.err
