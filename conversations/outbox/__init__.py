"""Sends: what is queued leaves in order, every call is on record, and what is unsure is settled.

Only inbox, answering and outbox write messages.
"""

from conversations.outbox.attempt import Marked
from conversations.outbox.gate import Held, Pass, Refused, ask, why_closed
from conversations.outbox.queue import held_by_unknown, interrupted, on_record, send_queue
from conversations.outbox.settlement import settle_next
from conversations.outbox.staff import (
    MAY_BE_STOPPED,
    MAY_GO_AGAIN,
    ReplyError,
    cancel,
    reply,
    send_again,
)

__all__ = [
    "MAY_BE_STOPPED",
    "MAY_GO_AGAIN",
    "Held",
    "Marked",
    "Pass",
    "Refused",
    "ReplyError",
    "ask",
    "cancel",
    "held_by_unknown",
    "interrupted",
    "on_record",
    "reply",
    "send_again",
    "send_queue",
    "settle_next",
    "why_closed",
]
