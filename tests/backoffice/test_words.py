"""What search stores of a text, and what it makes of what somebody types."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backoffice.words import MAX_SEARCH_TEXT, MAX_WORD, Words, search_text

pytestmark = pytest.mark.no_database

STORED = [
    ("", ""),
    ("!!! ??? … 。、", ""),
    ("Where IS my parcel?", "where is my parcel"),
    ("Größe CAFÉ façade Łódź", "grosse cafe facade lodz"),
    ("İstanbul ışık ISPARTA", "istanbul isik isparta"),
    ("Οδός ΟΔΟΣ", "οδοσ οδοσ"),
    ("Ещё один йогурт", "еще один йогурт"),
    ("М’який м'який", "м який м який"),
    ("don’t stop: l'article", "don t stop l article"),
    ("#9001, order 12-34", "9001 order 12 34"),
    ("+49 (170) 123/456", "49 170 123 456"),
    ("@carlos.m_92 a@b.de", "carlos m 92 a b de"),
    ("price: 3.50€ or 1/2", "price 3 50 or 1 2"),
    ("❤️❤️🔥 ★", "❤ ❤ 🔥 ★"),
    ("👨‍👩‍👧 👍🏽", "👨 👩 👧 👍"),
    ("1️⃣ №5 ™ ﬁne", "1 no5 tm fine"),
    ("\u202bשָׁלוֹם\u202c ״צה״ל״", "שלום צה ל"),
    ("شُكْرًا كتـاب أهلا", "شكرا كتاب اهلا"),
    ("کتاب‌ها ٩٠٠١", "كتاب ها 9001"),
    ("हिन्दी में क़ीमत", "हिन्दी में क़ीमत"),
    ("日本語", "日本 本語 語"),
    ("iPhone用ケース", "iphone 用ケ ケー ース ス"),
    ("ｶﾞﾗｽ １２", "ガラ ラス ス 12"),
    ("9001号", "9001 号"),
    ("ราคา", "รา าค คา า"),
    ("가격이 얼마", "가격 격이 이 얼마 마"),
    ("가", "가"),
    ("a\0b\nc\td", "a b c d"),
    ("\ud800lone", "lone"),
    ("x" * 100, "x" * MAX_WORD),
]  # fmt: skip


@pytest.mark.parametrize(("text", "words"), STORED)
def test_a_text_is_stored_as_its_words(text: str, words: str) -> None:
    assert search_text(text) == words


def test_a_long_text_is_cut_between_words() -> None:
    words = search_text("日" * 4_000_000)
    assert MAX_SEARCH_TEXT - 3 < len(words) <= MAX_SEARCH_TEXT
    assert set(words.split()) == {"日日"}


ASKED = [
    ("parcel", "parcel*"),
    ("my  PARCEL!", "my parcel*"),
    ("a OR b", "a or b*"),
    ('"exact phrase"', "exact phrase*"),
    ("NEAR(a b) & c:* | !d", "near a b c d*"),
    ("日本語", "日本 本語"),
    ("本", "本*"),
    ("本 test", "本* test*"),
    ("用 test 号", "用* test 号*"),
    ("ケース iPhone", "ケー ース iphone*"),
    ("?", ""),
    ("the the", "the the*"),
]


@pytest.mark.parametrize(("asked", "words"), ASKED)
def test_the_last_word_is_a_beginning(asked: str, words: str) -> None:
    read = " ".join(f"{one.text}{'*' if one.is_beginning else ''}" for one in Words(asked).words)
    assert read == words


@given(st.text(max_size=40))
def test_a_text_is_found_by_itself(text: str) -> None:
    words = Words(text)
    assert words.are_in(search_text(text))


@given(st.text(max_size=60), st.text(max_size=5))
def test_stored_words_are_letters_and_digits_with_one_space_between(text: str, more: str) -> None:
    stored = search_text(text + more)
    assert stored == " ".join(stored.split())
    assert not {*"\"'*:&|!()\\\0%_"} & {*stored}


MARKED = [
    ("parc", "Where is my Parcel, parcel?", "Where is my [Parcel], [parcel]?"),
    ("jose", "Hi José!", "Hi [José]!"),
    ("日本", "東京と日本語", "東京と[日本]語"),
    ("ケース", "iPhone用ケースを", "iPhone用[ケース]を"),
    ("本", "日本の本", "日[本]の[本]"),
    ("❤", "I ❤️ it", "I [❤]️ it"),
    ("9001 order", "order #9001", "[order] #[9001]"),
    ("b", "<b>bold</b>", "<[b]>[bold]</[b]>"),
    ("nothing", "something", "something"),
]


@pytest.mark.parametrize(("asked", "text", "marked"), MARKED)
def test_what_was_looked_for_is_marked(asked: str, text: str, marked: str) -> None:
    pieces = Words(asked).mark(text)
    assert "".join(f"[{piece}]" if found else piece for piece, found in pieces) == marked
