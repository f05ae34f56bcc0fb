"""Who we are, whom we talk with, what was said, each call for it, and the shop."""

from conversations.models.account import Account, AccountQuerySet, later_of
from conversations.models.attempt import Attempt
from conversations.models.conversation import (
    ANOTHER_APP,
    MAX_LABEL,
    NEWEST,
    Conversation,
    ConversationQuerySet,
    Label,
)
from conversations.models.message import (
    BY_ENGINES,
    BY_PERSON,
    COMMENT,
    OPEN,
    PRIVATE_REPLY,
    PUBLIC_REPLY,
    TO_COMMENTS,
    UNANSWERED,
    AutomaticText,
    LateQuestion,
    Message,
    MessageQuerySet,
    Origin,
    OutboxMessage,
    State,
    Verdict,
)
from conversations.models.worker import Worker

__all__ = [
    "ANOTHER_APP",
    "BY_ENGINES",
    "BY_PERSON",
    "COMMENT",
    "MAX_LABEL",
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
    "Verdict",
    "Worker",
    "later_of",
]
