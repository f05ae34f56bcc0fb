"""What is said when a rule has won: the wording whose turn it is, with what is known put in."""

from typing import Any

from conversations.engine import NO_MATCH, Answer, NoAnswer, Question
from rules.engine.decision import Decision, Rules
from rules.matching import Found, MatchMode
from rules.models import ResponseRule
from rules.wording.reply import filled
from rules.wording.variables import fill
from shop.current import ShopNow

NONE_MAY = "No rule that fits may answer."
LOSERS_KEPT = 10  # beside a message


def answer(
    decision: Decision, rules: Rules, question: Question, shop: ShopNow
) -> Answer | NoAnswer:
    """Return what the decision means: what to say and do, or why nothing."""
    rule, found, why = decision.winner, decision.found, _why(decision, rules)
    if rule is None or found is None:
        return NoAnswer(NONE_MAY if decision.lost else NO_MATCH, why=why)
    if decision.silent:
        return NoAnswer(decision.silent, final=True, needs_person=True, fallback=True, why=why)
    values = values_for(question, found, shop)
    variant = _variant(rule, rules, question)
    return Answer(
        filled(rules.says[rule.pk][variant], values),
        reason(found, rule),
        rule.pk,
        fill(rule.public_reply, values),
        variant,
        fallback=found.mode == MatchMode.FALLBACK,
        by=f"rule {rule.name}",
        needs_person=rule.needs_person,
        pause_hours=rule.pause_hours,
        label=rule.label.strip(),
        why=why,
    )


def _variant(rule: ResponseRule, rules: Rules, question: Question) -> int:
    """Return the wording after the one that this customer got last."""
    ways = len(rules.says[rule.pk])
    last = question.past.last(rule.pk) if ways > 1 else None
    return (last.variant + 1) % ways if last else 0


def values_for(question: Question, found: Found, shop: ShopNow) -> dict[str, str]:
    """Return what may be put into a text (rules.wording.variables)."""
    return {
        "first_name": next(iter(question.name.split()), ""),
        "username": question.username,
        "shop_name": shop.name,
        "opening_hours": shop.spoken_hours(),
        "matched_word": "" if found.mode == MatchMode.REGEX else found.keyword,
    }


def reason(found: Found, rule: ResponseRule) -> str:
    """Say what matched; not in the words of the customer, who may unsend them."""
    if found.mode == MatchMode.FALLBACK:
        return f"no other rule answers: rule {rule.name}"
    what = f"matched '{found.keyword}'" if found.keyword else "matched everything"
    typo = " with a typo" if found.typo else ""
    came = f" and came from '{rule.referral.strip()}'" if rule.referral.strip() else ""
    return f"{what}{typo}{came} in rule {rule.name}"


def _why(decision: Decision, rules: Rules) -> dict[str, Any]:
    """Return what is kept beside the message, as JSON."""
    # That a fallback waits behind the winner is so each time.
    losers = [one for one in decision.lost if one.found.mode != MatchMode.FALLBACK]
    lost = [[one.rule.name, one.why] for one in losers[:LOSERS_KEPT]]
    why: dict[str, Any] = {"rules": len(rules.by_id)}
    if lost:
        why["lost"] = lost
    if decision.found and decision.found.typo:
        why["typo"] = [decision.found.typo, decision.found.keyword]
    return why
