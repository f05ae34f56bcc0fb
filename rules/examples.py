"""Example rules and opening hours of a shop, loaded by seed_rules for staff to change."""

from datetime import time
from typing import Any

from rules import opt_out
from rules.matching import MatchMode

ONLY = dict.fromkeys(("for_messages", "for_story_replies", "for_buttons"), False)
# An answer to a comment goes to its writer alone; below it stands that there is one.
COMMENTS = {"for_comments": True, "public_reply": "Thank you! We have sent you a message."}


def _rule(order: int, name: str, keywords: str, reply: str, **more: Any) -> dict[str, Any]:
    lines = "\n".join(keyword.strip() for keyword in keywords.split(","))
    return {"order": order, "name": name, "keywords": lines, "reply": reply, **more}


def _rule_for(order: int, name: str, triggers: tuple[str, ...], **more: Any) -> dict[str, Any]:
    """Return a rule for all messages of these kinds."""
    switches = ONLY | dict.fromkeys(triggers, True)
    return {"order": order, "name": name, "match": MatchMode.EVERYTHING, **switches, **more}


# What the rules say for {opening_hours}: Monday to Friday 9:00 to 18:00, Saturday 10:00 to 16:00.
SHOP_NAME = "Example shop"
HOURS = [(day, time(9), time(18)) for day in range(5)] + [(5, time(10), time(16))]

EXAMPLES: list[dict[str, Any]] = [
    *opt_out.RULES,
    _rule(
        10,
        "Talk to a person",
        "human, person, agent, operator, manager, real person, talk to someone, speak to someone,"
        " complaint",
        "Of course. One of our team will read this conversation and write to you here. We answer"
        " {opening_hours|as soon as we can}.",
        needs_person=True,
        pause_hours=12,
        **COMMENTS,
    ),
    _rule(
        20,
        "Order status",
        "where is my order, order status, my order, track, tracking, tracking number, parcel,"
        " package, not arrived, when will it arrive",
        "Your parcel usually arrives 2 to 4 days after we confirm the order. Send us your order"
        " number (it begins with #) and we will look it up for you.",
        **COMMENTS,
    ),
    _rule(
        30,
        "Returns",
        "return, returns, refund, exchange, money back, send back, wrong size, damaged, broken",
        "You can return or exchange anything within 30 days, unworn and with its label. Send us"
        " the order number and tell us what you would like to do, and we will send you a return"
        " label.",
        **COMMENTS,
    ),
    _rule(
        40,
        "Delivery",
        "delivery, shipping, ship, ships, deliver, postage, courier, do you ship, how long does"
        " delivery take",
        "We deliver in 2 to 4 working days. Delivery costs 4.90 and is free for orders over 60."
        " We ship to the whole country and to the EU.",
        **COMMENTS,
    ),
    _rule(
        50,
        "Product and price",
        "price, prices, how much, cost, costs, available, in stock, size, sizes, colour, color,"
        " catalogue, catalog",
        "Which product do you mean? Send us its name or a photo and we will tell you the price,"
        " the sizes and whether it is in stock.",
        **COMMENTS,
    ),
    _rule(
        60,
        "Opening hours",
        "opening hours, open, hours, when are you open, closed, today, weekend, sunday, saturday",
        "Our opening hours: {opening_hours|please tell us the day you mean, and we will let you"
        " know}.",
        **COMMENTS,
    ),
    _rule(
        70,
        "Contact",
        "contact, phone, telephone, call, email, e-mail, address, where are you, location, shop",
        "You can write to us right here. If you would rather call: +1 555 0100,"
        " {opening_hours|on working days}. The shop is at 1 Market Street.",
        **COMMENTS,
    ),
    _rule(
        200,
        "Greeting",
        "hi, hello, hey, good morning, good afternoon, good evening, hi there",
        "Hello! How can we help? Ask about your order, delivery, returns or a product.",
        # Each is a word of a rule above.
        quick_replies="Where is my order?\nDelivery\nReturns\nTalk to a person",
    ),
    # What has no text. The rule Product and price asks for a photo.
    _rule_for(
        210,
        "Photo, video or post",
        ("for_photos", "for_videos", "for_shared_posts"),
        reply="Thank you, we have got it! One of our team will have a look and answer you here.",
        needs_person=True,
    ),
    _rule_for(
        220,
        "Voice note or file",
        ("for_voice_notes", "for_files"),
        reply="Thank you! Our assistant cannot listen to voice notes or open files, so one of our"
        " team will, and answer you here. If you are in a hurry, write your question as a text.",
        needs_person=True,
    ),
    _rule_for(230, "Sticker", ("for_stickers",), reply="❤️"),
    _rule_for(
        240,
        "Story mention",
        ("for_story_mentions",),
        reply="Thank you for mentioning us in your story! ❤️",
        needs_person=True,
    ),
    _rule_for(
        900,
        "Any other comment",
        ("for_comments",),
        reply="Thank you for your comment! If you have a question, write to us right here.",
    ),
    {
        "order": 1000,
        "name": "Fallback",
        "match": MatchMode.FALLBACK,
        "reply": "Thank you for your message! Sorry, our assistant didn't understand that. Ask"
        " about your order, delivery, returns or opening hours, or write 'person' and one of our"
        " team will answer.",
    },
]
