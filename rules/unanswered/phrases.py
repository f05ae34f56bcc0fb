"""What customers' questions have in common, and how much it says. Pure: no database, no clock.

A word is common if it is in many messages, whether a rule answered them or not; what only the
unanswered ones share is what they are about. And in every language the words that are used for
everything are short. Where messages are few, a small list of words that say nothing helps.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import chain, groupby, pairwise
from math import log, sqrt

from conversations.models import Message
from instagram.limits import CHARACTER
from rules.matching.folding import read_words
from rules.matching.tokens import is_spaceless
from rules.models import MAX_PHRASE, DismissedGroup
from rules.unanswered.common import COMMON, GREETINGS

MAX_WORDS = 30  # of a message, or letters in a script without spaces: only these are looked at
MAX_PHRASE_WORDS = 3
MAX_TEXTS = 2000  # that are looked at on one page, of each kind
MAX_REMEMBERED = 300  # characters of a text whose words are remembered
MAX_PHRASE_LETTERS = 10  # in a script without spaces
COMMON_SHARE = 0.05  # of all questions: a word that is in more of them says nothing
MIN_QUESTIONS = 20  # with fewer it cannot be told from them which words are common
MIN_QUESTIONS_BESIDE_ANSWERED = 5  # fewer are enough where answered questions tell it, too
LONG_WORD = 6  # letters: a shorter word says less (Zipf's law of abbreviation)

Words = tuple[str, ...]
Weigh = Callable[[str], float]


@dataclass(frozen=True, slots=True)
class Phrase:
    """Folded words in a row. whole: the question has no other words."""

    text: str
    whole: bool = False

    @classmethod
    def of(cls, dismissed: DismissedGroup) -> "Phrase":
        """Return what the questions of a dismissed group share."""
        return cls(dismissed.phrase, dismissed.whole)

    @property
    def size(self) -> int:
        """Count its words, or its letters in a script without spaces."""
        return len(self.text) if is_spaceless(self.text) else self.text.count(" ") + 1

    def is_in(self, text: str) -> bool:
        return text == f" {self.text} " if self.whole else self._run in text

    def remove_from(self, text: str) -> str:
        return "" if self.whole else text.replace(self._run, " | ")

    @property
    def _run(self) -> str:
        return self.text if is_spaceless(self.text) else f" {self.text} "


@dataclass(frozen=True, slots=True, eq=False)
class AskedText:
    """What customers asked in the same words, newest first. text: the words between spaces."""

    words: Words
    text: str
    messages: list[Message] = field(default_factory=list)
    customers: set[int] = field(default_factory=set)


def collect_texts(messages: Iterable[Message]) -> list[AskedText]:
    """Put messages with the same words together. They must come newest first, and stay so."""
    texts: dict[Words, AskedText] = {}
    for message in messages:
        words = _read_words(message.text)
        text = texts.setdefault(words, AskedText(words, f" {' '.join(words)} "))
        text.messages.append(message)
        text.customers.add(message.conversation_id)
    return list(texts.values())


@lru_cache(maxsize=4 * MAX_TEXTS)
def _read_beginning(text: str) -> Words:
    return read_words(text)


def _read_words(text: str) -> Words:
    """Return the words of a text; of short ones they are remembered, since the page asks again."""
    return _read_beginning(text) if len(text) <= MAX_REMEMBERED else read_words(text)


def are_shared(texts: Sequence[AskedText]) -> bool:
    """Tell whether several customers asked these."""
    first = texts[0].customers if texts else set()
    return len(first) > 1 or any(text.customers != first for text in texts)


def find_shared(asked: Iterable[AskedText]) -> dict[Phrase, list[AskedText]]:
    """Return the phrases and whole questions of several customers, each with its texts.

    A longer phrase is looked for only where the shorter ones in it are shared.
    """
    asked = list(asked)
    shared = {Phrase(text.text.strip(), whole=True): [text] for text in asked if are_shared([text])}
    rows = [row for text in asked for row in _split_rows(text)]
    while rows:
        by_phrase: dict[str, list[AskedText]] = defaultdict(list)
        for row in rows:
            for phrase in row.phrases():
                texts = by_phrase[phrase]
                if not texts or texts[-1] is not row.asked:
                    texts.append(row.asked)
        several = {phrase for phrase, texts in by_phrase.items() if are_shared(texts)}
        shared |= {Phrase(phrase): by_phrase[phrase] for phrase in several}
        rows = [row for row in rows if row.grow(several)]
    return {phrase: texts for phrase, texts in shared.items() if 0 < len(phrase.text) <= MAX_PHRASE}


@dataclass(slots=True)
class _Row:
    """Words in a row, or letters of a script without spaces, and where phrases begin in it."""

    asked: AskedText
    pieces: Sequence[str]
    glue: str
    size: int  # pieces of a phrase now
    max_size: int
    starts: Sequence[int]

    def phrases(self) -> list[str]:
        pieces, size, join = self.pieces, self.size, self.glue.join
        return [join(pieces[at : at + size]) for at in self.starts]

    def grow(self, shared: Collection[str]) -> bool:
        """Make phrases longer by one where this and the next are shared; tell if any are left."""
        phrases = zip(self.starts, self.phrases(), strict=True)
        kept = {at for at, phrase in phrases if phrase in shared}
        self.starts = [at for at in self.starts if at in kept and at + 1 in kept]
        self.size += 1
        return len(self.starts) > 0 and self.size <= self.max_size


def _split_rows(asked: AskedText) -> Iterator[_Row]:
    for spaceless, words in groupby(asked.words[:MAX_WORDS], is_spaceless):
        if not spaceless:
            pieces = list(words)
            yield _Row(asked, pieces, " ", 1, MAX_PHRASE_WORDS, range(len(pieces)))
            continue
        for word in words:
            pieces = CHARACTER.findall(word)[:MAX_WORDS]
            pairs = range(len(pieces) - 1)  # a single letter is no phrase
            yield _Row(asked, pieces, "", 2, MAX_PHRASE_LETTERS, pairs)


def weigh_phrases(
    phrases: Iterable[Phrase], asked: Sequence[AskedText], answered: Iterable[str]
) -> dict[Phrase, float]:
    """Return how much each phrase says; nothing if its words are common in both.

    A longer phrase says more, but less than twice as much with twice as many words: so "gift" wins
    over "gift card" where many want gift wrapping. A whole question says something, unless it is
    one common word ("you", "please") that is no greeting.
    """
    weigh = _make_weigh(asked, answered)
    return {phrase: _weigh_phrase(phrase, weigh) for phrase in phrases}


def _weigh_phrase(phrase: Phrase, weigh: Weigh) -> float:
    every = phrase.text.split(" ")
    words = [word for word in every if word not in COMMON]
    units = chain.from_iterable(map(_split_units, words))
    weight = sqrt(sum(map(weigh, units)))
    is_question = phrase.whole and (words or len(every) > 1 or every[0] in GREETINGS)
    return max(weight, 1.0) if is_question else weight


def _make_weigh(asked: Sequence[AskedText], answered: Iterable[str]) -> Weigh:
    others = {_read_words(text)[:MAX_WORDS] for text in answered}
    by_customer: dict[int, list[str]] = defaultdict(list)
    for text in asked:
        for customer in text.customers:
            by_customer[customer] += text.words[:MAX_WORDS]
    has_others = len(others) >= MIN_QUESTIONS
    minimum = MIN_QUESTIONS_BESIDE_ANSWERED if has_others else MIN_QUESTIONS
    # A word is not common because one customer repeats it, or because many ask in the same words.
    known = [
        _Frequencies([text.words[:MAX_WORDS] for text in asked], minimum),
        _Frequencies(by_customer.values(), minimum),
    ]
    if has_others:
        known.append(_Frequencies(others, minimum))

    def weigh(unit: str) -> float:
        rarity = log(1 / min(1.0, *(frequencies.of(unit) for frequencies in known)))
        is_word = unit[0].isalnum() and not is_spaceless(unit)
        return rarity * min(len(unit) / LONG_WORD, 1.0) if is_word else rarity

    return weigh


class _Frequencies:
    """How common units are in these rows of words: from 1 on, too common to say anything."""

    def __init__(self, rows: Collection[Sequence[str]], minimum: int) -> None:
        units = (set(chain.from_iterable(map(_split_units, row))) for row in rows)
        self._counts = Counter(chain.from_iterable(units))
        self._limit = 1 + max(len(rows) * COMMON_SHARE, minimum)

    def of(self, unit: str) -> float:
        return max(self._counts[unit], 1) / self._limit


def _split_units(word: str) -> list[str]:
    """Return what is counted of a word: itself, or each pair of letters in a script without spaces.

    A single letter counts alone.
    """
    if not is_spaceless(word):
        return [word]
    letters = CHARACTER.findall(word)[:MAX_WORDS]
    return ["".join(pair) for pair in pairwise(letters)] or letters
