"""The rules of staff. Every way to change one raises the version that all processes watch."""

from rules.models.card import RuleCard
from rules.models.change import RuleChange
from rules.models.dismissed import DismissedGroup
from rules.models.rule import ResponseRule
from rules.models.version import RulesVersion

__all__ = [
    "DismissedGroup",
    "ResponseRule",
    "RuleCard",
    "RuleChange",
    "RulesVersion",
]
