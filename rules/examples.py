"""Example rules and opening hours of a shop, loaded by seed_rules for staff to change."""

from datetime import time
from typing import Any

from rules import opt_out
from rules.matching import MatchMode


def _rule(order: int, name: str, keywords: str, reply: str, **more: Any) -> dict[str, Any]:
    lines = "\n".join(keyword.strip() for keyword in keywords.split(","))
    return {"order": order, "name": name, "keywords": lines, "reply": reply, **more}


# As the rules say: Monday to Friday 9:00 to 18:00, Saturday 10:00 to 16:00.
SHOP_NAME = "Example shop"
HOURS = [(day, time(9), time(18)) for day in range(5)] + [(5, time(10), time(16))]

EXAMPLES: list[dict[str, Any]] = [
    *opt_out.RULES,
    _rule(
        10,
        "Talk to a person",
        "human, person, agent, operator, manager, real person, talk to someone, speak to someone,"
        " complaint",
        "Of course. One of our team will read this conversation and write to you here. We are"
        " here Monday to Friday, 9:00 to 18:00.",
        needs_person=True,
        pause_hours=12,
    ),
    _rule(
        20,
        "Order status",
        "where is my order, order status, my order, track, tracking, tracking number, parcel,"
        " package, not arrived, when will it arrive",
        "Your parcel usually arrives 2 to 4 days after we confirm the order. Send us your order"
        " number (it begins with #) and we will look it up for you.",
    ),
    _rule(
        30,
        "Returns",
        "return, returns, refund, exchange, money back, send back, wrong size, damaged, broken",
        "You can return or exchange anything within 30 days, unworn and with its label. Send us"
        " the order number and tell us what you would like to do, and we will send you a return"
        " label.",
    ),
    _rule(
        40,
        "Delivery",
        "delivery, shipping, ship, ships, deliver, postage, courier, do you ship, how long does"
        " delivery take",
        "We deliver in 2 to 4 working days. Delivery costs 4.90 and is free for orders over 60."
        " We ship to the whole country and to the EU.",
    ),
    _rule(
        50,
        "Product and price",
        "price, prices, how much, cost, costs, available, in stock, size, sizes, colour, color,"
        " catalogue, catalog",
        "Which product do you mean? Send us its name or a photo and we will tell you the price,"
        " the sizes and whether it is in stock.",
    ),
    _rule(
        60,
        "Opening hours",
        "opening hours, open, hours, when are you open, closed, today, weekend, sunday, saturday",
        "We are open Monday to Friday from 9:00 to 18:00 and on Saturday from 10:00 to 16:00."
        " We are closed on Sundays.",
    ),
    _rule(
        70,
        "Contact",
        "contact, phone, telephone, call, email, e-mail, address, where are you, location, shop",
        "You can write to us right here. If you would rather call: +1 555 0100, Monday to Friday,"
        " 9:00 to 18:00. The shop is at 1 Market Street.",
    ),
    _rule(
        200,
        "Greeting",
        "hi, hello, hey, good morning, good afternoon, good evening, hi there",
        "Hello! How can we help? Ask about your order, delivery, returns or a product.",
        # Each is a word of a rule above.
        quick_replies="Where is my order?\nDelivery\nReturns\nTalk to a person",
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
