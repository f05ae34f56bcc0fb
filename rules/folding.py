"""What two texts share that a customer would call the same words.

Folding is the same for rules and messages: case, accents, width, apostrophes and dashes of all
kinds, decorations of emoji, spaces, and letters repeated more than three times do not matter.
"""

import unicodedata

import regex

# Letters that Unicode does not take apart, what is written in their stead, and signs that are
# typed for one another.
_LETTERS = str.maketrans(
    {"ı": "i", "ł": "l", "ø": "o", "đ": "d", "ħ": "h", "æ": "ae", "œ": "oe"}
    | {"ى": "ي", "ة": "ه", "ی": "ي", "ک": "ك", "ٱ": "ا", "ँ": "ं", "\u0640": ""}  # tatweel
    | dict.fromkeys("’‘‛′‵´`ʼʹʻʾʿˈ՚׳ꞌ", "'")
    | dict.fromkeys("\u200c·", "-")  # the non-joiner inside a Persian word, the dot of col·lecció
)
# Accents of Latin, Greek and Cyrillic, vowel points of Arabic and Hebrew, the dot below of Hindi.
# Not the breve of й and the dots of ї: those are letters of their own.
_ACCENTS = regex.compile(
    "(?<![иИ])\u0306|(?<![іІ])\u0308|[\u0300-\u0305\u0307\u0309-\u036f\u0483-\u0487\u0591-\u05bd"
    "\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7\u0610-\u061a\u064b-\u065f\u0670\u06d6-\u06dc\u06df-\u06e8"
    "\u06ea-\u06ed\u093c\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]"
)
_INVISIBLE = regex.compile(
    r"[[\p{Default_Ignorable_Code_Point}\p{Emoji_Modifier}\p{Cs}]--\u200c\u200d]", regex.V1
)
# Written as they are, though Unicode has letters for them: ™ ℹ Ⓜ, and ㅋ typed alone.
_ITSELF = regex.compile(r"[\p{Extended_Pictographic}\u3131-\u318e]")
_GENDER = regex.compile("\u200d[♀♂]")
_LOOSE_JOINER = regex.compile(
    r"(?<!\p{Extended_Pictographic})\u200d|\u200d(?!\p{Extended_Pictographic})"
)
_REPEATED = regex.compile(r"([\p{L}\p{M}])\1{3,}")

# Scripts that put no spaces between words.
_SPACELESS = (
    r"[[\p{L}\p{M}]&&[\p{scx=Han}\p{scx=Hira}\p{scx=Kana}\p{scx=Bopo}"
    r"\p{scx=Thai}\p{scx=Laoo}\p{scx=Khmr}\p{scx=Mymr}]]"
)
_SPACED = rf"[[\p{{L}}\p{{M}}\p{{N}}]--{_SPACELESS}]"
WORD = regex.compile(rf"{_SPACELESS}+|{_SPACED}+(?:['-]{_SPACED}+)*", regex.V1)
SIGN = regex.compile(
    r"\p{Extended_Pictographic}(?:\u200d\p{Extended_Pictographic})*"
    r"|\p{Regional_Indicator}{2}|[^\s\p{L}\p{M}\p{N}]",
)


def fold(text: str) -> str:
    """Return the text without the differences that do not matter; folding twice changes nothing."""
    letters = "".join(map(_fold_letter, unicodedata.normalize("NFC", text)))
    folded = _GENDER.sub("", letters)
    folded = unicodedata.normalize("NFC", _LOOSE_JOINER.sub("", folded))
    return " ".join(_REPEATED.sub(r"\1\1\1", folded).split())


def words(text: str) -> tuple[str, ...]:
    """Return the folded words; without any, the signs, so that "+" or "❤" can be asked for.

    A dash or apostrophe inside a word is left out. A run of a script without spaces is one word.
    """
    folded = fold(text)
    found = WORD.findall(folded)
    if found:
        return tuple(word.replace("'", "").replace("-", "") for word in found)
    return tuple(SIGN.findall(folded))


def _fold_letter(letter: str) -> str:
    folded, before = letter, ""
    while folded != before:
        before, folded = folded, "".join(map(_step, folded))
    return folded


def _step(letter: str) -> str:
    if _INVISIBLE.match(letter):
        return ""
    if _ITSELF.match(letter):
        return letter
    kind = unicodedata.category(letter)
    if kind == "Nd":
        return str(unicodedata.decimal(letter))
    if kind == "Pd":
        return "-"
    if kind == "Cc":
        return " "
    letter = letter.translate(_LETTERS)
    plain = _ACCENTS.sub("", unicodedata.normalize("NFKD", letter))
    return unicodedata.normalize("NFC", plain.casefold().translate(_LETTERS))
