"""What holds for any rules and any message."""

from dataclasses import replace
from itertools import pairwise
from random import Random

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from rules.matching import (
    MATCH_ANYTHING,
    Listener,
    Match,
    Matcher,
    MatchMode,
    keyword_problem,
    spans,
)
from rules.matching.elongation import list_meanings
from rules.matching.folding import WORD, fold, read_words
from rules.matching.spans import Located, list_places
from rules.matching.tokens import read
from rules.matching.typos import Typos, allow_typos, count_wrong_letters
from tests.rules.matching.letters import TRICKY_LETTERS
from tests.rules.matching.plain_matcher import PlainMatcher, wrong_letters

pytestmark = pytest.mark.no_database

_MANY = (
    "price prices prise delivery delivry delivery's deliver art party hi this s so soo sooo"
    " sooooo cool cooool col e-mail email e mail m-ail what's whats what don't dont don t'aime"
    " l'adresse adresse adrese ladresse a-b-c ab c 1000 10000 iphone14 iphone15 größe groesse"
    " grösse grosse da да дача мой мои мойй café cafe CAFÉ ＷＩＤＥ wide 价格 价 格 价格表 多少"
    " 多少钱 กา กาแฟ ก่า การ サイズ Mサイズ サ ❤ ❤️ 🔥 ★ € + ? ! - ' www ww w aaa aa a bbb heeello"
    " hello helo XL xl XXL XXXL XXXXL AA AAA AAAA aaaaa NO NOOO DVD DVDDD A1 AAA1 3XL S"
    " 1,000 1.000 1'000 1 37.5 37,5 37 375 0.500 1.2.3 12.05.2024 1.000,50 1000.50"
    " 3-4 3 4 34 34-36 3436 years 4y 4years m cm a3-4y 555-1234 5551234 555 2019-2021 AB-12-34-56"
)
WORDS = _MANY.split()
# Other tests share the machine.
PATIENT = settings(suppress_health_check=[HealthCheck.too_slow])
JOINTS = st.sampled_from([" ", " ", " ", "  ", "", ", ", "-", "'", "！", " ❤ ", "\n", "."])
WORD_POOL = st.sampled_from(WORDS)
TYPOS = st.sampled_from([0, 0, 1, 2])
PATTERNS = ["pri[cs]e", "^hi", "[É]", "e.?mail", "格", r"\d+", "s$", "w{2,}", "caf."]


@st.composite
def texts(draw: st.DrawFn, pool: st.SearchStrategy[str], most: int) -> str:
    words = draw(st.lists(pool, min_size=1, max_size=most))
    return "".join(word + draw(JOINTS) for word in words)


@st.composite
def mistyped(draw: st.DrawFn, pool: st.SearchStrategy[str]) -> str:
    """A word with none, one, two or three letters wrong."""
    word = draw(pool)
    for _ in range(draw(st.sampled_from([0, 0, 0, 1, 1, 2, 3]))):
        at = draw(st.integers(0, len(word)))
        start, rest = word[:at], word[at:]
        letter = draw(st.sampled_from("aeilprsy"))
        word = draw(
            st.sampled_from(
                [
                    start + rest[1:],
                    start + letter + rest,
                    start + letter + rest[1:],
                    start + rest[1:2] + rest[:1] + rest[2:],
                ]
            )
        )
    return word


@st.composite
def keywords(draw: st.DrawFn, mode: MatchMode, pool: st.SearchStrategy[str]) -> tuple[str, ...]:
    one = st.sampled_from(PATTERNS) if mode == MatchMode.REGEX else texts(pool, 2)
    usable = one.filter(lambda word: not keyword_problem(mode, word))
    return tuple(draw(st.lists(usable, min_size=1, max_size=3, unique=True)))


@st.composite
def rules(draw: st.DrawFn, pool: st.SearchStrategy[str]) -> list[Listener]:
    found = []
    for rule in range(draw(st.integers(1, 4))):
        mode = draw(st.sampled_from([MatchMode.WORDS] * 3 + list(MatchMode)))
        plain = mode in MATCH_ANYTHING
        ours = () if plain else draw(keywords(mode, pool))
        never = draw(st.just(()) | st.just(()) | keywords(MatchMode.WORDS, WORD_POOL))
        found.append(Listener(rule, draw(st.integers(1, 2)), mode, ours, never, draw(TYPOS)))
    return draw(st.permutations(found))


@st.composite
def cases(draw: st.DrawFn) -> tuple[list[Listener], str]:
    """Rules and a message of the same few words, so that much matches."""
    pool = st.sampled_from(draw(st.lists(WORD_POOL, min_size=1, max_size=4)))
    return draw(rules(pool)), draw(texts(mistyped(pool), 6))


def few_joints(text: str) -> bool:
    """A word with many joints is not read in every way that there is."""
    return all(word.count("'") + word.count("-") < 4 for word in WORD.findall(fold(text)))


@pytest.mark.slow
@settings(PATIENT, max_examples=500)
@given(cases())
def test_the_fast_matcher_agrees_with_a_plain_loop(case: tuple[list[Listener], str]) -> None:
    ours, text = case
    assume(all(map(few_joints, (text, *(word for one in ours for word in one.keywords)))))
    assert told(Matcher(ours).find(text)) == told(PlainMatcher(ours).find(text))


