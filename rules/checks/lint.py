"""What staff probably did not mean by a rule, and what to do about it. Pure: reads nothing."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

import regex

from instagram.content import Button, Buttons, Content, QuickReply, Text, messages
from rules.checks.shadows import takers
from rules.engine.decision import Rules
from rules.matching import MATCH_ANYTHING, MatchMode
from rules.matching.folding import words
from rules.models import ResponseRule
from rules.triggers import Trigger
from rules.wording import syntax
from rules.wording.variables import without_fallback
from shop.current import ShopNow

MANY = 3  # other words with a rule's word in their middle
SHORT = 2  # letters that are inside very many words
NAMED = 5  # words of customers that are given as examples
SHOP = "Set the hours on the page Shop."

_LETTER = regex.compile(
    r"[\p{L}--[\p{scx=Han}\p{scx=Hira}\p{scx=Kana}\p{scx=Bopo}\p{scx=Hang}\p{scx=Thai}\p{scx=Laoo}"
    r"\p{scx=Khmr}\p{scx=Mymr}]]",
    regex.V1,
)  # of the scripts in which a word has several
_PLAIN_LINK = regex.compile(r"\bhttp://\S+", regex.IGNORECASE)


class Level(StrEnum):
    PROBLEM = "problem"  # it does not do what it says
    ADVICE = "advice"  # it may be meant so


@dataclass(frozen=True, slots=True)
class Finding:
    """A sentence about a rule's field; without a rule about all of them.

    short: the same in a few words. said: words of customers, for those who may read them.
    """

    rule: ResponseRule | None
    level: Level
    sentence: str
    short: str
    field: str = ""
    said: tuple[str, ...] = ()


def lint(rules: Rules, shop: ShopNow, today: date, texts: Sequence[str] = ()) -> list[Finding]:
    """Look through active rules, in their order; texts: what customers wrote lately."""
    found = list(_no_fallback(rules))
    for rule in sorted(rules.by_id.values(), key=lambda one: (one.order, one.pk)):
        found += _hidden(rule, rules)
        found += _time(rule, shop, today)
        found += _words(rule)
        found += _inside(rule, texts)
        found += _texts(rule, rules.says[rule.pk])
        found += _links(rule)
        found += _taps(rule, rules)
    return found


def _no_fallback(rules: Rules) -> Iterator[Finding]:
    if not any(rule.match in MATCH_ANYTHING and rule.for_messages for rule in rules.by_id.values()):
        sentence = (
            "No rule answers the messages that the others do not. Add a fallback that says how to"
            " reach a person."
        )
        yield Finding(None, Level.PROBLEM, sentence, "no fallback", "match")


def _hidden(rule: ResponseRule, rules: Rules) -> Iterator[Finding]:
    taken = takers(rule, rules)
    by = {word: taker.name for word, taker in taken.items() if taker}
    names = " and ".join(f"rule {name}" for name in dict.fromkeys(by.values()))
    if taken and len(by) == len(taken):
        verb = "comes" if len(set(by.values())) == 1 else "come"
        only = " Only one fallback answers." if rule.match == MatchMode.FALLBACK else ""
        sentence = (
            f"It never answers: {names} {verb} first wherever it could.{only} Change the order or"
            " the words, or switch one of them off."
        )
        yield Finding(rule, Level.PROBLEM, sentence, f"hidden by {names}", "order")
        return
    for word, name in by.items():
        sentence = f"For '{word}' alone it never answers: rule {name} comes first."
        yield Finding(rule, Level.ADVICE, sentence, f"'{word}' is taken by rule {name}", "keywords")


def _time(rule: ResponseRule, shop: ShopNow, today: date) -> Iterator[Finding]:
    if rule.last_day and rule.last_day < today:
        sentence = (
            f"Its last day was {rule.last_day:%-d %B %Y}. Switch it off, or choose another day."
        )
        yield Finding(rule, Level.ADVICE, sentence, "has ended", "last_day")
    if rule.hours and not shop.hours:
        if rule.hours == ResponseRule.Hours.OUTSIDE:
            sentence = "It answers only outside business hours, and there are none: never."
        else:
            sentence = "It answers only in business hours, and there are none: at any time."
        yield Finding(rule, Level.PROBLEM, f"{sentence} {SHOP}", "no business hours", "hours")


def _words(rule: ResponseRule) -> Iterator[Finding]:
    """One letter is a word in few languages; inside other words it is everywhere."""
    if not rule.listens_to_words() or rule.match in (MatchMode.EXACT, MatchMode.REGEX):
        return
    inside = rule.match == MatchMode.CONTAINS
    for word in rule.keyword_list():
        letters = "".join(words(word))
        if not _LETTER.fullmatch(letters[:1]):
            continue
        if len(letters) == 1:
            level = Level.PROBLEM if inside else Level.ADVICE
            sentence = f"'{word}' is a single letter, found in many messages. Write a whole word."
            yield Finding(rule, level, sentence, "one letter", "keywords")
        elif inside and len(letters) <= SHORT:
            sentence = (
                f"'{word}' is inside very many words. Let the message have it as a word, or write"
                " more letters."
            )
            yield Finding(rule, Level.ADVICE, sentence, "short word", "keywords")


def _inside(rule: ResponseRule, texts: Iterable[str]) -> Iterator[Finding]:
    """The beginning of a word may be meant, as a stem; its middle hardly ever is."""
    if rule.match != MatchMode.CONTAINS:
        return
    for keyword in rule.keyword_list():
        run = words(keyword)
        if len(run) != 1 or len(run[0]) <= SHORT or not _LETTER.match(run[0]):
            continue
        others = sorted(_words_around(run[0], texts))
        if len(others) >= MANY:
            sentence = (
                f"'{keyword}' is in the middle of {len(others)} other words that customers wrote."
                " Let the message have it as a word, or write more letters."
            )
            short = f"'{keyword}' is inside other words"
            said = tuple(others[:NAMED])
            yield Finding(rule, Level.ADVICE, sentence, short, "keywords", said)


def _words_around(word: str, texts: Iterable[str]) -> set[str]:
    likely = (text for text in texts if word in text.casefold() or not text.isascii())
    return {said for text in likely for said in words(text) if said.find(word) > 0}


def _texts(rule: ResponseRule, says: Sequence[Sequence[str | Content]]) -> Iterator[Finding]:
    for number, said in enumerate(says):
        field = "other_replies" if number else "reply"
        for one in said:
            text = one if isinstance(one, str) else getattr(one, "text", "")
            yield from _long(rule, one, len(text.encode()), field)
    for field in ("reply", "other_replies", "public_reply"):
        for name in without_fallback(getattr(rule, field)):
            if name == "matched_word" and rule.match not in MATCH_ANYTHING | {MatchMode.REGEX}:
                continue  # there it always is one
            sentence = (
                f"{{{name}}} is not always known. Write {{{name}|…}}: behind the | stands what is"
                " said then."
            )
            yield Finding(rule, Level.ADVICE, sentence, f"{{{name}}} may be unknown", field)


def _long(rule: ResponseRule, said: str | Content, size: int, field: str) -> Iterator[Finding]:
    parts = len(messages(said)) if isinstance(said, str | Text | Buttons) else 1
    if parts > 1:
        sentence = (
            f"A text of {size} bytes is sent as {parts} messages. A line with only --- cuts it"
            " where you want."
        )
        yield Finding(rule, Level.ADVICE, sentence, f"sent as {parts} messages", field)


def _links(rule: ResponseRule) -> Iterator[Finding]:
    for field, text in _linked(rule):
        for link in dict.fromkeys(_PLAIN_LINK.findall(text)):
            sentence = f"{link} is not encrypted, and phones warn of it. Write https://…"
            yield Finding(rule, Level.PROBLEM, sentence, "a link is not https", field)


def _linked(rule: ResponseRule) -> Iterator[tuple[str, str]]:
    for field in ("reply", "other_replies", "public_reply", "buttons"):
        yield field, getattr(rule, field)
    for card in rule.card_list():
        yield "cards", "\n".join([card.url, *(button.url for button in card.buttons)])


def _taps(rule: ResponseRule, rules: Rules) -> Iterator[Finding]:
    """Customers tap what is offered: then a rule should have an answer to it."""
    for field, tap in _offered(rule):
        if not any(_is_heard(text, rules) for text in {tap.title, tap.payload}):
            what = tap.title if tap.title == tap.payload else f"{tap.title} = {tap.payload}"
            sentence = f"No rule for taps listens for '{what}'. Give it to a rule as a word."
            yield Finding(rule, Level.PROBLEM, sentence, f"nobody listens for '{tap.title}'", field)


def _offered(rule: ResponseRule) -> Iterator[tuple[str, QuickReply | Button]]:
    yield from (("quick_replies", one) for one in syntax.quick_replies(rule.quick_replies))
    yield from (("buttons", one) for one in syntax.buttons(rule.buttons) if not one.url)
    for card in rule.card_list():
        yield from (("cards", one) for one in card.buttons if not one.url)


def _is_heard(text: str, rules: Rules) -> bool:
    return any(
        found.mode not in MATCH_ANYTHING and Trigger.BUTTON in rules.by_id[found.rule].triggers()
        for found in rules.matcher.find(text)
        if not found.never
    )
