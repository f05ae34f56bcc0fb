"""Rules of the admin's tests, and the forms that staff post."""

from typing import Any

from rules.models import ResponseRule

LIST = "/admin/rules/responserule/"
COAT = {"title": "Coat", "subtitle": "Wool"}


def make_rule(name: str, **fields: Any) -> ResponseRule:
    return ResponseRule.objects.create(**{"name": name, "reply": "In 2 days."} | fields)


def form(**fields: Any) -> dict[str, Any]:
    filled = {
        "name": "Delivery",
        "active": "on",
        "order": "40",
        "match": "words",
        "keywords": "delivery\r\nshipping",
        "for_messages": "on",
        "reply": "In 3 days.",
        "typos": "0",
        "once_in_hours": "0",
        "pause_hours": "0",
    }
    return filled | cards() | fields


def cards(*rows: dict[str, Any], initial: int = 0) -> dict[str, Any]:
    """The cards of a rule as they are posted with it."""
    data: dict[str, Any] = {"cards-TOTAL_FORMS": len(rows), "cards-INITIAL_FORMS": initial}
    for number, row in enumerate(rows):
        data |= {f"cards-{number}-{key}": value for key, value in ({"order": 0} | row).items()}
    return data


def rows(*rules: ResponseRule, **fields: Any) -> dict[str, Any]:
    """The list as it is posted when it is saved."""
    data: dict[str, Any] = {
        "form-TOTAL_FORMS": len(rules),
        "form-INITIAL_FORMS": len(rules),
        "_save": "Save",
    }
    for number, rule in enumerate(rules):
        row = {"id": rule.pk, "order": rule.order, "active": "on"} | fields
        data |= {f"form-{number}-{key}": value for key, value in row.items() if value is not None}
    return data
