"""The answer of the rule that won: the next variant of its reply, with the variables filled in."""

from collections.abc import Mapping
from dataclasses import replace
from math import lcm
from typing import Any
from zlib import crc32

from conversations.engine import NO_MATCH, Answer, NoAnswer, OptOut, Question
from conversations.models import COMMENT
from rules.engine.decision import Decision, Rules
from rules.matching import MATCH_ANYTHING, Match, MatchMode
from rules.models import ResponseRule
from rules.triggers import TRIGGER_NAMES, Trigger, includes, trigger_of
from rules.wording.reply import fill_in
from rules.wording.syntax import read_public_replies
from rules.wording.variables import fill

NONE_APPLIES = "Matching rules don't apply here."
MAX_VARIANTS = 30_000  # that a message's column holds
MAX_LOSERS_KEPT = 10  # beside a message


def make_answer(decision: Decision, rules: Rules, question: Question) -> Answer | NoAnswer:
    """Return what to say and do after this decision, or why to say nothing."""
    trigger = trigger_of(question.kind)
    rule, match, why = decision.winner, decision.match, _explain_losers(decision, rules, trigger)
    excluded = [loser.rule.pk for loser in decision.losers if loser.match.never]
    if rule is None or match is None:
        reason = NONE_APPLIES if decision.losers else NO_MATCH
        return NoAnswer(reason, why=why, excluded=excluded)
    if decision.why_silent:
        return NoAnswer(
            decision.why_silent, final=True, needs_person=True, fallback=True, why=why,
            excluded=excluded,
        )  # fmt: skip
    answer = _make_one(rule, match, rules, question)
    also = [_make_one(*found, rules, question) for found in decision.also]
    return replace(answer, why=why, also=also, excluded=excluded)


def _make_one(rule: ResponseRule, match: Match, rules: Rules, question: Question) -> Answer:
    values = read_values(question, match)
    variant = _next_variant(rule, rules, question)
    replies = rules.variants[rule.pk]
    return Answer(
        fill_in(replies[variant % len(replies)], values),
        explain(match, rule, trigger_of(question.kind)),
        rule.pk,
        _choose_public_reply(rule, question, variant, values),
        variant,
        fallback=match.mode == MatchMode.FALLBACK and not match.is_named,
        by=f"rule {rule.name}",
        needs_person=rule.needs_person,
        pause_hours=rule.pause_hours,
        label=rule.label.strip(),
        opt_out=OptOut(rule.opt_out) if rule.opt_out else None,
    )


def _next_variant(rule: ResponseRule, rules: Rules, question: Question) -> int:
    """Return the number of the variant after the one that this customer got last.

    Below comments it also counts the public replies: with two of each they take turns alike.
    """
    count = len(rules.variants[rule.pk])
    if question.kind == COMMENT:
        public = len(read_public_replies(rule.public_reply)) or 1
        count = min(lcm(count, public), MAX_VARIANTS)
    last = question.past.last(rule.pk) if count > 1 else None
    return (last.variant + 1) % count if last else 0


def _choose_public_reply(
    rule: ResponseRule, question: Question, variant: int, values: Mapping[str, str]
) -> str:
    """Return what is written below the comment: another variant for another customer."""
    replies = read_public_replies(rule.public_reply)
    if not replies:
        return ""
    begins = crc32(question.customer.encode())  # else everybody's first would be the same
    return fill(replies[(begins + variant) % len(replies)], values)


def read_values(question: Question, match: Match) -> dict[str, str]:
    """Return the value of each variable (rules.wording.variables); empty where it is unknown."""
    return {
        "first_name": next(iter(question.name.split()), ""),
        "username": question.username,
        "shop_name": question.shop.name,
        "opening_hours": question.shop.spoken_hours(),
        "matched_word": "" if match.mode == MatchMode.REGEX else match.keyword,
    }


def explain(match: Match, rule: ResponseRule, trigger: Trigger) -> str:
    """Say why the rule answers. The customer's own words stay out: they may be unsent."""
    if match.is_named:
        return f"the tap is for rule {rule.name}"
    if match.mode == MatchMode.FALLBACK:
        return f"no other rule applied, so the fallback replied: rule {rule.name}"
    what = f"matched '{match.keyword}'" if match.keyword else "matched everything"
    if not match.keyword and match.length:
        what = f"matched {TRIGGER_NAMES[trigger]}"
    typo = " with a typo" if match.typo else ""
    source = f" and came from '{rule.referral.strip()}'" if rule.referral.strip() else ""
    return f"{what}{typo}{source} in rule {rule.name}"


def _explain_losers(decision: Decision, rules: Rules, trigger: Trigger) -> dict[str, Any]:
    """Return what is kept beside the message, as JSON."""
    # A fallback stands behind every winner, and what matches anything else is not about this
    # message: neither needs a mention.
    losers = [
        loser
        for loser in decision.losers
        if loser.match.mode not in MATCH_ANYTHING
        or (loser.match.mode != MatchMode.FALLBACK and includes(loser.rule.triggers(), trigger))
    ]
    why: dict[str, Any] = {"rules": len(rules.by_id)}
    if losers:
        why["lost"] = [[loser.rule.name, loser.why] for loser in losers[:MAX_LOSERS_KEPT]]
    if decision.match and decision.match.typo:
        why["typo"] = [decision.match.typo, decision.match.keyword]
    return why
