"""Which rule answers a question, and why the others do not.

The worker and the trial decide by the same function. Of the rules that match, the first one that
may answer wins; the fallback comes after all others. Where the shop answers several questions, so
do the next rules whose words are others of the same message.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import NamedTuple

from backoffice.ages import time_since
from conversations.engine import MOST_ANSWERS, OptOut, Question
from rules import taps
from rules.engine.conditions import Circumstances, explain_refusal
from rules.matching import Listener, Match, Matcher, MatchMode, RememberingMatcher, spans
from rules.matching.courtesy import is_another_word
from rules.models import ResponseRule
from rules.triggers import WORDLESS, Trigger, trigger_of
from rules.wording.reply import Reply, read_variants
from shop import tuning

_MAY_ASK_MORE = (Trigger.MESSAGE, Trigger.STORY_REPLY)  # a comment gets only one answer


@dataclass(frozen=True, slots=True)
class Rules:
    """The rules of one version, prepared once and shared by all threads.

    wordless: the matches of rules that are for messages without a text.
    """

    version: int
    by_id: dict[int, ResponseRule]
    variants: dict[int, tuple[Reply, ...]]
    matcher: Matcher
    wordless: dict[Trigger, list[Match]] = field(default_factory=dict)

    @classmethod
    def of(
        cls, rules: Iterable[ResponseRule], version: int = 0, matcher: type[Matcher] = Matcher
    ) -> "Rules":
        by_id = {rule.pk: rule for rule in rules}
        variants = {pk: read_variants(rule) for pk, rule in by_id.items()}
        finds = matcher(map(make_listener, by_id.values()))
        return cls(version, by_id, variants, finds, _list_wordless(by_id.values()))

    def remembering(self) -> "Rules":
        """Return the same rules for who decides the same texts again and again."""
        return Rules.of(self.by_id.values(), self.version, RememberingMatcher)

    @classmethod
    def saved(cls, version: int = 0) -> "Rules":
        """Read the active rules from the database."""
        return cls.of(ResponseRule.objects.active().prefetch_related("cards"), version)


def _list_wordless(rules: Iterable[ResponseRule]) -> dict[Trigger, list[Match]]:
    """Return the matches by the kind of message, as if one letter matched: before 'anything'."""
    matches: dict[Trigger, list[Match]] = {}
    for rule in rules:
        match = Match(rule.pk, rule.order, MatchMode(rule.match), "", 1)
        for trigger in WORDLESS.intersection(rule.triggers()):
            matches.setdefault(trigger, []).append(match)
    return matches


def make_listener(rule: ResponseRule) -> Listener:
    """Return what a rule listens for."""
    keywords = rule.keyword_list() if rule.listens_to_words() else []
    never = tuple(rule.never_list())
    return Listener(
        rule.pk, rule.order, MatchMode(rule.match), tuple(keywords), never, rule.typos,
        is_command=bool(rule.opt_out),
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Loser:
    """A rule that matches and does not answer, and the sentence why."""

    rule: ResponseRule
    match: Match
    why: str


class Found(NamedTuple):
    """A rule that answers, and its match."""

    rule: ResponseRule
    match: Match


@dataclass(frozen=True, slots=True)
class Decision:
    """The winner and its match, and the losers in order.

    why_silent: why the winner says nothing now. That happens only to a fallback. also: the rules
    that answer other questions in the same message.
    """

    winner: ResponseRule | None = None
    match: Match | None = None
    losers: tuple[Loser, ...] = ()
    why_silent: str = ""
    also: tuple[Found, ...] = ()


def decide(rules: Rules, question: Question) -> Decision:
    """Decide a question by these rules."""
    trigger = trigger_of(question.kind)
    here = Circumstances(
        trigger, question.at, question.referral, question.past, question.shop, question.opted_out,
        question.account,
    )  # fmt: skip
    answering: list[Found] = []
    losers = []
    for match in _find_matches(rules, question):
        rule = rules.by_id[match.rule]
        if match.never:
            why = f"The message also contains '{match.never}', which this rule excludes."
        elif rival := _find_rival(rules, question, here, answering, match):
            why = _explain_rank(rival, match)
        elif len(answering) == MOST_ANSWERS:
            why = f"{MOST_ANSWERS} rules answer already, which is the most at once."
        else:
            why = explain_refusal(rule, here)
        if why:
            losers.append(Loser(rule, match, why))
        else:
            answering.append(Found(rule, match))
    if not answering:
        return Decision(losers=tuple(losers))
    winner, match = answering[0]
    silence = "" if match.is_named else _explain_silence(winner, here)
    return Decision(winner, match, tuple(losers), silence, tuple(answering[1:]))


def _find_rival(
    rules: Rules,
    question: Question,
    here: Circumstances,
    answering: Sequence[Found],
    match: Match,
) -> Found | None:
    """Return the rule that answers instead of this match; none where it is another question."""
    if not answering:
        return None
    may_be_several = here.shop.answers_several and here.trigger in _MAY_ASK_MORE
    best = answering[0].match
    without_words = not (match.keyword and best.keyword)
    says_one_thing = match.is_command or best.is_command  # "STOP, thank you"
    if not may_be_several or question.payload or without_words or says_one_thing:
        return answering[0]
    words = _find_words(rules, question, match)
    return next((one for one in answering if words & _find_all_words(rules, question, one)), None)


def _find_words(rules: Rules, question: Question, match: Match) -> set[int]:
    """Return the places of the letters that a rule has found in the text."""
    found = spans(question.text, make_listener(rules.by_id[match.rule]), match)
    return {place for span in found for place in range(*span)}


def _find_all_words(rules: Rules, question: Question, answers: Found) -> set[int]:
    """Return the places of all that a rule listens for, which its answer is about, too."""
    rule, best = answers
    if best.mode in (MatchMode.ALL, MatchMode.REGEX):
        return _find_words(rules, question, best)
    # Each keyword may have been found by a typo.
    typo = best.typo or ("?" if rule.typos else "")
    if best.mode == MatchMode.WORDS:  # all keywords at once
        listener = replace(make_listener(rule), mode=MatchMode.ALL)
        found = spans(question.text, listener, replace(best, typo=typo))
        return {place for span in found for place in range(*span)}
    every = (replace(best, keyword=keyword, typo=typo) for keyword in rule.keyword_list())
    return {place for match in every for place in _find_words(rules, question, match)}


def find_opt_out(rules: Rules, question: Question) -> OptOut | None:
    """Return what the whole message asks of the bot, whatever else the rules would answer."""
    trigger = trigger_of(question.kind)
    matches = _find_matches(rules, question)
    if matches and matches[0].is_named:  # whatever its title says
        matches = matches[:1]
    rows = [rules.by_id[match.rule] for match in matches if not match.never]
    asked = {rule.opt_out for rule in rows if trigger in rule.triggers()}
    # A word of both rules changes what is.
    news, old = OptOut.STOP, OptOut.START
    if question.opted_out:
        news, old = old, news
    return next((wish for wish in (news, old) if wish in asked), None)


def _find_matches(rules: Rules, question: Question) -> list[Match]:
    """Return what matches the text, the payload of a tap or such a message, the best first."""
    matches = rules.matcher.find(question.text)
    if any(match.is_command for match in matches):
        # Nobody says STOP in two messages.
        matches = [
            match
            for match in matches
            if not match.is_command
            or not (question.joined or is_another_word(match.keyword, question.text))
        ]
    others = rules.wordless.get(trigger_of(question.kind), [])
    if question.payload and question.payload != question.text:
        others = [*_find_sent(rules, question.payload), *others]
    return _best_of_each([*matches, *others]) if others else matches


def _find_sent(rules: Rules, payload: str) -> list[Match]:
    """Return what matches what a tap sends: the rule that it names, or those whose words it has."""
    named = taps.rule_of(payload)
    if named is None:
        return rules.matcher.find(payload)
    rule = rules.by_id.get(named)
    if rule is None:  # it is off, or gone: the title of the tap may still lead to another one
        return []
    word = next(iter(rule.keyword_list()), "") if rule.listens_to_words() else ""
    return [Match(rule.pk, rule.order, MatchMode(rule.match), word, 1, is_named=True)]


def _best_of_each(matches: Iterable[Match]) -> list[Match]:
    """Return the best match of each rule, the best first."""
    best: dict[int, Match] = {}
    for match in matches:
        known = best.get(match.rule)
        if known is None or (bool(match.never), match.rank) < (bool(known.never), known.rank):
            best[match.rule] = match
    return sorted(best.values(), key=lambda match: match.rank)


def _explain_rank(rival: Found, match: Match) -> str:
    winner, best = rival
    if best.is_named:
        return f"The tap is for rule {winner.name}."
    if match.mode == MatchMode.FALLBACK and best.mode != MatchMode.FALLBACK:
        return f"Rule {winner.name} answers, and this is only a fallback."
    if best.is_command and not match.is_command:
        return f"Rule {winner.name} comes first: it is for customers who opt out or in again."
    if match.order != best.order:
        return (
            f"Rule {winner.name} comes first: its order is {best.order}, here it is {match.order}."
        )
    return _explain_length(rival, match)


def _explain_length(rival: Found, match: Match) -> str:
    winner, best = rival
    if match.length == best.length:
        return f"Rule {winner.name} matches as well, and is older."
    if not best.keyword:
        return f"Rule {winner.name} is for such messages, and this one is for any."
    return f"Rule {winner.name} matches more: '{best.keyword}' is longer."


def _explain_silence(winner: ResponseRule, here: Circumstances) -> str:
    """Hold back a fallback that the customer got lately: staff are asked to look instead."""
    if winner.match != MatchMode.FALLBACK:
        return ""
    hours = tuning.get("fallback_hours")
    last = here.past.last(winner.pk) if hours else None
    if last is None or here.at - last.at >= timedelta(hours=hours):
        return ""
    return (
        f"Fallback already sent {time_since(here.at - last.at)} (limit: once per {hours:g} h)."
        " Flagged for the team."
    )
