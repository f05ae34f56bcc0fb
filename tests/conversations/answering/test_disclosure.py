"""The first words: an automated service says that it is one, once, before its first answer."""

from datetime import timedelta
from typing import Any

from django.utils import timezone
from pytest_django import Settings

from conversations import outbox
from conversations.answering.disclosure import OF_A_MACHINE
from conversations.engine import Answer, Question
from conversations.models import Conversation, Message
from instagram.limits import MAX_TEXT_BYTES
from rules.models import ResponseRule
from shop.models import Shop as ShopRow
from tests.support.clock import Clock
from tests.support.graph import error
from tests.support.shop import Shop, at_rest, outgoing
from tests.support.talks import another_tool_replies, comment, unsends

FIRST = "You are writing with our assistant."


def talk() -> Conversation:
    return Conversation.objects.get()


def disclose(**fields: Any) -> None:
    ShopRow.objects.update_or_create(pk=1, defaults={"disclosure": FIRST} | fields)


def test_the_first_answer_begins_with_the_first_words(shop: Shop) -> None:
    disclose()
    shop.hears("price")
    shop.hears("delivery")
    shop.works()
    assert shop.texts == [FIRST, "Ten euros.", "Two days."]
    first, price, _ = outgoing()
    assert (first.rule, first.position, price.position) == (None, 0, 1)
    assert at_rest()


def test_first_words_come_once_and_again_after_a_long_silence(
    shop: Shop, time_passes: Clock
) -> None:
    disclose(disclosure_again_days=30)
    shop.hears("price")
    shop.works()
    time_passes(timedelta(days=20))
    shop.hears("price")
    shop.works()
    time_passes(timedelta(days=20))
    shop.hears("price")
    shop.works()
    assert shop.texts.count(FIRST) == 1, "they wrote 20 days ago"
    time_passes(timedelta(days=31))
    shop.hears("price")
    shop.works()
    assert shop.texts[-2:] == [FIRST, "Ten euros."]


def test_first_words_come_again_when_the_bot_follows_a_person(
    shop: Shop, time_passes: Clock
) -> None:
    disclose()
    shop.hears("price")
    shop.works()
    outbox.reply(talk().pk, "I am Anna.", "anna", "t1")
    time_passes(timedelta(hours=13))
    for _ in range(2):
        shop.hears("price")
        shop.works()
    assert shop.texts == [
        FIRST, "Ten euros.", "I am Anna.", FIRST, "Ten euros.", "Ten euros.",
    ]  # fmt: skip


def test_nothing_is_disclosed_where_nothing_is_answered(shop: Shop) -> None:
    disclose()
    ResponseRule.objects.filter(name="Fallback").delete()
    shop.hears("blah")
    shop.works()
    assert shop.texts == []
    assert talk().disclosed_at is None


def test_a_private_reply_carries_the_first_words_where_they_fit(shop: Shop) -> None:
    disclose()
    ResponseRule.objects.filter(name="Price").update(for_comments=True)
    comment(shop)
    assert shop.texts == [f"{FIRST}\n\nTen euros."]
    assert Message.objects.filter(origin="bot").count() == 1


def test_a_private_reply_without_room_for_them_leaves_them_to_the_next_answer(shop: Shop) -> None:
    long = "x" * 995
    disclose(disclosure=long)
    ResponseRule.objects.filter(name="Price").update(for_comments=True)
    comment(shop)
    assert talk().disclosed_at is None
    shop.hears("price")
    shop.works()
    assert shop.texts == ["Ten euros.", long, "Ten euros."]


def test_first_words_that_were_refused_come_with_the_next_answer(shop: Shop) -> None:
    disclose()
    shop.graph.faults.append(error(100))
    for text in ("price", "delivery", "price"):
        shop.hears(text)
        shop.works()
    assert shop.texts == ["Ten euros.", FIRST, "Two days.", "Ten euros."]


def test_first_words_that_were_cancelled_come_with_the_next_answer(
    shop: Shop, settings: Settings, time_passes: Clock
) -> None:
    settings.RETRY_FIRST = 30
    disclose()
    shop.graph.faults.append(error(2018321))
    mid = shop.hears("price")
    shop.works()
    unsends(shop, mid)
    time_passes(timedelta(minutes=1))
    shop.hears("delivery")
    shop.works()
    assert shop.texts == [FIRST, "Two days."]


def test_after_a_long_silence_they_come_whatever_order_the_messages_arrive_in(
    shop: Shop, time_passes: Clock
) -> None:
    disclose()
    shop.hears("price")
    shop.works()
    time_passes(timedelta(days=31))
    now = timezone.now().timestamp()
    shop.hears("price", at=now - 1)
    shop.hears("delivery", at=now - 2)
    shop.works()
    assert shop.texts[2:] == [FIRST, "Two days.", "Ten euros."]


def test_after_a_long_silence_they_come_with_the_first_answer(
    shop: Shop, time_passes: Clock
) -> None:
    ResponseRule.objects.filter(name="Fallback").delete()
    disclose()
    shop.hears("price")
    shop.works()
    time_passes(timedelta(days=31))
    for text in ("blah", "price"):
        shop.hears(text)
        shop.works()
    assert shop.texts[2:] == [FIRST, "Ten euros."]


def test_the_automatic_message_of_another_tool_does_not_bring_them_again(shop: Shop) -> None:
    disclose()
    for number in range(2):
        shop.hears("price")
        shop.works()
        another_tool_replies(shop, f"auto-{number}")
    assert shop.texts == [FIRST, "Ten euros.", "Ten euros."]


class Model:
    """An engine that writes its answers by itself, as a language model does."""

    generates = True

    def answer(self, question: Question) -> Answer | None:
        if question.text == "price":
            return None  # a rule has the answer
        return Answer(("word " * 300,) if question.text == "long" else ("It is blue.",), "a model")


def use_model(settings: Settings) -> None:
    name = f"{__name__}.Model"
    settings.RESPONSE_ENGINES = [name, "rules.engine.RuleEngine"]


def test_an_engine_that_generates_says_so_though_the_shop_says_nothing(
    shop: Shop, settings: Settings
) -> None:
    use_model(settings)
    for text in ("price", "which colour?", "and the other?"):
        shop.hears(text)
        shop.works()
    # Not before what a person of the shop has written, and once.
    assert shop.texts == ["Ten euros.", OF_A_MACHINE, "It is blue.", "It is blue."]
    assert talk().disclosed_at
    assert at_rest()


def test_where_the_shop_has_first_words_they_are_said(shop: Shop, settings: Settings) -> None:
    use_model(settings)
    disclose()
    shop.hears("which colour?")
    shop.works()
    assert shop.texts == [FIRST, "It is blue."]


def test_a_generated_private_reply_is_cut_rather_than_undisclosed(
    shop: Shop, settings: Settings
) -> None:
    use_model(settings)
    comment(shop, "long")
    (said,) = shop.texts
    assert said.startswith(f"{OF_A_MACHINE}\n\nword word")
    assert len(said.encode()) <= MAX_TEXT_BYTES
    assert talk().disclosed_at


def test_what_stands_beside_a_generated_answer_is_generated() -> None:
    answer = Answer(("One.",), "a model", also=[Answer(("Two.",), "a model")]).as_generated()
    assert [one.generated for one in answer.all()] == [True, True]
