"""Folding: what looks like the same words to a customer becomes the same text.

Rules and messages are folded alike. Case, accents, width, the kind of apostrophe or dash, the
decoration of an emoji, spaces, and more than three of the same letter in a row do not matter.
"""

import re
import unicodedata

import regex

from rules.matching.numbers import POINT, read_numbers

# Letters that people type plain, where Unicode neither decomposes them nor says it in their names;
# each stands before what is typed for it.
_PLAIN_LATIN = (
    "ıi ȷj ɡg əe ǝe ɛe ɔo ɵo ʉu ʊu ɩi ɑa ðd ŋn ʒz ʃs ɣg ĸq ƿw"
    " æae œoe þth ƕhv ȣou ꜩtz ꝡvy ꜳaa ꜵao ꜷau ꜹav ꜽay ꝏoo"
)
# Not і, є and ј, which have keys of their own, nor ӏ, which is typed as 1, as I or as l.
_PLAIN_CYRILLIC = "әа өо үу һх ҡк ҥн ҵтц ӕае ӌч ҽч ᲀв ᲁд ᲂо ᲃс"
# Forms of a letter in Persian, Urdu, Pashto, Kurdish, Uyghur and the Maghreb, and letters for which
# those who have no key write the one of Arabic. Not پ چ ژ گ, which have keys of their own, nor
# others that differ by dots, as ب and ت do: there is no one plain form of ښ or څ.
_PLAIN_ARABIC = (
    dict.fromkeys("ىیےېؠ", "ي")
    | dict.fromkeys("ةہھەۃ", "ه")
    | dict.fromkeys("ۆۇۈۋۅۉۊۏ", "و")
    | dict.fromkeys("کڪڭ", "ك")
    | {"ٱ": "ا", "ں": "ن", "ڻ": "ن", "ٹ": "ت", "ڈ": "د", "ڑ": "ر", "ګ": "گ"}
    | {"ڤ": "ف", "ڥ": "ف", "ڢ": "ف", "ڧ": "ق", "\u0640": ""}  # tatweel
)
_LETTERS = str.maketrans(
    {pair[0]: pair[1:] for pair in f"{_PLAIN_LATIN} {_PLAIN_CYRILLIC}".split()}
    | _PLAIN_ARABIC
    | {"ँ": "ं", "ๅ": "า", "װ": "וו", "ױ": "וי", "ײ": "יי"}
    | dict.fromkeys("’‘‛′‵´`ʼʹʻʾʿˈ՚׳ꞌ", "'")  # signs that people type for one another
    | {"٫": ".", "٬": ",", "،": ",", "٪": "%"}  # in numbers of Arabic
    | dict.fromkeys("−\u200c·", "-")  # also inside a Persian word, and the dot of col·lecció
)
# The names of letters that are others with a stroke, hook, tail or ring: ł, ɓ, қ, ڵ.
_ADORNED = re.compile(
    r"(?P<plain>(?:LATIN|CYRILLIC) .+?) WITH .+"
    r"|(?P<arabic>ARABIC LETTER .+?) WITH (?:RING|(?:INVERTED )?SMALL|TAIL|WAVY HAMZA|STROKE)"
    r"(?!.* DOT).*"
    r"|LATIN LETTER SMALL CAPITAL (?P<capital>[A-Z])"
)
# Accents of Latin, Greek and Cyrillic, vowel points of Arabic and Hebrew, the dot below of Hindi.
# Not the breve of й and the dots of ї: those are letters of their own.
_ACCENTS = regex.compile(
    "(?<![иИ])\u0306|(?<![іІ])\u0308|[\u0300-\u0305\u0307\u0309-\u036f\u0483-\u0487\u0591-\u05bd"
    "\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7\u0610-\u061a\u064b-\u065f\u0670\u06d6-\u06dc\u06df-\u06e8"
    "\u06ea-\u06ed\u093c\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]"
)
_INVISIBLE = regex.compile(
    r"[[\p{Default_Ignorable_Code_Point}\p{Emoji_Modifier}\p{Cs}]--[\u200c\u200d]]", regex.V1
)
# Kept as they are, though Unicode decomposes them into letters: ™ and Ⓜ, № ℃ ℉ ₨, ㅋ typed alone.
_KEPT = regex.compile(r"[\p{Extended_Pictographic}\u2116\u2103\u2109\u20a8\u3131-\u318e]")
# Numbers in signs that are no digits: 37½, and 1 000 with a space at which no line breaks.
_FRACTIONS = {
    "½": "5", "¼": "25", "¾": "75", "⅓": "33", "⅔": "67", "⅛": "125", "⅜": "375", "⅝": "625",
    "⅞": "875",
}  # fmt: skip
_PERHAPS_NUMBER = re.compile("[\u00a0\u00bc-\u00be\u2009\u202f\u2150-\u215e]")
_WRITTEN_NUMBER = (
    r"[0-9][½¼¾⅓⅔⅛⅜⅝⅞]|(?<![0-9])[1-9][0-9]{0,2}(?:[\u00a0\u2009\u202f][0-9]{3})+(?![0-9])"
)
_WRITTEN_NUMBERS = re.compile(_WRITTEN_NUMBER)
_GENDER = regex.compile(r"(?<=\p{Extended_Pictographic})\u200d[♀♂]")
_JOINER_OF_NO_EMOJI = regex.compile(
    r"(?<!\p{Extended_Pictographic})\u200d|\u200d(?!\p{Extended_Pictographic})"
)
# Scripts in which one look can be typed in several ways that Unicode does not make the same.
_SEVERAL_WAYS = re.compile("[\u0e31-\u17d2]")  # one range is faster, but also finds others
# What folding looks at together there, though people see several characters.
TOGETHER = (
    rf"{_WRITTEN_NUMBER}|"
    "เเ|ເເ|[\u0e01-\u0e2e\u0e81-\u0eae][\u0e31-\u0e39\u0e47-\u0e4e\u0eb1-\u0ebc\u0ec8-\u0ecd]+"
)
# Vowels and tones of one letter of Thai, Lao, Burmese or Khmer: น้ำ and นํ้า look the same.
_MARKS = re.compile(
    "[\u0e31\u0e32\u0e34-\u0e3a\u0e47-\u0e4e]{2,}"
    "|[\u0eb1\u0eb2\u0eb4-\u0ebc\u0ec8-\u0ecd]{2,}"
    "|[\u102b-\u102d\u102f-\u1036\u103b-\u103e]{2,}"
    "|[\u17b6-\u17d1]{2,}"
)
_FIRST_MARKS = "\u0e3a\u0eba"  # as Unicode orders them
_LAST_MARKS = "\u0e32\u0eb2"  # they stand behind the letter, a tone above it
# Khmer: the subscript ro stands last, and those of da and ta look the same.
_SUBSCRIPT_RO = "\u17d2\u179a"
_SUBSCRIPTS = re.compile("(?:\u17d2[\u1780-\u17a2])++")
_LOOK_THE_SAME = (
    ("เเ", "แ"),
    ("ເເ", "ແ"),
    ("\u17c1\u17b6", "\u17c4"),
    ("\u17c1\u17b8", "\u17be"),
    ("\u17d2\u178a", "\u17d2\u178f"),
)
_PERHAPS_REPEATED = re.compile(r"(.)\1{3}")  # faster, but also finds digits
_REPEATED = regex.compile(r"([\p{L}\p{M}])\1{3,}")

