"""Which rules can never win, because another rule comes first whenever they match.

Only what is certain is reported: the matcher is asked what else matches a rule's own words, and a
rule counts only if it also matches whatever stands around them.
"""

from collections.abc import Iterator
from dataclasses import replace

from rules.engine.decision import Rules
from rules.matching import MATCH_ANYTHING, Match, MatchMode
from rules.matching.folding import read_words
from rules.models import ResponseRule
from rules.triggers import WORDLESS, includes

_ANYWHERE = {MatchMode.WORDS, MatchMode.ALL, MatchMode.CONTAINS, MatchMode.EVERYTHING}
# By the match mode of a rule: the modes in which another rule that matches its words matches
# whatever this rule matches.
_WIDER = {
    MatchMode.WORDS: _ANYWHERE,
    MatchMode.ALL: _ANYWHERE,
    MatchMode.EXACT: _ANYWHERE | {MatchMode.EXACT, MatchMode.BEGINS, MatchMode.ENDS},
    MatchMode.BEGINS: _ANYWHERE | {MatchMode.BEGINS},
    MatchMode.ENDS: _ANYWHERE | {MatchMode.ENDS},
    MatchMode.CONTAINS: {MatchMode.CONTAINS, MatchMode.EVERYTHING},
    MatchMode.REGEX: {MatchMode.EVERYTHING},
    MatchMode.EVERYTHING: {MatchMode.EVERYTHING},
    MatchMode.FALLBACK: {MatchMode.EVERYTHING, MatchMode.FALLBACK},
}
# Separates words that must all be there, so that no phrase runs from one into the next.
_SEPARATOR = " ⰸⰵⰿⰾⱑ "


def find_winners(rule: ResponseRule, rules: Rules) -> dict[str, ResponseRule | None]:
    """Return for each word of the rule which other rule always wins; None: this one can win.

    A rule that needs all its words, or has none, has one entry: "".
    """
    return {word: _find_winner(rule, text, rules) for word, text in make_samples(rule)}


def make_samples(rule: ResponseRule) -> Iterator[tuple[str, str]]:
    """Return each word of a rule with a message that has it."""
    mode = MatchMode(rule.match)
    if mode == MatchMode.ALL:
        yield "", _SEPARATOR.join(rule.keyword_list())
    elif mode == MatchMode.REGEX or not rule.listens_to_words():
        yield "", ""
    else:
        yield from ((word, word) for word in rule.keyword_list())


def _find_winner(rule: ResponseRule, text: str, rules: Rules) -> ResponseRule | None:
    matches = rules.matcher.find(text)
    own = next((match for match in matches if match.rule == rule.pk), None)
    if rule.match == MatchMode.REGEX:
        # Whatever it finds is longer than the nothing that 'everything' matches.
        own = Match(rule.pk, rule.order, MatchMode.REGEX, "", 1)
    elif own and WORDLESS.intersection(rule.triggers()):
        own = replace(own, length=max(own.length, 1))  # as for a message without a text
    if own is None or own.never:
        return None
    for match in matches:
        other = rules.by_id[match.rule]
        is_first = match.rank < own.rank and match.mode in _WIDER[own.mode]
        if is_first and _is_wider(match, other, rule):
            return other
    return None


def _is_wider(match: Match, other: ResponseRule, rule: ResponseRule) -> bool:
    """Tell whether the other rule may answer whenever this one may."""
    return (
        not (match.never or match.typo or other.once_in_hours)
        and (other.typos >= rule.typos or match.mode in MATCH_ANYTHING)
        and set(map(read_words, other.never_list())) <= set(map(read_words, rule.never_list()))
        and other.opt_out != other.OptOut.START  # which is asked where a customer has opted out
        and all(includes(other.triggers(), trigger) for trigger in rule.triggers())
        and other.referral.strip().casefold() in ("", rule.referral.strip().casefold())
        and (not other.hours or other.hours == rule.hours)
        and (not other.only_new or rule.only_new)
        and _is_for_the_same_accounts(other, rule)
        and _lasts_longer(other, rule)
    )


def _is_for_the_same_accounts(other: ResponseRule, rule: ResponseRule) -> bool:
    others, own = set(other.account_list()), set(rule.account_list())
    return not others or (bool(own) and own <= others)


def _lasts_longer(other: ResponseRule, rule: ResponseRule) -> bool:
    begins = not other.first_day or (rule.first_day and other.first_day <= rule.first_day)
    ends = not other.last_day or (rule.last_day and other.last_day >= rule.last_day)
    return bool(begins and ends)
