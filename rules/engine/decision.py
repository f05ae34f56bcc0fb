"""Which rule answers a question, and why the others do not: what the worker and the try-it box run.

Of the rules whose words fit the first one that may answer wins; the fallback only after all others.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta

from conversations.engine import Question
from rules.engine.conditions import Circumstances, ago, why_not
from rules.matching import Found, Listener, Matcher, MatchMode
from rules.models import ResponseRule
from rules.triggers import trigger_of
from rules.wording.reply import Says, says
from shop import tuning
from shop.current import ShopNow


@dataclass(frozen=True, slots=True)
class Rules:
    """The rules of one version, made ready once and shared by all threads."""

    version: int
    by_id: dict[int, ResponseRule]
    says: dict[int, tuple[Says, ...]]
    matcher: Matcher

    @classmethod
    def of(cls, rules: Iterable[ResponseRule], version: int = 0) -> "Rules":
        by_id = {rule.pk: rule for rule in rules}
        ready = {pk: says(rule) for pk, rule in by_id.items()}
        return cls(version, by_id, ready, Matcher(listener(rule) for rule in by_id.values()))

    @classmethod
    def saved(cls, version: int = 0) -> "Rules":
        """Read the active rules as they are saved at this moment."""
        return cls.of(ResponseRule.objects.active().prefetch_related("cards"), version)


def listener(rule: ResponseRule) -> Listener:
    """Return what a rule listens for."""
    keywords = rule.keyword_list() if rule.listens_to_words() else []
    never = tuple(rule.never_list())
    return Listener(rule.pk, rule.order, MatchMode(rule.match), tuple(keywords), never, rule.typos)


@dataclass(frozen=True, slots=True)
class Lost:
    """A rule whose words fit, and the sentence why it does not answer."""

    rule: ResponseRule
    found: Found
    why: str


@dataclass(frozen=True, slots=True)
class Decision:
    """The winner with what was found, and the losers in order.

    silent: why the winner says nothing now, which only the fallback does.
    """

    winner: ResponseRule | None = None
    found: Found | None = None
    lost: tuple[Lost, ...] = ()
    silent: str = ""


def decide(rules: Rules, question: Question, shop: ShopNow) -> Decision:
    """Decide a question by these rules."""
    now = Circumstances(
        trigger_of(question.kind), question.at, question.referral, question.past, shop
    )
    winner: ResponseRule | None = None
    won: Found | None = None
    lost = []
    for found in _found(rules, question):
        rule = rules.by_id[found.rule]
        if found.never:
            lost.append(Lost(rule, found, f"'{found.never}' is in the message, too."))
        elif winner and won:
            lost.append(Lost(rule, found, _why_behind(won, found, winner)))
        elif why := why_not(rule, now):
            lost.append(Lost(rule, found, why))
        else:
            winner, won = rule, found
    return Decision(winner, won, tuple(lost), _why_silent(winner, now) if winner else "")


def _found(rules: Rules, question: Question) -> list[Found]:
    """Return what fits the text, or what the tap sent, the best first."""
    found = rules.matcher.find(question.text)
    if not question.payload or question.payload == question.text:
        return found
    best: dict[int, Found] = {}
    for one in [*found, *rules.matcher.find(question.payload)]:
        known = best.get(one.rule)
        if known is None or (bool(one.never), one.rank) < (bool(known.never), known.rank):
            best[one.rule] = one
    return sorted(best.values(), key=lambda one: one.rank)


def _why_behind(won: Found, found: Found, winner: ResponseRule) -> str:
    if found.mode == MatchMode.FALLBACK and won.mode != MatchMode.FALLBACK:
        return f"Rule {winner.name} answers, and this is a fallback."
    if found.order != won.order:
        return (
            f"Rule {winner.name} comes first: its order is {won.order}, here it is {found.order}."
        )
    if found.length != won.length:
        return f"Rule {winner.name} matches more: '{won.keyword}' is longer."
    return f"Rule {winner.name} matches as well, and is older."


def _why_silent(winner: ResponseRule, now: Circumstances) -> str:
    """A fallback says the same again and again: once in some hours, then a person is to look."""
    if winner.match != MatchMode.FALLBACK:
        return ""
    hours = tuning.get("fallback_hours")
    last = now.past.last(winner.pk) if hours else None
    if last is None or now.at - last.at >= timedelta(hours=hours):
        return ""
    return (
        f"The fallback was said {ago(now.at - last.at)} ago, and is said once in"
        f" {hours:g} h: a person is asked."
    )
