"""Matching as docs/matching.md says it, by a plain loop over rules, keywords and places.

It shares nothing with the product but folding and the list of units, knows no index, and takes its
time. Not in it: words written onto words (Korean, Arabic, Hebrew) and signs of several characters.
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby, product

from rules.matching import MATCH_ANYTHING, Listener, Match, MatchMode, units
from rules.matching.folding import fold, fold_letters

SPACELESS = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3005\u3040-\u30ff\u3400-\u9fff"
UMLAUTS = {"ä": "ae", "ö": "oe", "ü": "ue", "ø": "oe", "å": "aa"}
Words = list[str]
Piece = tuple[int, int, str]  # from place, to place, what the customer wrote there
POINT = "\u2024"
VOWELS = frozenset("aeiouy")


class Code(str):
    """A word of a keyword that only counts as it is written."""

    __slots__ = ()


def is_letter(char: str) -> bool:
    return unicodedata.category(char)[0] in "LMN" or char == POINT


def is_spaceless(text: str) -> bool:
    return bool(re.fullmatch(f"[{SPACELESS}]+", text))


def tokens(folded: str) -> Words:
    """Words with their joints, and single letters of scripts without spaces."""
    found, at = [], 0
    while at < len(folded):
        end = at
        while end < len(folded) and is_letter(folded[end]) and not is_spaceless(folded[end]):
            end += 1
            joint = folded[end : end + 1] in ("'", "-")
            after = folded[end + 1 : end + 2]
            if joint and after and is_letter(after) and not is_spaceless(after):
                end += 1
        if end > at:
            found.append(folded[at:end])
        elif is_letter(folded[at]):
            found.append(folded[at])
            end = at + 1
        at = max(end, at + 1)
    return found


def parts(token: str) -> Words:
    if token.endswith("n't"):
        token = token[:-3] + "nt"
    return re.split("['-]", token)


def between_digits(before: str, after: str) -> bool:
    return before[-1] in "0123456789" and after[0] in "0123456789"


def is_long_code(ours: Words) -> bool:
    """A telephone number or an order code: no range, no date."""
    dashed = "-".join(ours)
    years = re.fullmatch(r"([1-9]\d*)-(\d+)", dashed)
    a_range = years and len(years[1]) == len(years[2]) and int(years[1]) < int(years[2])
    date = re.fullmatch(r"\d\d?-\d\d?-(\d\d){1,2}|\d{4}-\d\d?-\d\d?", dashed)
    return len("".join(ours)) > 6 and POINT not in dashed and not a_range and not date


def may_join(ours: Words, first: int, end: int) -> bool:
    """Whether the joints between these parts of a word may be left out."""
    inner = range(first + 1, end)
    if not any(between_digits(ours[at - 1], ours[at]) for at in inner):
        return True
    return (first, end) == (0, len(ours)) and is_long_code(ours)


def one_number(written: str) -> str:
    """A number with a point that is a letter, and without what separates its thousands."""
    first, *rest = re.split("[.,']", written)
    separators = re.findall("[.,']", written)
    host = len(rest) == 3 and set(separators) == {"."} and rest[-1] != "000"
    if host and all(int(part) < 256 for part in (first, *rest)):
        return written
    threes = separators.count(separators[0])
    grouped = len(first) < 4 and first[0] != "0" and all(len(one) == 3 for one in rest[:threes])
    if grouped and len(set(separators[:threes])) == 1 and len(rest) == threes:
        return first + "".join(rest)
    if grouped and len(set(separators[:threes])) == 1 and len(rest) == threes + 1:
        return first + "".join(rest[:-1]) + POINT + rest[-1] if separators[-1] != "'" else written
    return f"{first}{POINT}{rest[0]}" if len(rest) == 1 and separators != ["'"] else written


def folded_as_written(text: str) -> str:
    """Folded, but with all the letters of a code; scripts without spaces have no codes."""
    folded = re.sub(
        r"[0-9]+(?:[.,'][0-9]+)+",
        lambda number: one_number(number[0]),
        " ".join(fold_letters(text).split()),
    )
    return re.sub(rf"([{SPACELESS}])\1{{3,}}", r"\1\1\1", folded)


def closed(folded: str) -> str:
    """Spaces say nothing inside scripts without spaces."""
    return re.sub(f"(?<=[{SPACELESS}]) (?=[{SPACELESS}])", "", folded)


def is_code(word: str, keyword: str) -> bool:
    """Whether a word of a keyword is a size, has a digit, or is capitals that are no word."""
    if any(unicodedata.category(char)[0] == "N" for char in word):
        return True
    if re.fullmatch("x*[sml]|x+lt?", word):
        return True
    capitals = re.findall("[A-Z]+", re.sub("^[A-Z](?![A-Z])(?=.*[a-z])", "", keyword))
    written = any(fold_letters(one) == word for one in capitals) or keyword.isupper()
    said = not word.isascii() or (set(word) & VOWELS and len(set(word)) > 1)
    return written and not said


def as_meant(word: str, keyword: str) -> str:
    return Code(word) if is_code(word, keyword) else capped(word)


def capped(word: str) -> str:
    return "".join(
        letter * (min(size, 3) if letter.isalpha() else size)
        for letter, size in ((letter, len(list(run))) for letter, run in groupby(word))
    )


def may_close(ours: Words, gaps: tuple[str, ...]) -> bool:
    """Whether a keyword's joints may be read so: nothing between digits is left out alone."""
    closed_up = [at for at, gap in enumerate(gaps, 1) if not gap]
    if not any(between_digits(ours[at - 1], ours[at]) for at in closed_up):
        return True
    return len(closed_up) == len(gaps) and is_long_code(ours)


