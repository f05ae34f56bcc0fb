"""Who we are, whom we talk with, what was said, each call for it, and what was counted."""

from conversations.models.access import AccountAccess
from conversations.models.account import (
    FIRST,
    STOPPED,
    Account,
    AccountQuerySet,
    is_called,
    later_of,
    why_off,
)
from conversations.models.attempt import Attempt
from conversations.models.automatic_text import AutomaticText
from conversations.models.conversation import ANOTHER_APP, UNTIL_RESUMED, Conversation
from conversations.models.conversation_table import (
    NEWEST,
    ConversationQuerySet,
    QueueCounts,
    Seen,
)
from conversations.models.directory import DirectoryEntry
from conversations.models.draft import Draft
from conversations.models.figures import AccountDay, DayFigures, FiguresUpkeep
from conversations.models.label import MAX_LABEL, Label
from conversations.models.menu import Menu, store_options
from conversations.models.message import (
    BY_ENGINES,
    BY_PERSON,
    CAME_BY,
    COMMENT,
    FOUND,
    GONE,
    HISTORY,
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
    LateQuestion,
    Message,
    MessageQuerySet,
    Origin,
    OutboxMessage,
    State,
    Verdict,
    key_of,
    mid_of,
)
from conversations.models.note import Mention, Note
from conversations.models.picture import Picture
from conversations.models.recovery import HistoryImport, MissedLook
from conversations.models.removal import (
    ERASED,
    NONE_LEFT,
    CustomerErasure,
    ErasedCustomer,
    not_being_erased,
)
from conversations.models.retention import DeletedMessage, Erasure, RetentionUpkeep
from conversations.models.saved_reply import MAX_SAVED_TITLE, SavedReply
from conversations.models.silence import SilenceWatch
from conversations.models.worker import Worker

__all__ = [
    "ANOTHER_APP",
    "BY_ENGINES",
    "BY_PERSON",
    "CAME_BY",
    "COMMENT",
    "ERASED",
    "FIRST",
    "FOUND",
    "GONE",
    "HISTORY",
    "LATE",
    "MAX_LABEL",
    "MAX_SAVED_TITLE",
    "NEEDS_ANSWER",
    "NEWEST",
    "NONE_LEFT",
    "NOT_SAID",
    "OPEN",
    "PERSONS",
    "PRIVATE_REPLY",
    "PUBLIC_REPLY",
    "STOPPED",
    "STORY_KINDS",
    "TO_COMMENTS",
    "UNANSWERED",
    "UNTIL_RESUMED",
    "Account",
    "AccountAccess",
    "AccountDay",
    "AccountQuerySet",
    "Attempt",
    "AutomaticText",
    "Conversation",
    "ConversationQuerySet",
    "CustomerErasure",
    "DayFigures",
    "DeletedMessage",
    "DirectoryEntry",
    "Draft",
    "ErasedCustomer",
    "Erasure",
    "FiguresUpkeep",
    "HistoryImport",
    "Label",
    "LateQuestion",
    "Mention",
    "Menu",
    "Message",
    "MessageQuerySet",
    "MissedLook",
    "Note",
    "Origin",
    "OutboxMessage",
    "Picture",
    "QueueCounts",
    "RetentionUpkeep",
    "SavedReply",
    "Seen",
    "SilenceWatch",
    "State",
    "Verdict",
    "Worker",
    "is_called",
    "key_of",
    "later_of",
    "mid_of",
    "not_being_erased",
    "store_options",
    "why_off",
]
