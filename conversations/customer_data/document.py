"""All that is kept of one customer, in parts that are read as they are written."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from conversations.customer_data import colleagues, record
from conversations.customer_data.colleagues import Colleagues
from conversations.customer_data.holdings import Holding, holdings
from conversations.customer_data.record import Told
from conversations.models import Conversation

# What nobody can find for one customer, said so that a copy claims no more than it is.
NOT_IN_IT = (
    "The names of the people who work for the shop: a number stands for each.",
    "Digests of deleted messages: nobody can tell from a digest whose message it was.",
    "Backups, which have what was there when they were made.",
    "What Instagram itself keeps: ask Meta for that.",
)


@dataclass(frozen=True, slots=True)
class Part:
    """What one table has of the customer."""

    holding: Holding
    talk: Conversation
    colleagues: Colleagues

    @property
    def name(self) -> str:
        return self.holding.name

    @property
    def title(self) -> str:
        return self.holding.what

    def rows(self) -> Iterator[tuple[Any, Told]]:
        """Return each row, and what the customer is told of it; both are read now."""
        tell = self.holding.tell
        for row in self.holding.walk(self.talk):
            told = tell(row, self.talk, self.colleagues) if tell else self._columns(row)
            if told is not None:
                yield row, told

    def _columns(self, row: Any) -> Told:
        return record.read(row, self.colleagues)


@dataclass(frozen=True, slots=True)
class Document:
    """What a customer gets: of whom it is, when it was made, and its parts."""

    talk: Conversation
    made_at: datetime
    parts: Sequence[Part]


def read(talk: Conversation, now: datetime) -> Document:
    """Return the document of a customer; its parts are read when they are walked."""
    named = colleagues.read(talk)
    told = [one for one in holdings() if not one.is_copy]
    return Document(talk, now, [Part(one, talk, named) for one in told])