def ways(keyword: str) -> list[Words]:
    """The keyword's words, each joint a space or left out; a run without spaces is one word."""
    found: list[Words] = []
    spellings = [keyword, "".join(UMLAUTS.get(char, char) for char in keyword.lower())]
    for spelling in spellings:
        folded = "".join(
            f" {run} " if is_spaceless(run) else run
            for run in re.findall(
                f"[{SPACELESS}]+|[^{SPACELESS}]+", closed(folded_as_written(spelling))
            )
        )
        pieces: list[list[Words]] = []
        for bit in folded.split():
            if is_spaceless(bit):
                pieces.append([[bit]])
                continue
            for token in tokens(bit):
                one = parts(token)
                pieces.append([])
                for gaps in product(["", " "], repeat=len(one) - 1):
                    if not may_close(one, gaps):
                        continue
                    joined = "".join(map("".join, zip(one, [*gaps, ""], strict=True)))
                    pieces[-1].append([as_meant(word, keyword) for word in joined.split(" ")])
        if pieces:
            found += [[word for piece in way for word in piece] for way in product(*pieces)]
    return found


@dataclass
class Message:
    places: Words  # a letter of a script without spaces is a place of its own
    pieces: list[Piece]
    lone: set[int]
    seams: set[int]  # places inside of a telephone number: none of its parts means anything alone
    solid: set[int]  # places before which a cluster of letters goes on
    apart: set[int]  # places before which a sign parts two letters of a script without spaces


def read(text: str) -> Message:
    folded = folded_as_written(text)
    message = Message([], [], set(), set(), set(), set())
    at, where = 0, list[int]()
    for token in tokens(folded):
        found = folded.index(token, at)
        if re.search(r"[^\s]", folded[at:found]):
            message.apart.add(len(message.places))
        elif is_spaceless(token) and found == at and message.places:
            marked = unicodedata.category(token)[0] == "M"
            if marked or folded[found - 1] in "\u1039\u17d2":
                message.solid.add(len(message.places))
        at = found + len(token)
        start, ours = len(message.places), parts(token)
        written = re.split("['-]", token)
        where += [
            found + len("-".join(written[:number])) + bool(number) for number in range(len(ours))
        ]
        message.places += ours
        for first in range(len(ours)):
            for end in range(first + 1, len(ours) + 1):
                if may_join(ours, first, end):
                    message.pieces.append((start + first, start + end, "".join(ours[first:end])))
            if "'" in token and len(ours) > 1 and len(ours[first]) == 1:
                message.lone.add(start + first)
        if no_part_counts(ours):
            message.seams |= set(range(start + 1, start + len(ours)))
    bind_ranges(message, folded, where)
    return message


def no_part_counts(ours: Words) -> bool:
    """A telephone number, or an order code: letters in short parts, and digits enough."""
    whole = "".join(ours)
    digits = sum(char.isdigit() for char in whole)
    if not is_long_code(ours) or not digits or not whole.isalnum():
        return False
    longest = max([len(part) for part in ours if part.isalpha()], default=0)
    if longest > 3:
        return digits > 4
    return longest == 0 or digits > 3 or len(ours) > 2


def bind_ranges(message: Message, folded: str, where: list[int]) -> None:
    """The ends of a range mean nothing alone where a unit follows it, or one joined to it."""
    number = f"[0-9{POINT}]+"
    dash = r"\s?[-~\u301c]\s?"
    pattern = rf"(?<![0-9{POINT}-])({number}){dash}({number})(?!{dash}[0-9]|[0-9{POINT}])"
    ranges = [one for one in re.finditer(pattern, folded) if one[1] != one[2]]
    for at, found in enumerate(ranges):
        chain = [found]
        for one in ranges[at + 1 : at + 3]:
            if folded[chain[-1].end() : one.start()].strip() not in units.CONNECTORS | {"", *"/,&"}:
                break
            chain.append(one)
        if not any(units.stand_beside(folded, *one.span()) for one in chain):
            continue
        last = where.index(found.start(2))
        message.seams.add(last)
        if folded[found.end() : found.end() + 1].isalpha():
            message.pieces.append((last, last + 1, found[2]))


