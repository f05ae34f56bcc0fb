"""The words of a text, as search compares them: of what is stored and of what is asked alike.

Case, accents, width and punctuation make no difference, a digit is a digit in whatever script. What
is written without spaces (Chinese, Japanese, Thai …, and Korean, whose words end in many ways) has
no words that a machine finds easily: it becomes overlapping pairs of its letters, so that any two
letters in a row are found. "iPhone用ケース" reads as "iphone 用ケ ケー ース ス".
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import regex

from backoffice.search import fold

MAX_SEARCH_TEXT = 10_000  # characters: PostgreSQL takes no index entry of more than a megabyte
MAX_WORD = 64  # characters; what is longer is no word, and its beginning is enough to find it
MAX_ASKED = 500  # characters of a search
MOST_WORDS = 40  # of a search

_SPACE = ord(" ")
_ASCII = bytes(
    code if chr(code).isascii() and chr(code).isalnum() else _SPACE for code in range(256)
).lower()
# Letters that keyboards of Arabic, Persian and Urdu have for one another, and the ornament between
# letters; and signs without a look, which are in no word. One of them parts words, in Persian.
_PLAIN = str.maketrans({"ی": "ي", "ى": "ي", "ک": "ك", "ة": "ه", "ـ": ""})
_PARTS_WORDS = "\u200c"
_UNSEEN = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u3164\ufe00-\ufe0f\uffa0\U000e0000-\U000e0fff]"
)
# Letters of scripts without spaces between words, and of Korean; what else lies between is no part
# of words, or has become a digit.
_RANGES = (
    r"\u0e00-\u0eff\u1000-\u109f\u1100-\u11ff\u1780-\u17ff\u2e80-\u2fdf\u3005-\u3007"
    r"\u3021-\u3029\u3031-\u3035\u303b-\u303c\u3041-\u31bf\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff"
    r"\ua960-\ua97f\ua9e0-\ua9ff\uaa60-\uaa7f\uac00-\ud7ff\uf900-\ufaff"
    r"\U00016fe0-\U00018dff\U0001aff0-\U0001b2ff\U00020000-\U0003ffff"
)
_SPACELESS = re.compile(f"[{_RANGES}]")
_RUNS = re.compile(f"(?P<spaceless>[{_RANGES}]+)|[^ {_RANGES}]+")
# In a text as it was written: what may be words, with what is unseen inside them.
_WRITTEN = regex.compile(
    rf"(?P<spaceless>[{_RANGES}]+)|\p{{So}}|[[\p{{L}}\p{{M}}\p{{N}}\p{{Cf}}]--[{_RANGES}]]+",
    regex.V1,
)
_MAX_REMEMBERED = 20_000  # letters: all alphabets and common Chinese, not all of Unicode


class _FoldTable(dict[int, str]):
    """What becomes of each letter: a table for str.translate() that fills itself."""

    def __missing__(self, code: int) -> str:
        read = _read_letter(chr(code))
        if len(self) < _MAX_REMEMBERED:
            self[code] = read
        return read


def _read_letter(letter: str) -> str:
    if letter == _PARTS_WORDS:
        return " "
    if unicodedata.category(letter) in ("Cf", "Me") or _UNSEEN.match(letter):
        return ""
    plain = fold(letter.translate(_PLAIN)).casefold().translate(_PLAIN)
    return "".join(map(_keep, plain))


def _keep(letter: str) -> str:
    kind = unicodedata.category(letter)
    if kind == "Nd":
        return str(unicodedata.decimal(letter))
    if kind == "So":  # an emoji, a heart, a star: each is a word
        return f" {letter} "
    return letter if kind[0] in "LMN" else " "


_FOLD = _FoldTable()


def search_text(text: str) -> str:
    """Return the words of a text as search stores and compares them, a space between each two."""
    text = text[:MAX_SEARCH_TEXT]
    words = text.encode().translate(_ASCII).decode().split() if text.isascii() else _read(text)
    if len(text) > MAX_WORD:
        words = [word[:MAX_WORD] for word in words]
    joined = " ".join(words)
    if len(joined) <= MAX_SEARCH_TEXT:
        return joined
    return joined[: MAX_SEARCH_TEXT + 1].rpartition(" ")[0]


def _read(text: str) -> list[str]:
    folded = unicodedata.normalize("NFC", text).translate(_FOLD)
    folded = unicodedata.normalize("NFC", folded)
    if not _SPACELESS.search(folded):
        return folded.split()
    return [word for run in _RUNS.finditer(folded) for word in _words_of(run)]


def _words_of(run: re.Match[str]) -> list[str]:
    """Return pairs of letters, and the last one alone: it begins no pair, and is looked for."""
    letters = run[0]
    if not run["spaceless"]:
        return [letters]
    return [letters[place : place + 2] for place in range(len(letters))]


@dataclass(frozen=True, slots=True)
class Word:
    """A word that is looked for; is_beginning: longer ones that begin so are meant, too."""

    text: str
    is_beginning: bool = False

    def is_in(self, stored: str) -> bool:
        """Tell whether a stored search text has the word."""
        return self.padded in f" {stored} "

    @property
    def padded(self) -> str:
        """Return what stands in a stored search text with a space around it."""
        return f" {self.text}" if self.is_beginning else f" {self.text} "


@dataclass(frozen=True)
class Words:
    """What somebody looks for: each of the words, the last one as a beginning."""

    asked: str

    @cached_property
    def words(self) -> tuple[Word, ...]:
        found = search_text(self.asked[:MAX_ASKED]).split()[:MOST_WORDS]
        words: dict[Word, None] = {}
        for place, text in enumerate(found):
            before, is_last = found[place - 1] if place else "", place == len(found) - 1
            if not _is_spaceless(text):
                words[Word(text, is_last)] = None
            elif len(text) > 1:
                words[Word(text)] = None
            elif not (len(before) > 1 and before.endswith(text)):  # in its pair it is found already
                words[Word(text, is_beginning=True)] = None
        return tuple(words)

    def __bool__(self) -> bool:
        return bool(self.words)

    def are_in(self, stored: str) -> bool:
        """Tell whether a stored search text has all of them."""
        return all(word.is_in(stored) for word in self.words)

    def mark(self, text: str) -> list[tuple[str, bool]]:
        """Return a text in pieces, each with whether it is what was looked for."""
        text = unicodedata.normalize("NFC", text)
        spans: list[tuple[int, int]] = []
        for start, end in self._found(text):
            if spans and start <= spans[-1][1]:  # pairs overlap
                spans[-1] = (spans[-1][0], max(end, spans[-1][1]))
            else:
                spans.append((start, end))
        pieces, done = [], 0
        for start, end in spans:
            pieces += [(text[done:start], False), (text[start:end], True)]
            done = end
        pieces.append((text[done:], False))
        return [(piece, found) for piece, found in pieces if piece]

    def _found(self, text: str) -> Iterator[tuple[int, int]]:
        for written in _WRITTEN.finditer(text):
            if written["spaceless"]:
                yield from self._found_pairs(written[0], written.start())
            elif any(self._has(word) for word in search_text(written[0]).split()):
                yield written.span()

    def _found_pairs(self, letters: str, start: int) -> Iterator[tuple[int, int]]:
        folded = [search_text(letter).partition(" ")[0] for letter in letters]
        for place, letter in enumerate(folded):
            pair = letter + (folded[place + 1] if place + 1 < len(folded) else "")
            if len(pair) > len(letter) and Word(pair) in self.words:
                yield start + place, start + place + 2
            elif Word(letter, is_beginning=True) in self.words:
                yield start + place, start + place + 1

    def _has(self, word: str) -> bool:
        return any(one.is_in(word) for one in self.words)


def _is_spaceless(text: str) -> bool:
    return bool(_SPACELESS.match(text))
