"""Sends: what is queued leaves in order, every call is on record, and what is unclear is settled.

Only inbox, answering and outbox write messages, and only `states` changes the state of one.
"""

from conversations.outbox.attempt import Marked
from conversations.outbox.comments import Comment, open_comments
from conversations.outbox.comparison import compare_next
from conversations.outbox.gate import (
    Held,
    Pass,
    Refused,
    ask,
    why_closed,
    why_stopped,
    why_too_late,
)
from conversations.outbox.queue import held_by_unknown, interrupted, mark, send_queue
from conversations.outbox.settlement import settle_next
from conversations.outbox.staff import (
    ConflictError,
    ReplyError,
    Written,
    cancel,
    reply,
    resend,
    said_since,
    send_reply,
)
from conversations.outbox.states import MAY_BE_CANCELLED, MAY_BE_RESENT

__all__ = [
    "MAY_BE_CANCELLED",
    "MAY_BE_RESENT",
    "Comment",
    "ConflictError",
    "Held",
    "Marked",
    "Pass",
    "Refused",
    "ReplyError",
    "Written",
    "ask",
    "cancel",
    "compare_next",
    "held_by_unknown",
    "interrupted",
    "mark",
    "open_comments",
    "reply",
    "resend",
    "said_since",
    "send_queue",
    "send_reply",
    "settle_next",
    "why_closed",
    "why_stopped",
    "why_too_late",
]
