"""What does not matter between two texts."""

import sys
import unicodedata

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from rules.matching.folding import fold, fold_letters, read_signs, read_words
from rules.matching.tokens import read
from tests.rules.matching.letters import TRICKY_LETTERS

pytestmark = pytest.mark.once

# Other tests share the machine.
PATIENT = settings(suppress_health_check=[HealthCheck.too_slow])
TEXTS = st.text() | st.text(TRICKY_LETTERS)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("İSTANBUL", "istanbul"),
        ("ısı", "ISI"),
        ("GRÖẞE", "größe"),
        ("STRASSE", "straße"),
        ("çœur", "Cœur"),
        ("łódź", "LODZ"),
        ("smørrebrød", "smorrebrod"),
        ("ΛΌΓΟΣ", "λογος"),
        ("ЕЩЁ", "еще"),
        ("ﬁne", "fine"),
        ("ｐｒｉｃｅ", "price"),
        ("𝕡𝕣𝕚𝕔𝕖", "price"),
        ("ｻｲｽﾞ", "サイズ"),
        ("what´s", "what's"),
        ("what’s", "what‘s"),
        ("e‑mail", "e–mail"),
        ("e−mail", "e-mail"),
        ("السِّعْر", "السعر"),
        ("أسعار", "اسعار"),
        ("خدمة", "خدمه"),
        ("قیمت", "قيمت"),
        ("סֵפֶר", "ספר"),
        ("क़ीमत", "कीमत"),
        ("Gi\u00e1", "Gia\u0301"),
        ("đặt", "dat"),
        ("٣٤", "34"),
        ("१२", "12"),
        ("👍🏿", "👍"),
        ("❤️", "❤"),
        ("🤷🏽‍♀️", "🤷"),
        ("1️⃣", "1"),
        ("  a\u00a0\n b ", "a b"),
        ("soft\u00adware", "software"),
        ("heeeeeello", "heeello"),
        ("col·lecció", "col-leccio"),
    ],
)
def test_it_is_the_same(one: str, other: str) -> None:
    assert fold(one) == fold(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("мой", "мои"),
        ("їжа", "іжа"),
        ("good", "god"),
        ("1000", "10000"),
        ("1111", "111"),
        ("カ", "ガ"),
        ("かき", "がき"),
        ("की", "का"),
        ("กา", "ก่า"),
        ("❤️‍🔥", "🔥"),
        ("👍", "👎"),
        ("🇩🇪", "🇩🇰"),
        ("a b", "ab"),
    ],
)
def test_it_is_not_the_same(one: str, other: str) -> None:
    assert fold(one) != fold(other)


# What looks the same, typed in several ways.
SAME_LOOKS = {
    "Thai sara ae": "แม่ \u0e40\u0e40ม่",
    "Thai sara am": "น้\u0e33 น\u0e49\u0e4d\u0e32"
    " น\u0e4d\u0e49\u0e32 น\u0e33\u0e49 น\u0e4d\u0e32\u0e49",
    "Thai tone": "ที่ ท\u0e48\u0e35",
    "Thai tone behind sara aa": "ค่า ค\u0e32\u0e48",
    "Thai vowel below": "ปู่ ป\u0e48\u0e39",
    "Thai silent letter": "สิทธิ์ สิทธ\u0e4c\u0e34",
    "Thai lakkhangyao": "ฤๅ ฤา",
    "Lao sara ae": "ແມ່ \u0ec0\u0ec0ມ່",
    "Lao sara am": "ນ້\u0eb3 ນ\u0ecd\u0ec9\u0eb2 ນ\u0ec9\u0ecd\u0eb2 ນ\u0eb3\u0ec9",
    "Lao tone": "ທີ່ ທ\u0ec8\u0eb5",
    "Lao ho no": "ໜ ຫນ",
    "Khmer vowels": "ស\u17bb\u17c6 ស\u17c6\u17bb",
    "Khmer shifter": "ស\u17ca\u17b8 ស\u17b8\u17ca",
    "Khmer vowels of two parts": "កោ ក\u17c1\u17b6",
    "Khmer oe": "កើ ក\u17c1\u17b8",
    "Khmer subscripts": "ស\u17d2\u178f\u17d2\u179aី ស\u17d2\u179a\u17d2\u178fី"
    " ស\u17d2\u179a\u17d2\u178aី",
    "Burmese marks": "က\u102f\u1036 က\u1036\u102f",
    "Burmese asat and dot": "န\u1037\u103a န\u103a\u1037",
    "Arabic forms": "السلام \ufe8d\ufedf\ufeb4\ufefc\ufee1",
    "Arabic ligatures": "الله ﷲ",
    "Arabic vowels and shadda": "مح\u0651\u064eمد مح\u064e\u0651مد محمد",
    "Hebrew wide letters": "אהל ﬡﬣﬥ",
    "Yiddish ligatures": "וויי װײ",
    "Hangul": "가격 \u1100\u1161\u1100\u1167\u11a8",
    "full width": "e-mail's&1% ｅ－ｍａｉｌ＇ｓ＆１％",
    "half width": "ガイド ｶﾞｲﾄﾞ",
    "radicals": "人大 ⼈⼤",
}


