"""The rules of staff. Every way to change one raises the version that all processes watch."""

from rules.models.card import RuleCard
from rules.models.change import RuleChange
from rules.models.dismissal import MAX_PHRASE, DismissedGroup
from rules.models.rule import ResponseRule
from rules.models.version import RulesVersion

__all__ = [
    "MAX_PHRASE",
    "DismissedGroup",
    "ResponseRule",
    "RuleCard",
    "RuleChange",
    "RulesVersion",
]
