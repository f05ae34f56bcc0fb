"""The engine that answers by the rules that staff wrote."""

from collections import defaultdict
from dataclasses import dataclass

from conversations.engine import Answer, Question
from conversations.fresh import Fresh
from instagram.content import Content
from rules.matching import Found, Listener, Matcher, Mode
from rules.models import Event, ResponseRule, RulesVersion
from rules.saying import says

# What a question's kind is to a rule; every other kind is a message.
EVENTS = {
    "quick_reply": Event.BUTTON,
    "postback": Event.BUTTON,
    "story_reply": Event.STORY_REPLY,
    "story_mention": Event.STORY_MENTION,
    "comment": Event.COMMENT,
}
Asked = tuple[Event, str]  # the event, and where the customer came from ("": anywhere)


@dataclass(frozen=True, slots=True)
class _Rules:
    version: int
    matchers: dict[Asked, Matcher]
    by_id: dict[int, ResponseRule]
    says: dict[int, tuple[str | Content, ...]]


def _load(known: _Rules | None) -> _Rules:
    """Look at the version; read the rules only when it has been raised."""
    version = RulesVersion.now()
    if known is not None and known.version == version:
        return known
    rules = list(ResponseRule.objects.active().prefetch_related("cards"))
    asked: dict[Asked, list[Listener]] = defaultdict(list)
    for rule in rules:
        for event in rule.events():
            asked[event, rule.referral.strip().casefold()].append(listener(rule))
    matchers = {key: Matcher(found) for key, found in asked.items()}
    by_id = {rule.pk: rule for rule in rules}
    return _Rules(version, matchers, by_id, {rule.pk: says(rule) for rule in rules})


def listener(rule: ResponseRule) -> Listener:
    """Return what a rule listens for."""
    return Listener(rule.pk, rule.order, Mode(rule.match), tuple(rule.keyword_list()))


# One per process: the rules are read once for all threads.
_rules = Fresh(_load)


class RuleEngine:
    def answer(self, question: Question) -> Answer | None:
        rules = _rules.get()
        event = EVENTS.get(question.kind, Event.MESSAGE)
        said = [question.text, question.payload] if question.payload else [question.text]
        found = [
            best
            for referral in {"", question.referral.strip().casefold()}
            if (matcher := rules.matchers.get((event, referral)))
            for text in said
            for best in matcher.find(text)[:1]
        ]
        if not found:
            return None
        best = min(found, key=lambda one: one.rank)
        rule = rules.by_id[best.rule]
        return Answer(rules.says[rule.pk], _reason(best, rule), best.rule, rule.public_reply)


def _reason(best: Found, rule: ResponseRule) -> str:
    found = f"matched '{best.keyword}'" if best.keyword else "matched everything"
    came = f" and came from '{rule.referral.strip()}'" if rule.referral.strip() else ""
    return f"{found}{came} in rule {rule.name}"