@pytest.mark.parametrize("kind", SAME_LOOKS)
def test_what_looks_the_same_is_the_same(kind: str) -> None:
    assert len({fold(typed) for typed in SAME_LOOKS[kind].split()}) == 1


@pytest.mark.parametrize("texts", ["กา ก่า ก้า ก๋า", "เม แม", "นา น้า น้ำ นำ", "ກາ ກ່າ", "កុ កំ កុំ"])
def test_other_vowels_and_tones_are_not_the_same(texts: str) -> None:
    assert len({fold(text) for text in texts.split()}) == len(texts.split())


# Letters, and what is typed for each of them where there is no key for it.
PLAIN_LETTERS = {
    "Azerbaijani": ("ə ı ö ü ç ş ğ", "e i o u c s g"),
    "Polish, Sorbian": ("ł ń ż", "l n z"),
    "Danish, Norwegian, Faroese": ("ø å æ ð", "o a ae d"),
    "Icelandic": ("þ ð æ ö", "th d ae o"),
    "Sami": ("đ ŋ ŧ ʒ ǥ", "d n t z g"),
    "Maltese": ("ħ ġ ż", "h g z"),
    "Croatian, Vietnamese": ("đ ơ ư", "d o u"),
    "Hausa, Fula": ("ɓ ɗ ƙ ƴ ŋ", "b d k y n"),
    "Ewe, Twi": ("ɖ ɛ ƒ ɣ ɔ ʋ", "d e f g o v"),
    "Romanian": ("ș ț ş ţ ă", "s t s t a"),
    "small capitals": ("ᴘ ʀ ɪ ᴄ ᴇ ꜰ ꜱ", "p r i c e f s"),
    "ligatures": ("œ ꜳ ȣ", "oe aa ou"),
    "Kazakh": ("ә ғ қ ң ө ұ ү һ", "а г к н о у у х"),
    "Kyrgyz, Mongolian": ("ң ө ү", "н о у"),
    "Tatar": ("ә ө ү җ ң һ", "а о у ж н х"),
    "Bashkir": ("ҙ ҡ ң ҫ ө ү ә һ ғ", "з к н с о у а х г"),
    "Tajik": ("ғ ӣ қ ӯ ҳ ҷ", "г и к у х ч"),
    "Uzbek": ("ў қ ғ ҳ", "у к г х"),
    "Yakut, Altai": ("ҕ ҥ ө һ ү", "г н о х у"),
    "Chuvash": ("ӑ ӗ ҫ ӳ", "а е с у"),
    "Ossetian, Abkhaz": ("ӕ ҟ ҭ қ ӷ ԥ", "ае к т к г п"),
    "Russian, Ukrainian, Belarusian": ("ё ґ ў", "е г у"),
    "Macedonian, Church Slavonic": ("ѓ ќ ѐ ѝ і\u0483", "г к е и і"),
    "Arabic": ("أ إ آ ٱ ى ئ ؤ ة", "ا ا ا ا ي ي و ه"),
    "of the Maghreb, Iraq": ("ڤ ڥ ڢ ڧ ڭ", "ف ف ف ق ك"),
    "Persian": ("ی ک ۀ", "ي ك ه"),
    "Urdu": ("ے ہ ھ ں ۂ ۃ ٹ ڈ ڑ ۓ", "ي ه ه ن ه ه ت د ر ي"),
    "Pashto": ("ی ې ۍ ئ ټ ډ ړ ڼ ګ", "ي ي ي ي ت د ر ن گ"),
    "Kurdish": ("ڕ ڵ ێ ۆ ە ڤ ک ی ۊ", "ر ل ي و ه ف ك ي و"),
    "Uyghur, Kyrgyz": ("ې ۇ ۆ ۈ ۋ ە ھ ڭ ۅ ۉ", "ي و و و و ه ه ك و و"),
    "Sindhi, Kashmiri": ("ڪ ڻ ٲ ٳ ؠ", "ك ن ا ا ي"),
}


