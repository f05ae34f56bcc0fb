"""What engineers ask of one message: its numbers, and its calls to Instagram."""

from collections.abc import Sequence
from dataclasses import dataclass

from backoffice import ages
from conversations.display import names
from conversations.models import TO_COMMENTS, Attempt, Message, Origin, mid_of

FIRST_ATTEMPTS = 3  # of many that are shown beside the last: a long outage makes hundreds


@dataclass(frozen=True, slots=True)
class Details:
    """attempts: the first ones, and the last; calls: how many there were; parts: of its answer."""

    message: Message
    attempts: Sequence[Attempt]
    calls: int
    parts: int

    @property
    def left_out(self) -> int:
        """Return how many attempts there were between the first ones and the last."""
        return self.calls - len(self.attempts)

    @property
    def facts(self) -> list[tuple[str, object]]:
        """Return the numbers with their names; what is not known is left out."""
        message = self.message
        facts: list[tuple[str, object]] = [
            ("Message", message.pk),
            ("Instagram ID", mid_of(message.conversation.account_id, message.mid)),
            ("Kind", message.kind),
            ("Payload", message.payload),
            ("Comment", message.about.get("comment")),
            ("In reply to", message.in_reply_to_id),
            ("Part", f"{message.position + 1} of {self.parts}" if self.parts > 1 else None),
            ("Rule", message.rule),
            ("Wording", None if message.variant is None else message.variant + 1),
            ("State", message.verdict or message.state),
            ("Said", ages.precisely(message.at)),
            ("Stored", ages.precisely(message.created_at)),
            ("Decided", message.decided_at and ages.precisely(message.decided_at)),
            ("Error", names.sentence(message.error)),
        ]
        return [(name, value) for name, value in facts if value not in (None, "")]


def read(message: Message) -> Details:
    """Read in four queries at most what is known of a message."""
    attempts = message.attempts.defer("body").order_by("pk")
    calls, first = attempts.count(), list(attempts[: FIRST_ATTEMPTS + 1])
    if calls > len(first):
        first[-1:] = attempts.reverse()[:1]
    return Details(message, first, calls, _count_parts(message))


def _count_parts(message: Message) -> int:
    if message.origin != Origin.BOT or message.kind in TO_COMMENTS:
        return 1
    return message.conversation.messages.filter(
        origin=Origin.BOT, in_reply_to=message.in_reply_to_id
    ).count()
