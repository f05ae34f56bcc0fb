"""Which rule wins: a table in many languages, then the properties that hold for any text."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.matching import Matcher, Mode, Pattern, fold, words

W, E, B, C = Mode.WORDS, Mode.EXACT, Mode.BEGINS, Mode.CONTAINS


def pattern(rule: int, keyword: str, mode: Mode = W, order: int = 100) -> Pattern:
    return Pattern(order, rule, mode, words(keyword) if keyword else (), keyword)


def matches(keyword: str, text: str, mode: Mode = W) -> bool:
    return Matcher([pattern(1, keyword, mode)]).best(text) is not None


@pytest.mark.parametrize(
    ("mode", "keyword", "text"),
    [
        (W, "art", "I love ART!"),
        (W, "delivery", "how much is DELIVERY?"),
        (W, "where is my order", "Hi!  Where   is\nmy order?"),
        (W, "café", "a cafe nearby"),
        (W, "cafe", "un CAFÉ s'il vous plaît"),
        (W, "adresse", "c'est quoi l'adresse ?"),
        (W, "größe", "welche GRÖSSE habt ihr"),
        (W, "strasse", "welche Straße?"),
        (W, "iade", "İADE istiyorum"),
        (W, "kargo", "KARGO ne kadar"),
        (W, "да", "Да, хочу"),
        (W, "еще", "ещё есть?"),
        (W, "доставка", "Скільки коштує ДОСТАВКА?"),
        (W, "зв'язок", "потрібен зв’язок"),
        (W, "τιμή", "ποια είναι η ΤΙΜΗ"),
        (W, "السعر", "كم السِّعْر؟"),
        (W, "מחיר", "מה המחיר של זה? מחיר"),
        (W, "कीमत", "इसकी कीमत क्या है?"),
        (W, "price", "ｐｒｉｃｅ？"),
        (W, "価格", "価格 は？"),
        (W, "hi", "hi👋🏽there"),
        (W, "+", "+"),
        (W, "❤️", "❤"),
        (W, "24", "24/7?"),
        (E, "hello", "  HELLO!!! 😊"),
        (E, "hello there", "Hello, there."),
        (B, "order", "Order 123 please"),
        (C, "deliver", "redelivery possible?"),
        (C, "e-mail", "my E-Mail address"),
        (Mode.EVERYTHING, "", "anything"),
        (Mode.EVERYTHING, "", ""),
    ],
)
def test_it_matches(mode: Mode, keyword: str, text: str) -> None:
    assert matches(keyword, text, mode)


@pytest.mark.parametrize(
    ("mode", "keyword", "text"),
    [
        (W, "art", "party"),
        (W, "art", "arts"),
        (W, "да", "дача"),
        (W, "мой", "мои вещи"),
        (W, "order", "border"),
        (W, "my order", "my first order"),
        (W, "my order", "my"),
        (W, "की", "कीमत"),
        (W, "hi", "this"),
        (W, "price", ""),
        (W, "price", "👍"),
        (W, "+", "1 + 1"),
        (E, "hello", "hello there"),
        (E, "hello there", "hello"),
        (B, "order", "my order"),
        (B, "order", "orders"),
        (C, "deliver", "delivre"),
    ],
)
def test_it_does_not_match(mode: Mode, keyword: str, text: str) -> None:
    assert not matches(keyword, text, mode)


@pytest.mark.parametrize(
    ("patterns", "winner"),
    [
        ([pattern(1, "price", order=2), pattern(2, "price", order=1)], 2),
        ([pattern(1, "price"), pattern(2, "the price")], 2),
        ([pattern(1, "the price", order=2), pattern(2, "price", order=1)], 2),
        ([pattern(2, "price"), pattern(1, "price")], 1),
        ([pattern(1, "", Mode.EVERYTHING), pattern(2, "price")], 2),
        ([pattern(1, "", Mode.EVERYTHING, order=1), pattern(2, "price", order=2)], 1),
        ([pattern(1, "pric", C), pattern(2, "price")], 2),
        ([pattern(1, "what is the price", E), pattern(2, "price")], 1),
    ],
)
def test_the_lowest_order_then_the_longest_match_then_the_lowest_id_wins(
    patterns: list[Pattern], winner: int
) -> None:
    for given_order in (patterns, patterns[::-1]):
        best = Matcher(given_order).best("What is the price?")
        assert best is not None
        assert best.rule == winner


@given(st.text())
def test_folding_twice_changes_nothing(text: str) -> None:
    assert fold(fold(text)) == fold(text)


@given(st.text())
def test_case_never_matters(text: str) -> None:
    assert words(text.upper()) == words(text.upper().lower())


ALPHABET = st.sampled_from(["price", "delivery", "art", "party", "my", "order", "да", "дача"])
PHRASE = st.lists(ALPHABET, min_size=1, max_size=3).map(" ".join)
PATTERNS = st.lists(
    st.builds(
        pattern,
        st.integers(1, 5),
        PHRASE,
        st.sampled_from([W, E, B, C]),
        st.integers(1, 3),
    ),
    max_size=8,
)


def slowly(patterns: list[Pattern], text: str) -> Pattern | None:
    """The same by a plain loop."""
    said = words(text)
    found = []
    for one in patterns:
        size = len(one.words)
        runs = [said[i : i + size] for i in range(len(said) - size + 1)]
        hit = {
            W: one.words in runs,
            E: one.words == said,
            B: one.words == said[:size],
            C: " ".join(one.words) in " ".join(said),
        }[one.mode]
        if hit:
            found.append(one)
    return min(found, key=lambda one: one.rank, default=None)


@given(PATTERNS, st.lists(ALPHABET, max_size=6).map(" ".join))
def test_the_fast_matcher_agrees_with_a_plain_loop(patterns: list[Pattern], text: str) -> None:
    fast, slow = Matcher(patterns).best(text), slowly(patterns, text)
    assert (fast and fast.rank) == (slow and slow.rank)


@given(PATTERNS, st.lists(ALPHABET, max_size=6).map(" ".join))
def test_a_rule_that_does_not_match_changes_nothing(patterns: list[Pattern], text: str) -> None:
    before = Matcher(patterns).best(text)
    after = Matcher([*patterns, pattern(0, "somethingelse", order=0)]).best(text)
    assert before == after
