"""What colleagues were told of a customer's conversation."""

from typing import Any

from django.db.models import QuerySet

from conversations.customer_data import holdings
from conversations.customer_data.colleagues import Colleagues
from conversations.customer_data.holdings import Holding
from conversations.customer_data.record import Told
from conversations.models import Conversation
from notices.models import PersonalNotice

WORDS = {"to": "Who was told", "about": "Of what", "since": "It is so since", "told_at": "Told at"}


def _notices(talk: Conversation) -> QuerySet[PersonalNotice]:
    rows: QuerySet[PersonalNotice] = PersonalNotice.objects.filter(conversation=talk)
    return rows


def _tell(row: Any, _: Conversation, colleagues: Colleagues) -> Told:
    to = colleagues.call_user(row.listener.user_id)
    return {"to": to, "about": row.occasion, "since": row.moment, "told_at": row.told_at}


def register() -> None:
    """Put the notices into the map of what is kept of a customer."""
    what = "What the shop's people were told of the conversation"
    holdings.add(Holding("notices.PersonalNotice", what, _notices, tell=_tell, words=WORDS))
