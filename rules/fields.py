"""The webhook fields that rules need beyond those that the inbox has anyway."""

from rules.models import ResponseRule
from rules.triggers import Trigger

FIELDS = {Trigger.COMMENT: ("comments", "live_comments")}


def needed() -> list[str]:
    """Return the fields without which an active rule would never hear what it is for."""
    triggers = {trigger for rule in ResponseRule.objects.active() for trigger in rule.triggers()}
    return [name for trigger, names in FIELDS.items() if trigger in triggers for name in names]
