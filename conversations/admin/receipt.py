"""The receipt of an erasure: what the customer may be sent, and beside it what is for staff."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse

from backoffice.ages import day
from conversations.models import CustomerErasure
from shop.current import ShopNow, current_shop, shop_of

DONE = "Confirmation of erasure"
LETTER = (
    (
        "We have erased what we kept about you{at}: your messages and comments and our answers to"
        " them, pictures, your name and Instagram ID, and our notes in the conversation with you."
    ),
    (
        "The erasure was asked for on {asked} and done on {done} (time zone {zone}). It covers what"
        " was written until it was asked for. Its number is {number}."
    ),
    (
        "What we keep names nobody: this confirmation, figures such as how many messages there were"
        " in a day, and check values by which we recognise what was erased if Instagram sends it"
        " again. Backups from before are kept until their own end. The conversation on Instagram"
        " itself is not part of this: you can delete it there."
    ),
)


def show(request: HttpRequest, erasure: CustomerErasure, context: dict[str, Any]) -> HttpResponse:
    """Show a receipt; printed, it has nothing but what is for the customer."""
    letter = write(erasure) if erasure.done_at else ()
    context |= {
        "title": DONE if erasure.done_at else "Not erased yet",
        "erasure": erasure,
        "letter": letter,
        "words": "\n\n".join(letter),
        "erased": [(name, count) for name, count in erasure.counts.items() if count],
    }
    return TemplateResponse(request, "conversations/receipt.html", context)


def write(erasure: CustomerErasure) -> Sequence[str]:
    """Return paragraphs for the customer, in the shop's time zone. They name nobody.

    They claim what docs/retention.md does, and no more.
    """
    account = erasure.account
    shop = shop_of(account.pk) if account else current_shop()
    asked, done = (_say(one, shop) for one in (erasure.wanted_at, erasure.done_at))
    at = f" (Instagram account {account})" if account else ""
    return [
        one.format(at=at, asked=asked, done=done, zone=shop.zone, number=erasure.pk)
        for one in LETTER
    ]


def _say(moment: datetime | None, shop: ShopNow) -> str:
    assert moment is not None  # it is done
    local = shop.local(moment)
    return f"{day(local.date())} at {local:%H:%M}"
