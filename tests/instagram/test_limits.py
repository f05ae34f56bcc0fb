import pytest
import regex
from hypothesis import given
from hypothesis import strategies as st

from instagram.limits import split_text

pytestmark = pytest.mark.no_database

TEXTS = st.text(max_size=400) | st.lists(
    st.sampled_from(["Привіт ", "👩‍👩‍👧", "word ", "e\u0301", ". ", "\n", "。", "🇺🇦"]), max_size=200
).map("".join)


@given(TEXTS, st.integers(40, 1000))
def test_parts_joined_are_the_text_and_none_is_too_long(text: str, limit: int) -> None:
    parts = split_text(text, limit)
    assert "".join(parts) == text
    assert all(len(part.encode()) <= limit for part in parts)


@given(TEXTS)
def test_no_character_that_people_see_is_cut(text: str) -> None:
    cuts = set()
    position = 0
    for part in split_text(text, 60)[:-1]:
        position += len(part)
        cuts.add(position)
    for seen in regex.finditer(r"\X", text):
        if len(seen.group().encode()) <= 60:
            assert not cuts & set(range(seen.start() + 1, seen.end()))


@pytest.mark.parametrize(
    ("text", "limit", "parts"),
    [
        ("short", 1000, ["short"]),
        ("", 1000, [""]),
        ("One. Two. Three.", 10, ["One. Two. ", "Three."]),
        ("one two three", 8, ["one two ", "three"]),
        ("one\n\ntwo. three", 12, ["one\n\n", "two. three"]),
        ("abcdef", 4, ["abcd", "ef"]),
        ("яяяяя", 4, ["яя", "яя", "я"]),
        ("a" * 1000, 1000, ["a" * 1000]),
        ("a" * 1001, 1000, ["a" * 1000, "a"]),
        ("今日は。明日も。", 12, ["今日は。", "明日も。"]),
    ],
)
def test_it_cuts_at_the_best_place(text: str, limit: int, parts: list[str]) -> None:
    assert split_text(text, limit) == parts