@pytest.mark.parametrize("language", PLAIN_LETTERS)
def test_letters_without_a_key_are_typed_plain(language: str) -> None:
    letters, plain = PLAIN_LETTERS[language]
    assert [fold(letter) for letter in letters.split()] == plain.split()
    assert [fold(letter) for letter in letters.upper().split()] == plain.split()


@pytest.mark.parametrize("letter", "йїієјђћљњџщьъэыӏпبتثجحخسشصضطظعغپچژگښڅځڠא가カ")
def test_letters_of_their_own_stay(letter: str) -> None:
    assert fold(letter) == letter


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("What's up, Doc?", ("whats", "up", "doc")),
        ("E-Mail 24/7", ("email", "24", "7")),
        ("iPhone价格 2個", ("iphone", "价格", "2", "個")),
        ("ราคา 50 บาท", ("ราคา", "50", "บาท")),
        ("I ❤️ you!", ("i", "you")),
        ("❤️❤️!", ("❤",)),
        ("❤‍🔥 🇩🇪🇫🇷", ("❤\u200d🔥", "🇩🇪", "🇫🇷")),
        ("!!!", ("!",)),
        ("1 + 1", ("1", "1")),
        ("+", ("+",)),
        (" \u200b\ufe0f\n", ()),
        ("", ()),
    ],
)
def test_words_are_those_that_a_message_is_searched_for(
    text: str, expected: tuple[str, ...]
) -> None:
    assert read_words(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("I ❤ 🔥🔥 you ★", [" ", "❤", "🔥", " ", "★"]),
        ("20 € !", [" ", "€"]),
        ("?!", ["?", "!"]),
    ],
)
def test_signs_are_pictures_where_there_are_words(text: str, expected: list[str]) -> None:
    assert read_signs(text) == expected


@PATIENT
@given(TEXTS)
@example("и\u0301\u0306")
@example("\u1100\u200d\u1161")
def test_folding_twice_changes_nothing(text: str) -> None:
    assert fold(fold(text)) == fold(text)
    assert fold_letters(fold_letters(text)) == fold_letters(text)


def test_every_letter_of_unicode_folds_to_what_stays() -> None:
    every = map(chr, range(sys.maxunicode + 1))
    assigned = (one for one in every if unicodedata.category(one) not in ("Cn", "Co"))
    assert [one for one in assigned if fold_letters(fold_letters(one)) != fold_letters(one)] == []


@PATIENT
@given(TEXTS)
def test_folding_does_not_see_how_letters_are_composed(text: str) -> None:
    composed = unicodedata.normalize("NFC", text)
    assert fold(unicodedata.normalize("NFD", text)) == fold(composed) == fold(text)


@PATIENT
@given(st.text(st.characters(codec="latin-1")) | st.text("İIıißẞäöüλЁёйїΣσ "))
def test_case_never_matters(text: str) -> None:
    assert fold(text.upper()) == fold(text.lower()) == fold(text)


@PATIENT
@given(TEXTS)
def test_folding_first_changes_no_word(text: str) -> None:
    assert read_words(fold(text)) == read_words(text)
    assert read_words(" ".join(read_words(text))) == read_words(text)


@PATIENT
@given(st.text(st.characters(max_codepoint=127)) | st.text("aA'-`. \t10"))
def test_the_quick_way_for_ascii_agrees_with_the_way_for_all(text: str) -> None:
    hidden = "\u200b"  # left out by folding, so it changes nothing but the way
    assert fold_letters(text) == fold_letters(text + hidden)
    assert read(text) == read(text + hidden)
