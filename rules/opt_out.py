"""The rules by which customers opt out of automatic messages, and back in.

A new shop has them by seed_rules; one that has rules already is offered them on the list of rules
and by check_rules. Staff may change their words and texts.
"""

from collections.abc import Iterable
from typing import Any

from django.db import transaction

from rules import history
from rules.history import What
from rules.matching import MatchMode
from rules.models import ResponseRule
from rules.opt_out_words import START_WORDS, STOP_WORDS
from rules.record import to_record


def _lines(words: dict[str, tuple[str, ...]]) -> str:
    every = (word for of_language in words.values() for word in of_language)
    return "\n".join(dict.fromkeys(every))


RULES: list[dict[str, Any]] = [
    {
        "order": 1,
        "name": "Opt out",
        "match": MatchMode.EXACT,
        "keywords": _lines(STOP_WORDS),
        "reply": "You will get no more automatic messages from us. Write START if you want them"
        " again. Our team can still answer you here.",
        "opt_out": "stop",
    },
    {
        "order": 2,
        "name": "Opt in again",
        "match": MatchMode.EXACT,
        "keywords": _lines(START_WORDS),
        "reply": "Welcome back! Our assistant answers you again. Write STOP at any time to end"
        " that.",
        "opt_out": "start",
    },
]


MISSING = "Customers cannot opt out of automatic messages by writing STOP."


def is_missing(rules: Iterable[ResponseRule]) -> bool:
    """Tell whether customers cannot opt out by these rules."""
    return not any(rule.opt_out == ResponseRule.OptOut.STOP for rule in rules)


@transaction.atomic
def add_rules(*, by: str) -> list[ResponseRule]:
    """Add those of the two rules that the shop does not have, also switched off; return them."""
    added = []
    for values in RULES:
        if ResponseRule.objects.filter(opt_out=values["opt_out"]).exists():
            continue
        rule = ResponseRule.objects.create(**values | {"name": _free_name(values["name"])})
        history.write(rule.pk, None, to_record(rule), by=by, what=What.CREATED)
        added.append(rule)
    return added


def _free_name(name: str) -> str:
    taken = set(ResponseRule.objects.values_list("name", flat=True))
    names = [name, *(f"{name} {number}" for number in range(2, len(taken) + 3))]
    return next(free for free in names if free not in taken)
