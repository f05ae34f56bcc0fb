"""Sends: what is queued leaves in order, every call is on record, and what is unsure is settled.

Only this folder, replying and inbox write messages.
"""

from conversations.outbox.gate import why_closed
from conversations.outbox.queue import held_by_unknown, interrupted, send_queue
from conversations.outbox.settling import settle_next
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
    "ReplyError",
    "cancel",
    "held_by_unknown",
    "interrupted",
    "reply",
    "send_again",
    "send_queue",
    "settle_next",
    "why_closed",
]