@PATIENT
@given(cases(), rules(WORD_POOL))
def test_a_rule_that_does_not_match_changes_nothing(
    case: tuple[list[Listener], str], others: list[Listener]
) -> None:
    ours, text = case
    other = replace(others[0], rule=99, order=0)
    after = Matcher([*ours, other]).find(text)
    assume(all(found.rule != 99 for found in after))
    if any(one.typos for one in ours):  # a word that a rule lists is no typo any more
        listed = {word for keyword in other.keywords + other.never for word in read_words(keyword)}
        assume(listed.isdisjoint(stretched_out(text)))
    assert after == Matcher(ours).find(text)


def stretched_out(text: str) -> set[str]:
    """Every word of a message, its parts and what it may stand for."""
    reading = read(text)
    every = {*reading.words, *(word.text for found in reading.other.values() for word in found)}
    return {meaning for word in every for meaning in list_meanings(word)}


@PATIENT
@given(cases(), st.randoms())
def test_the_order_is_total_and_does_not_depend_on_who_was_first(
    case: tuple[list[Listener], str], random: Random
) -> None:
    ours, text = case
    found = Matcher(ours).find(text)
    assert len({one.rank for one in found}) == len(found)
    assert [one.rank for one in found if not one.never] == sorted(
        one.rank for one in found if not one.never
    )
    assert found == Matcher(random.sample(ours, len(ours))).find(text)


@PATIENT
@given(cases())
def test_rules_without_typos_match_alone_what_they_match_together(
    case: tuple[list[Listener], str],
) -> None:
    ours = [replace(one, typos=0) for one in case[0]]
    alone = [found for one in ours for found in Matcher([one]).find(case[1])]
    assert sorted(alone, key=lambda one: one.rule) == sorted(
        Matcher(ours).find(case[1]), key=lambda one: one.rule
    )


@PATIENT
@given(cases())
def test_what_matched_is_marked_in_the_text_as_written(case: tuple[list[Listener], str]) -> None:
    ours, text = case
    by_rule = {one.rule: one for one in ours}
    for found in Matcher(ours).find(text):
        marked = spans(text, by_rule[found.rule], found)
        assert marked == sorted(marked)
        assert all(0 <= start < end <= len(text) for start, end in marked)
        assert all(before[1] < after[0] for before, after in pairwise(marked))
        assert bool(marked) == (found.mode not in MATCH_ANYTHING)


@PATIENT
@given(st.text() | st.text(TRICKY_LETTERS), st.sampled_from(list(MatchMode)))
def test_a_text_finds_itself(text: str, mode: MatchMode) -> None:
    assume(mode not in (MatchMode.REGEX, MatchMode.EVERYTHING, MatchMode.FALLBACK))
    assume(not keyword_problem(mode, text))
    listener = Listener(1, 1, mode, (text,))
    (found,) = Matcher([listener]).find(text)
    assert found.length >= sum(map(len, read_words(text)))
    # Of halves of a Korean syllable with a Hebrew accent between them nobody can tell.
    if Located(text).folded == fold(text):
        assert spans(text, listener, found)


@PATIENT
@given(st.text())
def test_any_text_can_be_matched_and_marked(text: str) -> None:
    listener = Listener(1, 1, MatchMode.CONTAINS, (text[:2],), typos=2)
    for found in Matcher([listener]).find(text):
        assert all(0 <= start < end <= len(text) for start, end in spans(text, listener, found))
    assert len(list(list_places(read(text).folded))) == len(read(text).words)


@PATIENT
@given(st.text(st.characters(), max_size=8))
def test_half_a_letter_harms_nobody(text: str) -> None:
    broken = f"price \ud83d{text}\udc4d"
    ours = [
        Listener(1, 1, MatchMode.WORDS, ("price", "\ud83d")),
        Listener(2, 2, MatchMode.CONTAINS, ("ric", "价")),
        Listener(3, 3, MatchMode.REGEX, ("pri.e", "\ud83d")),
    ]
    found = Matcher(ours).find(broken)
    assert [one.rule for one in found] == [1, 2, 3]
    assert all(spans(broken, ours[one.rule - 1], one) == [(0, 5)] for one in found if one.rule != 2)


LETTERS = st.text("abcdeé", min_size=1, max_size=9)


@PATIENT
@given(LETTERS, LETTERS, st.integers(0, 2))
def test_wrong_letters_are_counted_as_the_book_says(one: str, other: str, most: int) -> None:
    wrong = wrong_letters(one, other)
    assert count_wrong_letters(one, other, most) == (wrong if wrong <= most else None)


@PATIENT
@given(st.text("abc", min_size=4, max_size=14), st.lists(st.text("abc", min_size=4, max_size=14)))
def test_the_index_finds_every_word_that_is_near(word: str, listed: list[str]) -> None:
    allowed = {one: allow_typos(one, 2) for one in listed}
    assert dict(Typos(allowed).find(word)) == {
        one: wrong
        for one in listed
        if one[0] == word[0] and 0 < (wrong := wrong_letters(word, one)) <= allowed[one]
    }


def told(found: list[Match]) -> list[Match]:
    """Of two ways to read a typo either may be told."""
    return [replace(one, typo="some" if one.typo else "") for one in found]
