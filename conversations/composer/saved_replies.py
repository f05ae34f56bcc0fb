"""Saved replies as a person finds them while writing to one customer."""

from collections.abc import Mapping
from dataclasses import dataclass

from django.db.models import Case, IntegerField, Q, QuerySet, Value, When

from conversations.models import Conversation, SavedReply
from shop import placeholders
from shop.current import shop_of

MOST_FOUND = 20


@dataclass(frozen=True, slots=True)
class Found:
    """A saved reply with its variables filled in for one customer."""

    title: str
    text: str
    picture: str


def find(conversation: Conversation, term: str) -> list[Found]:
    """Return those whose title or text has all these words, the ones with it in the title first."""
    rows: QuerySet[SavedReply] = SavedReply.objects.all()
    words = term.split()
    for word in words:
        rows = rows.filter(Q(title__finds=word) | Q(text__finds=word))
    if words:
        in_title = Case(
            When(title__finds=" ".join(words), then=Value(0)),
            default=Value(1),
            output_field=IntegerField(),
        )
        rows = rows.order_by(in_title, "title")
    values = _values(conversation)
    return [
        Found(row.title, placeholders.fill(row.text, values), row.picture_url)
        for row in rows[:MOST_FOUND]
    ]


def _values(conversation: Conversation) -> Mapping[str, str]:
    shop = shop_of(conversation.account_id)
    return {
        "first_name": next(iter(conversation.name.split()), ""),
        "username": conversation.username,
        "shop_name": shop.name,
        "opening_hours": shop.spoken_hours(),
    }
