"""What staff see of the rules."""

from rules.admin.rule import ResponseRuleAdmin
from rules.admin.unanswered import UnansweredAdmin, unanswered_lately

__all__ = ["ResponseRuleAdmin", "UnansweredAdmin", "unanswered_lately"]
