"""Which customers want no automatic messages any more, since when, and by which message.

Nobody else writes the columns of an opt-out. It is no pause: it has no end of its own, and resuming
the bot does not lift it; the customer does, or staff do. Staff may always write by hand.
"""

from datetime import datetime
from typing import Any

import structlog

from conversations.models import Conversation

log = structlog.get_logger("opt_out")

OPTED_OUT = "The customer has opted out of automatic messages."
NOBODY: dict[str, Any] = {"opted_out_at": None, "opted_out_message": None}


def begin(conversation_id: int, message: int, now: datetime) -> dict[str, Any]:
    """The customer opts out with this message; return the columns that changed.

    Part of the transaction that decides the message. Its own answer still goes out.
    """
    changes = {"opted_out_at": now, "opted_out_message": message}
    Conversation.objects.filter(pk=conversation_id).update(**changes)
    log.info("opted_out", conversation=conversation_id, message=message)
    return changes


def lift(conversation_id: int) -> dict[str, Any]:
    """The customer, or staff, let the bot answer again; return the columns that changed."""
    lifted = Conversation.objects.filter(pk=conversation_id, opted_out_at__isnull=False)
    if lifted.update(**NOBODY):
        log.info("opt_out_lifted", conversation=conversation_id)
    return NOBODY