def runs_of(word: str) -> list[tuple[str, int]]:
    return [(letter, len(list(run))) for letter, run in groupby(word)]


def means(written: str, word: str) -> bool:
    """Whether letters written three times or more may stand for those of the word."""
    if isinstance(word, Code):
        return written == word
    ours, theirs = runs_of(written), runs_of(word)
    if [letter for letter, _ in ours] != [letter for letter, _ in theirs]:
        return False
    return all(
        size == other or (size >= 3 and letter.isalpha() and other <= 3)
        for (letter, size), (_, other) in zip(ours, theirs, strict=True)
    )


def wrong_letters(one: str, other: str) -> int:
    """Optimal string alignment, by the book."""
    rows = [[0] * (len(other) + 1) for _ in range(len(one) + 1)]
    for i, j in product(range(len(one) + 1), range(len(other) + 1)):
        if not i or not j:
            rows[i][j] = i + j
            continue
        same = one[i - 1] == other[j - 1]
        rows[i][j] = min(
            rows[i - 1][j] + 1, rows[i][j - 1] + 1, rows[i - 1][j - 1] + (0 if same else 1)
        )
        if i > 1 and j > 1 and one[i - 1] == other[j - 2] and one[i - 2] == other[j - 1]:
            rows[i][j] = min(rows[i][j], rows[i - 2][j - 2] + 1)
    return rows[-1][-1]


class PlainMatcher:
    def __init__(self, listeners: list[Listener]) -> None:
        self.listeners = listeners
        every = [
            word
            for one in listeners
            for keyword in (*(one.keywords if one.mode != MatchMode.REGEX else ()), *one.never)
            for way in ways(keyword)
            for word in way
        ]
        self.listed = set(every)
        self.meanings = {str(word) for word in every if not isinstance(word, Code)}

    def find(self, text: str) -> list[Match]:
        found = [best for one in self.listeners if (best := self.best(one, text))]
        return sorted(
            found,
            key=lambda one: (
                bool(one.never),
                one.mode == MatchMode.FALLBACK,
                one.order,
                -one.length,
                one.rule,
            ),
        )

    def best(self, one: Listener, text: str) -> Match | None:
        never = next((word for word in one.never if self.matched(one, word, text, never=True)), "")
        if one.mode in MATCH_ANYTHING:
            return Match(one.rule, one.order, one.mode, "", 0, "", never)
        all_found = [(keyword, self.matched(one, keyword, text)) for keyword in one.keywords]
        if one.mode == MatchMode.ALL:
            if not all_found or not all(matched for _, matched in all_found):
                return None
            hits = [matched for _, matched in all_found if matched]
            keyword = ", ".join(one.keywords)
            typo = ", ".join(typo for _, typo in hits if typo)
            length = sum(length for length, _ in hits)
            return Match(one.rule, one.order, one.mode, keyword, length, typo, never)
        best = None
        for keyword, matched in all_found:
            if matched and (best is None or matched[0] > best.length):
                best = Match(one.rule, one.order, one.mode, keyword, *matched, never)
        return best

    def matched(
        self, one: Listener, keyword: str, text: str, *, never: bool = False
    ) -> tuple[int, str] | None:
        """How many letters of a keyword are found and right, and the typo."""
        mode, typos = (MatchMode.WORDS, 0) if never else (one.mode, one.typos)
        if mode == MatchMode.REGEX:
            return by_pattern(keyword, text)
        if not ways(keyword):
            return by_signs(mode, keyword, text)
        if mode == MatchMode.CONTAINS:
            return inside(keyword, text)
        message = read(text)
        found = [
            (length, typo)
            for way in ways(keyword)
            for start in range(len(message.places))
            for end, length, typo in self.walks(message, way, start, typos)
            if (start == 0 or mode not in (MatchMode.BEGINS, MatchMode.EXACT))
            and (end == len(message.places) or mode not in (MatchMode.ENDS, MatchMode.EXACT))
            and not (start in message.lone and end == start + 1)
            and not {start, end} & message.seams
        ]
        return max(found, key=lambda one: one[0], default=None)

    def walks(
        self, message: Message, way: Words, start: int, typos: int
    ) -> Iterator[tuple[int, int, str]]:
        """The ways in which words stand one after another from a place."""
        if not way:
            yield start, 0, ""
            return
        for end, wrong, typo in self.words(message, way[0], start, typos):
            for last, length, other in self.walks(message, way[1:], end, typos):
                both = " ".join(filter(None, (typo, other)))
                yield last, len(way[0]) - wrong + length, both

    def words(
        self, message: Message, word: str, start: int, typos: int
    ) -> Iterator[tuple[int, int, str]]:
        end = start + len(word)
        if is_spaceless(word):
            if "".join(message.places[start:end]) == word and not (
                {start, end} & message.solid or set(range(start + 1, end)) & message.apart
            ):
                yield end, 0, ""
            return
        for first, last, written in message.pieces:
            if first != start or is_spaceless(written):
                continue
            if is_written(written, word) or (last == first + 1 and means(written, word)):
                yield last, 0, ""
            elif isinstance(word, Code):
                continue
            elif typos and not self.is_listed(message, first, last):
                squeezed = "".join(
                    letter * (1 if size >= 3 and letter.isalpha() else size)
                    for letter, size in runs_of(capped(written))
                )
                wrong = wrong_letters(squeezed, word)
                if 0 < wrong <= allowed(word, typos) and mistypable(squeezed, word):
                    yield last, wrong, squeezed

    def is_listed(self, message: Message, first: int, end: int) -> bool:
        """Whether each of the places is in a word that some rule lists."""
        return all(
            any(
                a <= place < b
                and (
                    written in self.listed
                    or capped(written) in self.meanings
                    or (b == a + 1 and any(means(written, word) for word in self.meanings))
                )
                for a, b, written in message.pieces
            )
            for place in range(first, end)
        )


