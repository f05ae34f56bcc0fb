"""What staff see of accounts, customers and their shop."""

from backoffice.read_only import KeptAdmin, ReadOnlyAdmin
from conversations.admin import bars
from conversations.admin.account import AccountAdmin, AutomaticTextAdmin
from conversations.admin.conversation import ConversationAdmin, waiting_customers
from conversations.admin.labels import LabelAdmin
from conversations.admin.late import LateQuestionAdmin, late_customers
from conversations.admin.mentions import MentionAdmin, unseen_mentions
from conversations.admin.outbox import OutboxAdmin, failed_sends, stuck_sends
from conversations.admin.removal import CustomerErasureAdmin
from conversations.admin.shop import AccountShopAdmin
from conversations.admin.switch import may_switch

__all__ = [
    "AccountAdmin",
    "AccountShopAdmin",
    "AutomaticTextAdmin",
    "ConversationAdmin",
    "CustomerErasureAdmin",
    "KeptAdmin",
    "LabelAdmin",
    "LateQuestionAdmin",
    "MentionAdmin",
    "OutboxAdmin",
    "ReadOnlyAdmin",
    "bars",
    "failed_sends",
    "late_customers",
    "may_switch",
    "stuck_sends",
    "unseen_mentions",
    "waiting_customers",
]
