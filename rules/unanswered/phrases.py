"""What customers' questions share, and how much it says. Pure: no database, no clock.

No list of any language is needed: a word is common where it is in many messages, whether a rule
answered them or not. What only the unanswered ones share is what they are about. And in every
language words that are used for everything are short.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import chain, groupby, pairwise
from math import log, sqrt

import regex

from conversations.models import Message
from rules.matching.folding import words
from rules.matching.tokens import is_spaceless

MOST_WORDS = 30  # of a message, or letters of a script without spaces, that phrases are sought in
MOST_SHARED = 3  # words of a phrase
MOST_SHARED_LETTERS = 10  # of one in a script without spaces
LONGEST = 500  # letters of a phrase: those that can be kept
COMMON = 0.05  # of all questions: a word that is in more of them says nothing
FEW = 20  # questions: too few to tell common words by each other
FEW_BESIDE_OTHERS = 5  # where answered ones tell them as well, fewer are enough
LONG = 6  # letters: a shorter word says less (Zipf's law of abbreviation)

_LETTER = regex.compile(r"\X")

Words = tuple[str, ...]
Weigh = Callable[[str], float]


@dataclass(frozen=True, slots=True)
class Phrase:
    """Folded words side by side; whole: they are all of the question."""

    text: str
    whole: bool = False

    @property
    def size(self) -> int:
        """Return how many words it has, or letters where there are no spaces."""
        return len(self.text) if is_spaceless(self.text) else self.text.count(" ") + 1

    def is_in(self, text: str) -> bool:
        return text == f" {self.text} " if self.whole else self._run in text

    def taken_out_of(self, text: str) -> str:
        return "" if self.whole else text.replace(self._run, " | ")

    @property
    def _run(self) -> str:
        return self.text if is_spaceless(self.text) else f" {self.text} "


@dataclass(frozen=True, slots=True, eq=False)
class Question:
    """What customers wrote in the same words, newest first; text: those words between spaces."""

    words: Words
    text: str
    messages: list[Message] = field(default_factory=list)
    customers: set[int] = field(default_factory=set)


def questions(messages: Iterable[Message]) -> list[Question]:
    """Take equal messages together; they are expected newest first, and stay so."""
    found: dict[Words, Question] = {}
    for message in messages:
        folded = words(message.text)
        question = found.setdefault(folded, Question(folded, f" {' '.join(folded)} "))
        question.messages.append(message)
        question.customers.add(message.conversation_id)
    return list(found.values())


def are_shared(members: Sequence[Question]) -> bool:
    """Tell whether several customers asked these."""
    first = members[0].customers if members else set()
    return len(first) > 1 or any(one.customers != first for one in members)


def shared(asked: Iterable[Question]) -> dict[Phrase, list[Question]]:
    """Return the phrases of several customers, and whole questions, with those who have them.

    A longer phrase is sought only where the shorter ones in it are shared.
    """
    asked = list(asked)
    found = {Phrase(one.text.strip(), whole=True): [one] for one in asked if are_shared([one])}
    rows = [row for question in asked for row in _rows(question)]
    while rows:
        having: dict[str, list[Question]] = defaultdict(list)
        for row in rows:
            for text in row.phrases():
                members = having[text]
                if not members or members[-1] is not row.question:
                    members.append(row.question)
        several = {text for text, members in having.items() if are_shared(members)}
        found |= {Phrase(text): having[text] for text in several}
        rows = [row for row in rows if row.grows(several)]
    return {phrase: having for phrase, having in found.items() if 0 < len(phrase.text) <= LONGEST}


@dataclass(slots=True)
class _Row:
    """Words side by side, or letters where a script has no spaces, and where phrases begin."""

    question: Question
    pieces: Sequence[str]
    glue: str
    size: int  # pieces of a phrase
    most: int
    starts: Sequence[int]

    def phrases(self) -> list[str]:
        pieces, size, join = self.pieces, self.size, self.glue.join
        return [join(pieces[at : at + size]) for at in self.starts]

    def grows(self, several: Collection[str]) -> bool:
        """Make phrases longer by one where this and the next are shared; tell if any are left."""
        texts = zip(self.starts, self.phrases(), strict=True)
        fit = {at for at, text in texts if text in several}
        self.starts = [at for at in self.starts if at in fit and at + 1 in fit]
        self.size += 1
        return len(self.starts) > 0 and self.size <= self.most


def _rows(question: Question) -> Iterator[_Row]:
    for spaceless, side_by_side in groupby(question.words[:MOST_WORDS], is_spaceless):
        if not spaceless:
            pieces = list(side_by_side)
            yield _Row(question, pieces, " ", 1, MOST_SHARED, range(len(pieces)))
            continue
        for word in side_by_side:
            pieces = _LETTER.findall(word)[:MOST_WORDS]
            pairs = range(len(pieces) - 1)  # a single letter is no phrase
            yield _Row(question, pieces, "", 2, MOST_SHARED_LETTERS, pairs)


def weights(
    phrases: Iterable[Phrase], asked: Sequence[Question], answered: Iterable[str]
) -> dict[Phrase, float]:
    """Return how much each phrase says; nothing where its words are common in both.

    A longer one says more, but less than twice as much with twice as many words: so "gift" wins
    over "gift card" where many want gift wrapping. A whole question always says something.
    """
    weigh = _weigh(asked, answered)
    return {phrase: _weight(phrase, weigh) for phrase in phrases}


def _weight(phrase: Phrase, weigh: Weigh) -> float:
    units = chain.from_iterable(map(_units, phrase.text.split(" ")))
    weight = sqrt(sum(map(weigh, units)))
    return max(weight, 1.0) if phrase.whole else weight


def _weigh(asked: Sequence[Question], answered: Iterable[str]) -> Weigh:
    others = {words(text)[:MOST_WORDS] for text in answered}
    by_customer: dict[int, list[str]] = defaultdict(list)
    for question in asked:
        for customer in question.customers:
            by_customer[customer] += question.words[:MOST_WORDS]
    few = FEW_BESIDE_OTHERS if len(others) >= FEW else FEW
    # Neither what one customer goes on about nor what many ask in the same words is common.
    known = [
        _Frequencies([question.words[:MOST_WORDS] for question in asked], few),
        _Frequencies(by_customer.values(), few),
    ]
    if len(others) >= FEW:
        known.append(_Frequencies(others, few))

    def weigh(unit: str) -> float:
        says = log(1 / min(1.0, *(frequencies.of(unit) for frequencies in known)))
        is_word = unit[0].isalnum() and not is_spaceless(unit)
        return says * min(len(unit) / LONG, 1.0) if is_word else says

    return weigh


class _Frequencies:
    """How common units are in these rows of words: 1 and above is too common to say anything."""

    def __init__(self, rows: Collection[Sequence[str]], few: int) -> None:
        units = (set(chain.from_iterable(map(_units, row))) for row in rows)
        self._counts = Counter(chain.from_iterable(units))
        self._limit = 1 + max(len(rows) * COMMON, few)

    def of(self, unit: str) -> float:
        return max(self._counts[unit], 1) / self._limit


def _units(word: str) -> list[str]:
    """Return what is counted of a word: itself, or each two letters without a space between."""
    if not is_spaceless(word):
        return [word]
    pieces = _LETTER.findall(word)[:MOST_WORDS]
    return ["".join(two) for two in pairwise(pieces)] or pieces
