"""What two texts share that a customer would call the same words.

Folding is the same for rules and messages: case, accents, width, apostrophes and dashes of all
kinds, how an emoji is decorated, spaces, and a letter repeated more than three times do not matter.
"""

import re
import unicodedata

import regex

# Letters that Unicode does not take apart, and signs that are typed for one another.
_LETTERS = str.maketrans(
    {"ı": "i", "ł": "l", "ø": "o", "đ": "d", "ħ": "h", "æ": "ae", "œ": "oe"}
    | {"ى": "ي", "ة": "ه", "ی": "ي", "ک": "ك", "ٱ": "ا", "ँ": "ं", "\u0640": ""}  # tatweel
    | dict.fromkeys("’‘‛′‵´`ʼʹʻʾʿˈ՚׳ꞌ", "'")
    | dict.fromkeys("−\u200c·", "-")  # also inside a Persian word, and the dot of col·lecció
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
# Left as they are, though Unicode has letters for them: ™ and Ⓜ, and ㅋ typed alone.
_ITSELF = regex.compile(r"[\p{Extended_Pictographic}\u3131-\u318e]")
_GENDER = regex.compile(r"(?<=\p{Extended_Pictographic})\u200d[♀♂]")
_JOINER_OF_NO_EMOJI = regex.compile(
    r"(?<!\p{Extended_Pictographic})\u200d|\u200d(?!\p{Extended_Pictographic})"
)
_PERHAPS_REPEATED = re.compile(r"(.)\1{3}")  # quicker, and finds numbers too
_REPEATED = regex.compile(r"([\p{L}\p{M}])\1{3,}")

# Letters of scripts that put no spaces between words.
SPACELESS = (
    r"[[\p{L}\p{M}]&&[\p{scx=Han}\p{scx=Hira}\p{scx=Kana}\p{scx=Bopo}"
    r"\p{scx=Thai}\p{scx=Laoo}\p{scx=Khmr}\p{scx=Mymr}]]"
)
_LETTER = rf"[[\p{{L}}\p{{M}}\p{{N}}]--{SPACELESS}]"
# In a folded text: a run of a script without spaces, or a word, with the joints inside it.
WORD = regex.compile(rf"{SPACELESS}+|{_LETTER}+(?:['-]{_LETTER}+)*", regex.V1)
_PICTURE = (
    r"\p{Extended_Pictographic}(?:\u200d\p{Extended_Pictographic})*"
    r"|\p{Regional_Indicator}{2}|[[\p{So}\p{Sc}]--\p{Regional_Indicator}]"
)
_PICTURES = regex.compile(_PICTURE, regex.V1)
_PICTURES_AND_WORDS = regex.compile(rf"{_PICTURE}|(?P<word>[\p{{L}}\p{{M}}\p{{N}}])+", regex.V1)
_SIGNS = regex.compile(r"[^\s\p{L}\p{M}\p{N}]")
PARTED = " "
_REMEMBERED = 20_000  # letters: every alphabet and the Chinese that is written, not all of Unicode


class _Fold(dict[int, str]):
    """What each letter folds to: a table for str.translate() that fills itself."""

    def __missing__(self, code: int) -> str:
        letter, before = chr(code), ""
        while letter != before:
            before, letter = letter, "".join(map(_step, letter))
        if len(self) < _REMEMBERED:
            self[code] = letter
        return letter


def _step(letter: str) -> str:
    if _INVISIBLE.match(letter):
        return ""
    if _ITSELF.match(letter):
        return letter
    kind = unicodedata.category(letter)
    if kind == "Nd":
        return str(unicodedata.decimal(letter))
    if kind in ("Pd", "Cc"):
        return "-" if kind == "Pd" else " "
    plain = _ACCENTS.sub("", unicodedata.normalize("NFKD", letter.translate(_LETTERS)))
    return unicodedata.normalize("NFC", plain.casefold().translate(_LETTERS))


_FOLD = _Fold()
_FOLD_ASCII = {code: _FOLD[code] for code in range(128)}


def letters(text: str) -> str:
    """Return the text folded letter by letter, with its spaces and repetitions as they are."""
    if text.isascii():
        return text.translate(_FOLD_ASCII)
    folded = unicodedata.normalize("NFC", text).translate(_FOLD)
    if "\u200d" in folded:
        folded = _JOINER_OF_NO_EMOJI.sub("", _GENDER.sub("", folded))
    return unicodedata.normalize("NFC", folded)


def thrice(text: str) -> str:
    """Return the text with no letter more than three times running."""
    if not _PERHAPS_REPEATED.search(text):
        return text
    return _REPEATED.sub(r"\1\1\1", text)


def fold(text: str) -> str:
    """Return the text without the differences that do not matter; folding twice changes nothing."""
    return thrice(" ".join(letters(text).split()))


def words(text: str) -> tuple[str, ...]:
    """Return the folded words; without any, the signs, so that "+" or "❤" can be asked for.

    A dash or apostrophe inside a word is left out. A run of a script without spaces is one word.
    """
    folded = fold(text)
    found = WORD.findall(folded)
    if found:
        return tuple(thrice(word.replace("'", "").replace("-", "")) for word in found)
    return tuple(signs(folded))


def signs(folded: str) -> list[str]:
    """Return the signs of a folded text, PARTED where words part them.

    How often a sign is repeated does not matter. Beside words or pictures only pictures count:
    emoji, symbols such as ★, currencies.
    """
    found = [
        PARTED if match["word"] else match[0] for match in _PICTURES_AND_WORDS.finditer(folded)
    ]
    if not found:
        found = _SIGNS.findall(folded)
    return [one for one, before in zip(found, [None, *found], strict=False) if one != before]
