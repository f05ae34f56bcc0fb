"""Which rules never win, since another one comes first wherever their words are found.

Nothing is claimed that is not certain: the matcher is asked what else matches a rule's own words,
and only such rules count as also match whatever stands around them.
"""

from collections.abc import Iterator

from rules.engine.decision import Rules
from rules.matching import MATCH_ANYTHING, Found, MatchMode
from rules.matching.folding import words
from rules.models import ResponseRule

_ANYWHERE = {MatchMode.WORDS, MatchMode.ALL, MatchMode.CONTAINS, MatchMode.EVERYTHING}
# By how a rule listens: how another listens that matches all it matches, if it matches its words.
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
# Stands between words that must all be there, so that no phrase runs from one into the next.
_BETWEEN = " ⰸⰵⰿⰾⱑ "


def takers(rule: ResponseRule, rules: Rules) -> dict[str, ResponseRule | None]:
    """Return who wins wherever the rule's words are found, word by word; None: it may itself.

    A rule that needs all its words, or listens for none, has one entry: "".
    """
    return {word: _taker(rule, text, rules) for word, text in _samples(rule)}


def _samples(rule: ResponseRule) -> Iterator[tuple[str, str]]:
    mode = MatchMode(rule.match)
    if mode == MatchMode.ALL:
        yield "", _BETWEEN.join(rule.keyword_list())
    elif mode == MatchMode.REGEX or not rule.listens_to_words():
        yield "", ""
    else:
        yield from ((word, word) for word in rule.keyword_list())


def _taker(rule: ResponseRule, text: str, rules: Rules) -> ResponseRule | None:
    found = rules.matcher.find(text)
    own = next((one for one in found if one.rule == rule.pk), None)
    if rule.match == MatchMode.REGEX:
        # Whatever it finds is longer than the nothing that 'everything' matches.
        own = Found(rule.pk, rule.order, MatchMode.REGEX, "", 1)
    if own is None or own.never:
        return None
    for one in found:
        other = rules.by_id[one.rule]
        if one.rank < own.rank and one.mode in _WIDER[own.mode] and _is_wider(one, other, rule):
            return other
    return None


def _is_wider(found: Found, other: ResponseRule, rule: ResponseRule) -> bool:
    """Tell whether the other rule may answer whenever this one may."""
    return (
        not (found.never or found.typo or other.once_in_hours)
        and (other.typos >= rule.typos or found.mode in MATCH_ANYTHING)
        and set(map(words, other.never_list())) <= set(map(words, rule.never_list()))
        and set(other.triggers()) >= set(rule.triggers())
        and other.referral.strip().casefold() in ("", rule.referral.strip().casefold())
        and (not other.hours or other.hours == rule.hours)
        and (not other.only_new or rule.only_new)
        and _lasts_longer(other, rule)
    )


def _lasts_longer(other: ResponseRule, rule: ResponseRule) -> bool:
    begins = not other.first_day or (rule.first_day and other.first_day <= rule.first_day)
    ends = not other.last_day or (rule.last_day and other.last_day >= rule.last_day)
    return bool(begins and ends)
