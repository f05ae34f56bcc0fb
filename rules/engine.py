"""The engine that answers by the rules that staff wrote."""

from dataclasses import dataclass

from conversations.engine import Answer, Question
from conversations.fresh import Fresh
from rules.matching import Matcher, Mode, Pattern, words
from rules.models import ResponseRule, RulesVersion


@dataclass(frozen=True, slots=True)
class _Rules:
    version: int
    matcher: Matcher
    names: dict[int, str]
    replies: dict[int, str]


def _load(known: _Rules | None) -> _Rules:
    """Look at the version; read the rules only when it has been raised."""
    version = RulesVersion.now()
    if known is not None and known.version == version:
        return known
    rules = list(ResponseRule.objects.active())
    return _Rules(
        version,
        Matcher(pattern for rule in rules for pattern in patterns(rule)),
        {rule.pk: rule.name for rule in rules},
        {rule.pk: rule.reply for rule in rules},
    )


def patterns(rule: ResponseRule) -> list[Pattern]:
    """Return what a rule listens for."""
    mode = Mode(rule.match)
    if mode == Mode.EVERYTHING:
        return [Pattern(rule.order, rule.pk, mode, (), "")]
    found = [(keyword, words(keyword)) for keyword in rule.keyword_list()]
    return [Pattern(rule.order, rule.pk, mode, run, keyword) for keyword, run in found if run]


# One per process: the rules are read once for all threads.
_rules = Fresh(_load)


class RuleEngine:
    def answer(self, question: Question) -> Answer | None:
        rules = _rules.get()
        said = [question.text, question.payload] if question.payload else [question.text]
        found_in = [best for text in said if (best := rules.matcher.best(text))]
        if not found_in:
            return None
        best = min(found_in, key=lambda pattern: pattern.rank)
        name = rules.names[best.rule]
        found = f"matched '{best.keyword}'" if best.keyword else "matched everything"
        return Answer((rules.replies[best.rule],), f"{found} in rule {name}", best.rule)
