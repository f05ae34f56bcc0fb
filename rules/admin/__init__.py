"""What staff see of the rules."""

from rules.admin.menu import MenuAdmin
from rules.admin.rule import ResponseRuleAdmin
from rules.admin.saved_replies import SavedReplyAdmin
from rules.admin.unanswered import UnansweredAdmin, count_unanswered

__all__ = [
    "MenuAdmin",
    "ResponseRuleAdmin",
    "SavedReplyAdmin",
    "UnansweredAdmin",
    "count_unanswered",
]
