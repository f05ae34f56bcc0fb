"""What staff see of the rules."""

from rules.admin.rule import ResponseRuleAdmin
from rules.admin.unanswered import UnansweredAdmin, count_unanswered

__all__ = ["ResponseRuleAdmin", "UnansweredAdmin", "count_unanswered"]