# Letters of scripts that put no spaces between words.
SPACELESS = (
    r"[[\p{L}\p{M}]&&[\p{scx=Han}\p{scx=Hira}\p{scx=Kana}\p{scx=Bopo}"
    r"\p{scx=Thai}\p{scx=Laoo}\p{scx=Khmr}\p{scx=Mymr}]]"
)
LETTER = rf"[[\p{{L}}\p{{M}}\p{{N}}{POINT}]--{SPACELESS}]"
# In a folded text: a run of a script without spaces, or a word with the dashes inside it.
WORD = regex.compile(rf"{SPACELESS}+|{LETTER}+(?:['-]{LETTER}+)*", regex.V1)
_PICTURE = (
    r"\p{Extended_Pictographic}(?:\u200d\p{Extended_Pictographic})*"
    r"|\p{Regional_Indicator}{2}|[[\p{So}\p{Sc}]--\p{Regional_Indicator}]"
)
_PICTURES = regex.compile(_PICTURE, regex.V1)
_PICTURES_AND_WORDS = regex.compile(rf"{_PICTURE}|(?P<word>[\p{{L}}\p{{M}}\p{{N}}])+", regex.V1)
_SIGNS = regex.compile(r"[^\s\p{L}\p{M}\p{N}]")
WORD_BETWEEN = " "
_MAX_REMEMBERED = 20_000  # letters: all alphabets and common Chinese, not all of Unicode


class _FoldTable(dict[int, str]):
    """What each letter folds to: a table for str.translate() that fills itself."""

    def __missing__(self, code: int) -> str:
        letter, before = chr(code), ""
        while letter != before:
            before, letter = letter, "".join(map(_fold_once, letter))
        if len(self) < _MAX_REMEMBERED:
            self[code] = letter
        return letter


