"""What staff see of the rules."""

from rules.admin.rule import ResponseRuleAdmin

__all__ = ["ResponseRuleAdmin"]
