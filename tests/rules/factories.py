"""Rules of the tests of the engine and of the checks."""

from typing import Any

from rules.models import ResponseRule


def make_rule(name: str, keywords: str = "price", **fields: Any) -> ResponseRule:
    """Save a rule that replies with its name."""
    given = {"keywords": keywords, "reply": f"{name}.", "order": 10} | fields
    return ResponseRule.objects.create(name=name, **given)