def _fold_once(letter: str) -> str:
    if _INVISIBLE.match(letter):
        return ""
    if _KEPT.match(letter):
        return letter
    kind = unicodedata.category(letter)
    if kind == "Nd":
        return str(unicodedata.decimal(letter))
    if kind in ("Pd", "Cc"):
        return "-" if kind == "Pd" else " "
    plain = _ACCENTS.sub("", unicodedata.normalize("NFKD", letter.translate(_LETTERS)))
    plain = "".join(map(_unadorn, plain.casefold()))
    return unicodedata.normalize("NFC", plain.translate(_LETTERS))


def _unadorn(letter: str) -> str:
    """Return the letter that this one is with a stroke, hook, tail or ring, by their names."""
    if letter.isascii() or ord(letter) in _LETTERS:
        return letter
    found = _ADORNED.fullmatch(unicodedata.name(letter, ""))
    if not found:
        return letter
    plain = found["plain"] or found["arabic"] or f"LATIN SMALL LETTER {found['capital']}"
    try:
        return unicodedata.lookup(plain)
    except KeyError:  # another shape, not another letter
        return letter


_FOLD = _FoldTable()
_FOLD_ASCII = {code: _FOLD[code] for code in range(128)}


def fold_letters(text: str) -> str:
    """Return the text folded letter by letter; its spaces and repetitions stay."""
    if text.isascii():
        return text.translate(_FOLD_ASCII)
    text = unicodedata.normalize("NFC", text)
    if _PERHAPS_NUMBER.search(text):
        text = _WRITTEN_NUMBERS.sub(_write_digits, text)
    folded = text.translate(_FOLD)
    if "\u200d" in folded:
        folded = _JOINER_OF_NO_EMOJI.sub("", _GENDER.sub("", folded))
    folded = unicodedata.normalize("NFC", folded)
    return _fold_looks(folded) if _SEVERAL_WAYS.search(folded) else folded


def _write_digits(number: re.Match[str]) -> str:
    whole, last = number[0][:-1], number[0][-1]
    if last in _FRACTIONS:
        return f"{whole}.{_FRACTIONS[last]}"
    return "".join(filter(str.isdigit, number[0]))


def _fold_looks(folded: str) -> str:
    """Return the text with one way to type what looks the same."""
    for typed, meant in _LOOK_THE_SAME:
        folded = folded.replace(typed, meant)
    if _SUBSCRIPT_RO in folded:
        folded = _SUBSCRIPTS.sub(_put_ro_last, folded)
    return _MARKS.sub(_sort_marks, folded)


def _put_ro_last(subscripts: re.Match[str]) -> str:
    others = subscripts[0].replace(_SUBSCRIPT_RO, "")
    return others + _SUBSCRIPT_RO * subscripts[0].count(_SUBSCRIPT_RO)


def _sort_marks(marks: re.Match[str]) -> str:
    return "".join(sorted(marks[0], key=_place_mark))


def _place_mark(mark: str) -> tuple[bool, bool, str]:
    return mark in _LAST_MARKS, mark not in _FIRST_MARKS, mark


def may_repeat(text: str) -> bool:
    """Tell whether a text may have a letter more than three times in a row."""
    return bool(_PERHAPS_REPEATED.search(text))


def limit_repeats(text: str) -> str:
    """Return the text with no letter more than three times in a row."""
    if not may_repeat(text):
        return text
    return _REPEATED.sub(r"\1\1\1", text)


def fold(text: str) -> str:
    """Return the folded text; folding it again changes nothing."""
    return limit_repeats(" ".join(fold_letters(text).split()))


def read_words(text: str) -> tuple[str, ...]:
    """Return the folded words; of a text without words the signs, so that a rule can be for "❤".

    Dashes and apostrophes inside a word are removed. A run of a script without spaces is one word.
    """
    folded = fold(text)
    words = WORD.findall(read_numbers(folded))
    if words:
        return tuple(limit_repeats(word.replace("'", "").replace("-", "")) for word in words)
    return tuple(read_signs(folded))


def read_signs(folded: str) -> list[str]:
    """Return the signs of a folded text, with WORD_BETWEEN in the place of words.

    A sign that is repeated is returned once. Where there are words or pictures only pictures count:
    emoji, symbols such as ★, currencies.
    """
    matches = _PICTURES_AND_WORDS.finditer(folded)
    signs = [WORD_BETWEEN if match["word"] else match[0] for match in matches]
    if not signs:
        signs = _SIGNS.findall(folded)
    return [sign for sign, before in zip(signs, [None, *signs], strict=False) if sign != before]
