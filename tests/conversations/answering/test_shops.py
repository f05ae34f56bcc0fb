"""Two accounts with shops of their own: what their customers hear, and when they are open."""

import json
from datetime import time, timedelta
from time import time as time_now

from django.test import Client

from conversations.models import Account, Conversation, SavedReply
from rules.models import ResponseRule
from shop.current import current_shop, shop_of
from tests.support.accounts import SECOND, batch, describe, item, text
from tests.support.clock import Clock, move_to
from tests.support.graph import ACCOUNT
from tests.support.shop import Shop, at_rest, outgoing

OURS, THEIRS = "870001", "870002"  # a customer of each account


def ask_both(shop: Shop, said: str, mid: str = "m") -> dict[str, list[str]]:
    """Ask both accounts the same; return what either customer has heard since."""
    before = len(shop.graph.sent)
    shop.receives(
        batch(
            (ACCOUNT, item(ACCOUNT, OURS, message=text(f"{mid}_a", said))),
            (SECOND, item(SECOND, THEIRS, message=text(f"{mid}_b", said))),
        )
    )
    shop.works()
    assert at_rest()
    heard: dict[str, list[str]] = {OURS: [], THEIRS: []}
    for sent in shop.graph.sent[before:]:
        heard[sent.recipient].append(sent.text)
    return heard


def comments(shop: Shop, account: str, customer: str) -> None:
    """A customer writes below a post of this account."""
    value = {
        "id": f"1805{customer}",
        "text": "price?",
        "from": {"id": customer, "username": "buyer"},
        "media": {"id": "1800", "media_product_type": "FEED"},
    }
    entry = {
        "id": account,
        "time": int(time_now()),
        "changes": [{"field": "comments", "value": value}],
    }
    shop.receives(json.dumps({"object": "instagram", "entry": [entry]}).encode())
    shop.works()


def test_each_customer_hears_the_first_words_and_the_name_of_their_account(
    shop: Shop, second: Account
) -> None:
    ResponseRule.objects.filter(name="Price").update(reply="Ten euros at {shop_name|ours}.")
    describe(name="Flowers", disclosure="The robot of {shop_name}.")
    describe(second, name="Cakes", disclosure="A machine bakes at {shop_name}.")
    assert ask_both(shop, "price?") == {
        OURS: ["The robot of Flowers.", "Ten euros at Flowers."],
        THEIRS: ["A machine bakes at Cakes.", "Ten euros at Cakes."],
    }


def test_an_account_without_its_own_shop_has_the_general_one(shop: Shop, second: Account) -> None:
    ResponseRule.objects.filter(name="Price").update(reply="At {shop_name}.")
    describe(name="Flowers", disclosure="A robot.")
    assert ask_both(shop, "price?") == {
        OURS: ["A robot.", "At Flowers."],
        THEIRS: ["A robot.", "At Flowers."],
    }


def test_an_own_shop_holds_whole_also_where_it_says_nothing(shop: Shop, second: Account) -> None:
    describe(name="Flowers", disclosure="A robot.")
    describe(second, name="Cakes")
    assert ask_both(shop, "price?")[THEIRS] == ["Ten euros."]


def test_first_words_are_repeated_after_the_days_of_the_account(
    shop: Shop, second: Account, time_passes: Clock
) -> None:
    describe(disclosure="A robot.", disclosure_again_days=30)
    describe(second, disclosure="A machine.", disclosure_again_days=5)
    ask_both(shop, "price?", "m1")
    time_passes(timedelta(days=10))
    assert ask_both(shop, "price?", "m2") == {
        OURS: ["Ten euros."],
        THEIRS: ["A machine.", "Ten euros."],
    }


def test_each_account_is_open_by_its_own_hours_and_clock(
    shop: Shop, second: Account, time_passes: Clock
) -> None:
    ResponseRule.objects.filter(name="Price").update(hours="inside", reply="{opening_hours}")
    for account, zone, closes in ((None, "Europe/Kyiv", 20), (second, "Pacific/Honolulu", 21)):
        row = describe(account, time_zone=zone)
        for weekday in range(7):
            row.hours.create(weekday=weekday, opens=time(9), closes=time(closes))
    move_to(10, time_passes)  # noon in Kyiv, midnight in Honolulu
    assert ask_both(shop, "price?", "m1") == {OURS: ["Every day 9:00–20:00"], THEIRS: ["Pardon?"]}
    move_to(22, time_passes)
    assert ask_both(shop, "price?", "m2") == {OURS: ["Pardon?"], THEIRS: ["Every day 9:00–21:00"]}


def test_several_questions_are_answered_where_the_shop_wants_it(
    shop: Shop, second: Account
) -> None:
    describe(second, answers_several=True)
    assert ask_both(shop, "what is the price and the delivery?") == {
        OURS: ["Two days."],
        THEIRS: ["Two days.", "Ten euros."],
    }


def test_a_comment_is_answered_in_the_words_of_its_account(shop: Shop, second: Account) -> None:
    ResponseRule.objects.filter(name="Price").update(
        for_comments=True, reply="At {shop_name}.", public_reply="{shop_name} has written to you."
    )
    describe(name="Flowers", disclosure="A robot.")
    describe(second, name="Cakes", disclosure="A machine.")
    for account, customer in ((ACCOUNT, OURS), (SECOND, THEIRS)):
        comments(shop, account, customer)
    assert [message.text for message in outgoing()] == [
        "A robot.\n\nAt Flowers.",
        "Flowers has written to you.",
        "A machine.\n\nAt Cakes.",
        "Cakes has written to you.",
    ]


def test_saved_replies_are_filled_in_for_the_account_that_is_answered(
    shop: Shop, second: Account, staff: Client
) -> None:
    describe(name="Flowers")
    describe(second, name="Cakes")
    SavedReply.objects.create(title="Bye", text="Yours, {shop_name}")
    ask_both(shop, "price?")
    found = {
        talk.customer_id: staff.get(f"/admin/conversations/conversation/{talk.pk}/saved-replies/")
        for talk in Conversation.objects.all()
    }
    assert "Yours, Flowers" in found[OURS].content.decode()
    assert "Yours, Cakes" in found[THEIRS].content.decode()


def test_staff_see_one_clock_whatever_the_account(shop: Shop, second: Account) -> None:
    """Days of the figures and times in the admin are those of the general shop."""
    describe(time_zone="Europe/Kyiv")
    describe(second, time_zone="Pacific/Honolulu")
    assert current_shop().time_zone == "Europe/Kyiv"
    assert shop_of(second.pk).time_zone == "Pacific/Honolulu"