def is_written(written: str, word: str) -> bool:
    return (written if isinstance(word, Code) else capped(written)) == word


def allowed(word: str, typos: int) -> int:
    return min(typos, 0 if len(word) < 5 else 1 if len(word) < 8 else 2)


def mistypable(written: str, word: str) -> bool:
    digit = any(char.isdigit() for char in written + word)
    return not digit and written[0] == word[0] and not is_spaceless(written)


def by_pattern(pattern: str, text: str) -> tuple[int, str] | None:
    """Python's own regular expressions agree with RE2 on the patterns of these tests."""
    forms = (unicodedata.normalize("NFC", text), fold(text))
    found = [match[0] for form in forms if (match := re.search(pattern, form, re.IGNORECASE))]
    lengths = [len(fold(one).replace(" ", "")) for one in found]
    return (max(lengths), "") if lengths else None


def is_picture(char: str) -> bool:
    return unicodedata.category(char) in ("So", "Sc")


def signs(text: str) -> Words:
    """Pictures and what stands between them; in a message of other signs alone, those."""
    folded = fold(text)
    if any(is_picture(char) or is_letter(char) for char in folded):
        found = [
            char if is_picture(char) else " "
            for char in folded
            if is_picture(char) or is_letter(char)
        ]
    else:
        found = [char for char in folded if not char.isspace()]
    return [char for char, _ in groupby(found)]


def by_signs(mode: MatchMode, keyword: str, text: str) -> tuple[int, str] | None:
    wanted, said = signs(keyword), signs(text)
    if not wanted:
        return None
    size = len(wanted)
    found = {
        MatchMode.EXACT: said == wanted,
        MatchMode.BEGINS: said[:size] == wanted,
        MatchMode.ENDS: said[-size:] == wanted,
    }.get(mode, any(said[at : at + size] == wanted for at in range(len(said))))
    return (size, "") if found else None


def inside(keyword: str, text: str) -> tuple[int, str] | None:
    """Look for a keyword anywhere, with joints left out or as spaces, and stretched evenly."""
    spaced = closed(folded_as_written(text))
    line, at = "", 0
    for token in tokens(spaced):
        written = token[:-3] + "nt" if token.endswith("n't") else token
        if not is_long_code(parts(token)):
            written = re.sub("(?<=[0-9])['-](?=[0-9])", " ", written)
        found = spaced.index(token, at)
        touches = found == at and at and is_spaceless(token) and is_spaceless(spaced[at - 1])
        line += written if touches or not line else f" {written}"
        at = found + len(token)
    haystacks, as_written = set(), set()
    for joint in ("", " "):
        joined = re.sub("['-]", joint, line)
        as_written.add(joined)
        for times in (1, 2, 3):
            haystacks.add(
                "".join(
                    letter * (times if size >= 3 and letter.isalpha() else size)
                    for letter, size in runs_of(joined)
                )
            )
    found_needles = []
    for way in ways(keyword):
        coded = any(isinstance(word, Code) for word in way)
        needle, places = " ".join(way), as_written if coded else as_written | haystacks
        found_needles += [needle for place in places if needle in place]
    lengths = [len(one.replace(" ", "")) for one in found_needles]
    return (max(lengths), "") if lengths else None
