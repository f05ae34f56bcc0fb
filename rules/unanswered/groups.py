"""Groups questions by the phrases that they share. Pure: no database, no clock."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from heapq import heapify, heappop, heappush

from conversations.models import Message
from rules.unanswered.phrases import AskedText, Phrase, are_shared, find_shared, weigh_phrases


@dataclass(frozen=True, slots=True)
class Group:
    """A phrase, and the texts that have it, the most frequent first."""

    phrase: Phrase
    texts: Sequence[AskedText]

    @property
    def messages(self) -> list[Message]:
        return [message for text in self.texts for message in text.messages]

    @property
    def customers(self) -> int:
        return len(_list_customers(self.texts))

    def examples(self, most: int) -> list[AskedText]:
        """Return texts of different customers: each has one who is in none before it."""
        shown: set[int] = set()
        chosen: list[AskedText] = []
        for text in self.texts:
            if len(chosen) < most and not text.customers <= shown:
                chosen.append(text)
                shown |= text.customers
        return chosen


@dataclass(frozen=True, slots=True)
class Grouping:
    """Each text once: in a group of several customers, in a dismissed group, or single."""

    groups: Sequence[Group]
    dismissed: Mapping[Phrase, Group]
    single: Sequence[AskedText]


def group(
    asked: Sequence[AskedText], answered: Iterable[str] = (), dismissed: Iterable[Phrase] = ()
) -> Grouping:
    """Group texts, the group first that says most.

    answered: texts that rules do answer, which show what is common. dismissed: phrases that make no
    group; a text that has one is dismissed, too, unless it belongs to another group.

    Time and memory grow with the number of words, of which at most 30 per text are looked at:
    phrases are taken from a heap, where a score can only fall.
    """
    put_aside: dict[AskedText, Phrase] = {}
    longest_first = sorted(dismissed, key=lambda phrase: (-len(phrase.text), phrase.text))
    for text in asked:
        if phrase := next((phrase for phrase in longest_first if phrase.is_in(text.text)), None):
            put_aside[text] = phrase
    shared = find_shared(text for text in asked if text not in put_aside)
    weights = weigh_phrases(shared, asked, answered)
    groups = _take_groups(shared, weights)
    remaining = _join_groups(groups, put_aside)
    grouped = {text for texts in groups.values() for text in texts}
    return Grouping(
        sorted((_make_group(*item) for item in groups.items()), key=partial(_rank, weights)),
        {phrase: _make_group(phrase, texts) for phrase, texts in remaining.items()},
        [text for text in asked if text not in grouped and text not in put_aside],
    )


def _take_groups(
    shared: Mapping[Phrase, list[AskedText]], weights: Mapping[Phrase, float]
) -> dict[Phrase, list[AskedText]]:
    """Take the best phrase with all texts that have it, again and again until none is shared."""
    # By the score; of equal ones a phrase comes before a whole question, and fewer words first.
    heap = [
        (-weights[phrase] * len(_list_customers(texts)), phrase.whole, phrase.size, phrase.text)
        for phrase, texts in shared.items()
    ]
    heapify(heap)
    taken: set[AskedText] = set()
    groups: dict[Phrase, list[AskedText]] = {}
    while heap:
        known_score, whole, size, name = heappop(heap)
        phrase = Phrase(name, whole)
        texts = [text for text in shared[phrase] if text not in taken]
        score = -weights[phrase] * len(_list_customers(texts))
        if score == 0 or not are_shared(texts):
            continue
        if score > known_score:  # other groups took some of its texts
            heappush(heap, (score, whole, size, name))
            continue
        groups[phrase] = texts
        taken.update(texts)
    return groups


def _join_groups(
    groups: Mapping[Phrase, list[AskedText]], put_aside: Mapping[AskedText, Phrase]
) -> dict[Phrase, list[AskedText]]:
    """Add texts that were put aside to the groups that they belong to, too; return the others."""
    others: dict[Phrase, list[AskedText]] = defaultdict(list)
    for text, phrase in put_aside.items():
        remaining = phrase.remove_from(text.text)
        joined = next((phrase for phrase in groups if phrase.is_in(remaining)), None)
        (groups[joined] if joined else others[phrase]).append(text)
    return others


def _make_group(phrase: Phrase, texts: Iterable[AskedText]) -> Group:
    return Group(phrase, sorted(texts, key=lambda text: -len(text.messages)))


def _rank(weights: Mapping[Phrase, float], group: Group) -> tuple[float, int, str, bool]:
    """Put those first that say most: how much the phrase says, for each customer who said it."""
    phrase = group.phrase
    score = weights[phrase] * group.customers
    return -score, -len(group.messages), phrase.text, phrase.whole


def _list_customers(texts: Iterable[AskedText]) -> set[int]:
    return set().union(*(text.customers for text in texts))
