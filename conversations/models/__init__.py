"""Who we are, whom we talk with, what was said, each call for it, and what was counted."""

from conversations.models.account import Account, AccountQuerySet, later_of, why_off
from conversations.models.attempt import Attempt
from conversations.models.conversation import (
    ANOTHER_APP,
    MAX_LABEL,
    NEWEST,
    UNTIL_RESUMED,
    Conversation,
    ConversationQuerySet,
    Label,
    QueueCounts,
    Seen,
)
from conversations.models.directory import DirectoryEntry
from conversations.models.draft import Draft
from conversations.models.figures import DayFigures, FiguresUpkeep
from conversations.models.message import (
    BY_ENGINES,
    BY_PERSON,
    CAME_BY,
    COMMENT,
    LATE,
    NEEDS_ANSWER,
    NOT_SAID,
    OPEN,
    PERSONS,
    PRIVATE_REPLY,
    PUBLIC_REPLY,
    STORY_KINDS,
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
from conversations.models.note import Mention, Note
from conversations.models.picture import Picture
from conversations.models.retention import DeletedMessage, RetentionUpkeep
from conversations.models.saved_reply import MAX_SAVED_TITLE, SavedReply
from conversations.models.worker import Worker

__all__ = [
    "ANOTHER_APP",
    "BY_ENGINES",
    "BY_PERSON",
    "CAME_BY",
    "COMMENT",
    "LATE",
    "MAX_LABEL",
    "MAX_SAVED_TITLE",
    "NEEDS_ANSWER",
    "NEWEST",
    "NOT_SAID",
    "OPEN",
    "PERSONS",
    "PRIVATE_REPLY",
    "PUBLIC_REPLY",
    "STORY_KINDS",
    "TO_COMMENTS",
    "UNANSWERED",
    "UNTIL_RESUMED",
    "Account",
    "AccountQuerySet",
    "Attempt",
    "AutomaticText",
    "Conversation",
    "ConversationQuerySet",
    "DayFigures",
    "DeletedMessage",
    "DirectoryEntry",
    "Draft",
    "FiguresUpkeep",
    "Label",
    "LateQuestion",
    "Mention",
    "Message",
    "MessageQuerySet",
    "Note",
    "Origin",
    "OutboxMessage",
    "Picture",
    "QueueCounts",
    "RetentionUpkeep",
    "SavedReply",
    "Seen",
    "State",
    "Verdict",
    "Worker",
    "later_of",
    "why_off",
]
