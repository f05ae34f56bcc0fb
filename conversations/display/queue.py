"""One conversation as a row of the queue: two lines, most important first."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.safestring import SafeString

from backoffice import ages, people
from backoffice.chips import Chip
from conversations.display import chips, names
from conversations.display.hit import Found
from conversations.models import Conversation, Message

WORDS = 160  # characters of the customer's last message
FACES = 6  # grounds on which initials stand


@dataclass(frozen=True, slots=True)
class Row:
    """What staff read of a conversation before they open it."""

    conversation: Conversation
    link: str
    words: str  # the customer's last
    seen: int  # the newest message that was there when the row was read; 0: none
    waits: Chip | None
    age: SafeString  # of the customer's last message
    window: Chip
    chips: list[Chip]
    found: Found | None = None  # by a search

    @property
    def name(self) -> str:
        """The name beside @username."""
        name = self.conversation.name if self.conversation.username else ""
        return self.found.mark(name) if self.found else name

    @property
    def title(self) -> str:
        """What the customer is called."""
        title = str(self.conversation)
        return self.found.mark(title) if self.found else title

    @property
    def initials(self) -> str:
        return names.initials(self.conversation.name or self.conversation.username)

    @property
    def face(self) -> int:
        return self.conversation.pk % FACES

    @property
    def assignee(self) -> str:
        user = self.conversation.assignee
        return people.call(user) if user else ""

    @property
    def assignee_initials(self) -> str:
        return names.initials(self.assignee)

    @property
    def labels(self) -> list[Chip]:
        return chips.label_chips(self.conversation)


def read(  # noqa: PLR0913 - what a row shows beside its conversation
    row: Any,
    link: str,
    now: datetime,
    newest: int = 0,
    found: Found | None = None,
    *,
    says_account: bool = False,
) -> Row:
    """Say what is in a row of the list; row: a conversation with its customer's `last` message.

    newest: the highest id of what needs an answer there; found: what a search found in it.
    says_account: there are several that customers write to.
    """
    last: Message | None = row.last
    went_wrong = chips.delivery_chips(failed=row.failed_sends, unconfirmed=row.unconfirmed_sends)
    return Row(
        conversation=row,
        link=link,
        words=names.excerpt(last, WORDS) if last else "Has not written yet",
        seen=max(last.pk if last else 0, newest),
        waits=chips.waits_chip(row, now),
        age=ages.ago(last.at if last else row.created_at, now),
        window=chips.window_chip(row, now, brief=True),
        chips=([chips.written_to_chip(row.account)] if says_account else [])
        + went_wrong
        + chips.bot_chips(row, now, last.verdict if last and last.done_at else None),
        found=found,
    )
