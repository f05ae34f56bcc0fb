"""Who we are, whom we talk with, what was said, and each call that was made for it."""

from conversations.models.account import Account, AccountQuerySet, later_of
from conversations.models.conversation import (
    NEWEST,
    Conversation,
    ConversationQuerySet,
    Label,
)
from conversations.models.message import (
    COMMENT,
    OPEN,
    PRIVATE_REPLY,
    PUBLIC_REPLY,
    TO_COMMENTS,
    UNANSWERED,
    Attempt,
    AutomaticText,
    LateQuestion,
    Message,
    MessageQuerySet,
    Origin,
    OutboxMessage,
    State,
    Verdict,
)
from conversations.models.running import Tuning, Worker

__all__ = [
    "COMMENT",
    "NEWEST",
    "OPEN",
    "PRIVATE_REPLY",
    "PUBLIC_REPLY",
    "TO_COMMENTS",
    "UNANSWERED",
    "Account",
    "AccountQuerySet",
    "Attempt",
    "AutomaticText",
    "Conversation",
    "ConversationQuerySet",
    "Label",
    "LateQuestion",
    "Message",
    "MessageQuerySet",
    "Origin",
    "OutboxMessage",
    "State",
    "Tuning",
    "Verdict",
    "Worker",
    "later_of",
]
