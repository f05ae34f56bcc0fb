"""Rules of any kind that are not saved, for hypothesis."""

from collections.abc import Sequence
from typing import Any

from hypothesis import strategies as st

from rules.engine.decision import Rules, make_listener
from rules.matching import Matcher, MatchMode
from rules.models import ResponseRule

WORDS = st.sampled_from([
    "price", "prize", "prices", "red", "shoes", "shoe", "shoess", "don't", "dont", "3-4", "34",
    "و price", "wprice", "配送", "送料", "配", "+", "é",
])  # fmt: skip
PHRASES = st.lists(WORDS, min_size=1, max_size=3).map(" ".join)
LINES = st.lists(PHRASES, min_size=1, max_size=3).map("\n".join)
CHOICES = st.fixed_dictionaries(
    {
        "match": st.sampled_from([choice for choice in MatchMode if choice != "regex"]),
        "keywords": LINES,
        "never": st.one_of(st.just(""), LINES),
        "order": st.integers(1, 2),
        "typos": st.sampled_from([0, 0, 0, 1, 2]),
        "only_new": st.booleans(),
        "for_buttons": st.booleans(),
    }
)


def rules_of(choices: Sequence[dict[str, Any]]) -> list[ResponseRule]:
    return [ResponseRule(pk=pk, name=f"Rule {pk}", **fields) for pk, fields in enumerate(choices)]


def prepare(rules: Sequence[ResponseRule]) -> Rules:
    """What they say is not asked for here: it would be read from the database."""
    return Rules(0, {rule.pk: rule for rule in rules}, {}, Matcher(map(make_listener, rules)))
