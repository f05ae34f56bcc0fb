"""Sends: what is queued leaves in order, every call is on record, and what is unsure is settled.

Only this folder, replying and inbox write messages.
"""

from conversations.outbox.queue import held_by_unknown, interrupted, send_queue
from conversations.outbox.settling import settle_next

__all__ = ["held_by_unknown", "interrupted", "send_queue", "settle_next"]
