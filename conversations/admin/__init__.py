"""What staff see of accounts and customers."""

from conversations.admin.account import AccountAdmin, AutomaticTextAdmin
from conversations.admin.base import KeptAdmin, ReadOnlyAdmin
from conversations.admin.conversation import ConversationAdmin, waiting_for_person
from conversations.admin.late import LateQuestionAdmin, late_customers
from conversations.admin.outbox import OutboxAdmin, troubled_sends

__all__ = [
    "AccountAdmin",
    "AutomaticTextAdmin",
    "ConversationAdmin",
    "KeptAdmin",
    "LateQuestionAdmin",
    "OutboxAdmin",
    "ReadOnlyAdmin",
    "late_customers",
    "troubled_sends",
    "waiting_for_person",
]
