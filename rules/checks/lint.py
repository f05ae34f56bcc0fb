"""Looks for mistakes in rules, and says what to do about each. Pure: reads nothing."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

import regex
from django.utils.text import get_text_list

from instagram.content import Button, Buttons, Content, QuickReply, Text, messages
from rules import taps
from rules.checks.places import Place
from rules.checks.shadows import find_winners, make_samples
from rules.engine.decision import Rules
from rules.matching import MATCH_ANYTHING, MatchMode
from rules.matching.folding import read_words
from rules.models import ResponseRule
from rules.triggers import WORDLESS, Trigger
from rules.wording import syntax, validation
from rules.wording.reply import Reply
from rules.wording.variables import find_without_default
from shop import placeholders

MIN_WORDS_AROUND = 3  # that have a rule's word in their middle, to be worth a sentence
MAX_SHORT_WORD = 2  # letters: so short a word is inside very many others
MAX_EXAMPLES = 5  # words of customers
SET_HOURS = "Set the opening hours on the Shop page."

_LETTER = regex.compile(
    r"[\p{L}--[\p{scx=Han}\p{scx=Hira}\p{scx=Kana}\p{scx=Bopo}\p{scx=Hang}\p{scx=Thai}\p{scx=Laoo}"
    r"\p{scx=Khmr}\p{scx=Mymr}]]",
    regex.V1,
)  # of the scripts in which a word has several letters
_PLAIN_LINK = regex.compile(r"\bhttp://\S+", regex.IGNORECASE)


class Level(StrEnum):
    PROBLEM = "problem"  # the rule does not do what it says
    ADVICE = "advice"  # it may be intended


@dataclass(frozen=True, slots=True)
class Finding:
    """A sentence about a field of a rule; without a rule, about all rules.

    short: the same in a few words. examples: words of customers, for those who may read them.
    """

    rule: ResponseRule | None
    level: Level
    sentence: str
    short: str
    field: str = ""
    examples: tuple[str, ...] = ()


def lint(
    rules: Rules, places: Sequence[Place], today: date, texts: Sequence[str] = ()
) -> list[Finding]:
    """Check active rules, in their order. texts: what customers wrote lately."""
    findings = [*_check_fallback(rules), *_check_first_words(places)]
    for rule in sorted(rules.by_id.values(), key=lambda rule: (rule.order, rule.pk)):
        findings += _check_rule(rule, rules, places, today)
        findings += _check_words_inside(rule, texts)
    return findings


def _check_rule(
    rule: ResponseRule, rules: Rules, places: Sequence[Place], today: date
) -> Iterator[Finding]:
    yield from _check_shadows(rule, rules)
    yield from _check_times(rule, places, today)
    yield from _check_short_words(rule)
    yield from _check_reply(rule, rules.variants[rule.pk])
    yield from _check_placeholders(rule)
    yield from _check_links(rule)
    yield from _check_taps(rule, rules)


def lint_change(
    rules: Rules,
    changed: int,
    concerns: Callable[[str], bool],
    places: Sequence[Place],
    today: date,
) -> list[Finding]:
    """Check what a change of one rule may have changed: it, and what it may mean to others.

    concerns: tells whether the rule finds anything in a text, before its change or after.
    """
    findings = [*_check_fallback(rules), *_check_first_words(places)]
    for rule in sorted(rules.by_id.values(), key=lambda rule: (rule.order, rule.pk)):
        if rule.pk == changed:
            findings += _check_rule(rule, rules, places, today)
            continue
        if any(concerns(text) for _, text in make_samples(rule)):
            findings += _check_shadows(rule, rules)
        findings += _check_taps(rule, rules)
    return findings


def lint_words(rules: Rules, texts: Sequence[str]) -> list[Finding]:
    """Check the words of active rules by what customers wrote, which changes all the time."""
    return [one for rule in rules.by_id.values() for one in _check_words_inside(rule, texts)]


def _check_fallback(rules: Rules) -> Iterator[Finding]:
    always = [rule for rule in rules.by_id.values() if rule.match in MATCH_ANYTHING]
    if not any(rule.for_messages for rule in always):
        sentence = (
            "Messages that no rule matches get no answer. Add a fallback that tells customers how"
            " to reach a person."
        )
        yield Finding(None, Level.PROBLEM, sentence, "no fallback", "match")


def _check_shadows(rule: ResponseRule, rules: Rules) -> Iterator[Finding]:
    winners = find_winners(rule, rules)
    taken = {word: winner.name for word, winner in winners.items() if winner}
    names = " and ".join(f"rule {name}" for name in dict.fromkeys(taken.values()))
    if winners and len(taken) == len(winners):
        verb = "comes" if len(set(taken.values())) == 1 else "come"
        only = " Only one fallback answers." if rule.match == MatchMode.FALLBACK else ""
        sentence = (
            f"It never answers: {names} always {verb} first.{only} Change the order or the words,"
            " or switch one of them off."
        )
        yield Finding(rule, Level.PROBLEM, sentence, f"hidden by {names}", "order")
        return
    for word, name in taken.items():
        sentence = f"It never answers '{word}' alone: rule {name} comes first."
        yield Finding(rule, Level.ADVICE, sentence, f"'{word}' is taken by rule {name}", "keywords")


def _check_times(rule: ResponseRule, places: Sequence[Place], today: date) -> Iterator[Finding]:
    if rule.last_day and rule.last_day < today:
        sentence = (
            f"Its last day was {rule.last_day:%-d %B %Y}. Switch it off or choose a later day."
        )
        yield Finding(rule, Level.ADVICE, sentence, "has ended", "last_day")
    heard = [place for place in places if place.hears(rule)]
    always_open = [place for place in heard if not place.shop.hours]
    if rule.hours and always_open:
        names = get_text_list([place.called for place in always_open], "and")
        where = "" if always_open == heard else f" for {names}"
        if rule.hours == ResponseRule.Hours.OUTSIDE:
            what, so = "outside business hours", "never answers"
        else:
            what, so = "in business hours", "always answers"
        there = " there" if where else ""
        sentence = f"It only answers {what}, and none are set{where}, so it {so}{there}."
        yield Finding(rule, Level.PROBLEM, f"{sentence} {SET_HOURS}", "no business hours", "hours")


def _check_short_words(rule: ResponseRule) -> Iterator[Finding]:
    """Look for words of one or two letters."""
    if not rule.listens_to_words() or rule.match in (MatchMode.EXACT, MatchMode.REGEX):
        return
    inside = rule.match == MatchMode.CONTAINS
    for word in rule.keyword_list():
        letters = "".join(read_words(word))
        if not _LETTER.fullmatch(letters[:1]):
            continue
        if len(letters) == 1:
            level = Level.PROBLEM if inside else Level.ADVICE
            sentence = (
                f"'{word}' is a single letter, which many messages contain. Write a whole word."
            )
            yield Finding(rule, level, sentence, "one letter", "keywords")
        elif inside and len(letters) <= MAX_SHORT_WORD:
            sentence = (
                f"'{word}' is inside very many words. Match whole words instead, or write more"
                " letters."
            )
            yield Finding(rule, Level.ADVICE, sentence, "short word", "keywords")


def _check_words_inside(rule: ResponseRule, texts: Iterable[str]) -> Iterator[Finding]:
    """Look for words in the middle of other words: the beginning is often intended, as a stem."""
    if rule.match != MatchMode.CONTAINS:
        return
    for keyword in rule.keyword_list():
        words = read_words(keyword)
        if len(words) != 1 or len(words[0]) <= MAX_SHORT_WORD or not _LETTER.match(words[0]):
            continue
        others = sorted(_find_words_around(words[0], texts))
        if len(others) >= MIN_WORDS_AROUND:
            sentence = (
                f"'{keyword}' is in the middle of {len(others)} other words that customers wrote."
                " Match whole words instead, or write more letters."
            )
            short = f"'{keyword}' is inside other words"
            examples = tuple(others[:MAX_EXAMPLES])
            yield Finding(rule, Level.ADVICE, sentence, short, "keywords", examples)


def _find_words_around(word: str, texts: Iterable[str]) -> set[str]:
    likely = (text for text in texts if word in text.casefold() or not text.isascii())
    return {other for text in likely for other in read_words(text) if other.find(word) > 0}


def _check_reply(rule: ResponseRule, variants: Sequence[Reply]) -> Iterator[Finding]:
    for number, reply in enumerate(variants):
        field = "other_replies" if number else "reply"
        for message in reply:
            text = message if isinstance(message, str) else getattr(message, "text", "")
            yield from _check_length(rule, message, len(text.encode()), field)
    for field in ("reply", "other_replies", "public_reply"):
        for name in find_without_default(getattr(rule, field)):
            has_word = rule.match not in MATCH_ANYTHING | {MatchMode.REGEX}
            if name == "matched_word" and has_word and WORDLESS.isdisjoint(rule.triggers()):
                continue  # with keywords there always is one
            sentence = (
                f"{{{name}}} is not always known. Write {{{name}|…}}, with what to say instead"
                " after the |."
            )
            yield Finding(rule, Level.ADVICE, sentence, f"{{{name}}} may be unknown", field)


def _check_first_words(places: Sequence[Place]) -> Iterator[Finding]:
    pages = {place.called if place.is_own else "": place.shop for place in places}
    for account, shop in pages.items():
        page = f"the Shop page of {account}" if account else "the Shop page"
        for problem in placeholders.find_problems(shop.disclosure):
            sentence = f"First words on {page}: {problem} It is left out when they are sent."
            yield Finding(None, Level.PROBLEM, sentence, "unknown placeholder", "disclosure")


def _check_placeholders(rule: ResponseRule) -> Iterator[Finding]:
    """Look for those that were stored before they were refused."""
    for field, problem in validation.find_unknown_placeholders(rule):
        sentence = f"{problem} It is left out when the text is sent."
        yield Finding(rule, Level.PROBLEM, sentence, "unknown placeholder", field)


def _check_length(
    rule: ResponseRule, message: str | Content, size: int, field: str
) -> Iterator[Finding]:
    parts = len(messages(message)) if isinstance(message, str | Text | Buttons) else 1
    if parts > 1:
        sentence = (
            f"A text of {size} bytes is sent as {parts} messages. Put a line with only --- where"
            " you want to split it."
        )
        yield Finding(rule, Level.ADVICE, sentence, f"sent as {parts} messages", field)


def _check_links(rule: ResponseRule) -> Iterator[Finding]:
    for field, text in _list_link_fields(rule):
        for link in dict.fromkeys(_PLAIN_LINK.findall(text)):
            sentence = f"{link} is not encrypted, so phones show a warning. Write https://…"
            yield Finding(rule, Level.PROBLEM, sentence, "a link is not https", field)


def _list_link_fields(rule: ResponseRule) -> Iterator[tuple[str, str]]:
    for field in ("reply", "other_replies", "public_reply", "buttons"):
        yield field, getattr(rule, field)
    for card in rule.card_list():
        yield "cards", "\n".join([card.url, *(button.url for button in card.buttons)])


def _check_taps(rule: ResponseRule, rules: Rules) -> Iterator[Finding]:
    """Look for quick replies and buttons that no rule answers."""
    for field, tap in _list_taps(rule):
        if not any(_is_answered(text, rules) for text in {tap.title, tap.payload}):
            what = tap.title if tap.title == tap.payload else f"{tap.title} = {tap.payload}"
            sentence = f"No rule for taps matches '{what}'. Add it to the words of a rule."
            yield Finding(rule, Level.PROBLEM, sentence, f"no rule answers '{tap.title}'", field)


def _list_taps(rule: ResponseRule) -> Iterator[tuple[str, QuickReply | Button]]:
    for quick_reply in syntax.read_quick_replies(rule.quick_replies):
        yield "quick_replies", quick_reply
    for button in syntax.read_buttons(rule.buttons):
        if not button.url:
            yield "buttons", button
    for card in rule.card_list():
        yield from (("cards", button) for button in card.buttons if not button.url)


def _is_answered(text: str, rules: Rules) -> bool:
    named = rules.by_id.get(taps.rule_of(text) or 0)
    if named:
        return Trigger.BUTTON in named.triggers()
    return any(
        match.mode not in MATCH_ANYTHING and Trigger.BUTTON in rules.by_id[match.rule].triggers()
        for match in rules.matcher.find(text)
        if not match.never
    )
