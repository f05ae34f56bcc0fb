"""Groups questions by the phrases that they share. Pure: no database, no clock."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from heapq import heapify, heappop, heappush

from conversations.models import Message
from rules.unanswered.phrases import Phrase, Question, are_shared, shared, weights


@dataclass(frozen=True, slots=True)
class Group:
    """What questions share, and those questions, the most frequent first."""

    phrase: Phrase
    questions: Sequence[Question]

    @property
    def messages(self) -> list[Message]:
        return [message for question in self.questions for message in question.messages]

    @property
    def customers(self) -> int:
        return len(_customers(self.questions))


@dataclass(frozen=True, slots=True)
class Grouping:
    """Each question once: in a group of several customers, in one set aside, or single."""

    groups: Sequence[Group]
    aside: Mapping[Phrase, Group]
    single: Sequence[Question]


def group(
    asked: Sequence[Question], answered: Iterable[str] = (), aside: Iterable[Phrase] = ()
) -> Grouping:
    """Group questions, the largest group first.

    answered: texts that rules do answer, which show what is common. aside: phrases that make no
    group; a question with one of them is set aside unless it belongs to another group as well.

    Time and memory grow with the number of words, of which at most 30 of a question are looked at;
    phrases are taken from a heap, whose scores only ever sink.
    """
    put_aside: dict[Question, Phrase] = {}
    longest_first = sorted(aside, key=lambda phrase: (-len(phrase.text), phrase.text))
    for question in asked:
        if found := next((one for one in longest_first if one.is_in(question.text)), None):
            put_aside[question] = found
    having = shared(question for question in asked if question not in put_aside)
    groups = _gather(having, weights(having, asked, answered))
    left = _join(groups, put_aside)
    grouped = {question for members in groups.values() for question in members}
    return Grouping(
        sorted((_group(*one) for one in groups.items()), key=_largest_first),
        {phrase: _group(phrase, members) for phrase, members in left.items()},
        [one for one in asked if one not in grouped and one not in put_aside],
    )


def _gather(
    having: Mapping[Phrase, list[Question]], weight: Mapping[Phrase, float]
) -> dict[Phrase, list[Question]]:
    """Take the best phrase with all questions that have it, and again, until none is shared."""
    # The score; of equals a phrase before a whole question, then the one with fewer words.
    heap = [
        (-weight[phrase] * len(_customers(members)), phrase.whole, phrase.size, phrase.text)
        for phrase, members in having.items()
    ]
    heapify(heap)
    taken: set[Question] = set()
    groups: dict[Phrase, list[Question]] = {}
    while heap:
        score, whole, size, text = heappop(heap)
        phrase = Phrase(text, whole)
        members = [question for question in having[phrase] if question not in taken]
        now = -weight[phrase] * len(_customers(members))
        if now == 0 or not are_shared(members):
            continue
        if now > score:  # others took some of them
            heappush(heap, (now, whole, size, text))
            continue
        groups[phrase] = members
        taken.update(members)
    return groups


def _join(
    groups: Mapping[Phrase, list[Question]], put_aside: Mapping[Question, Phrase]
) -> dict[Phrase, list[Question]]:
    """Give groups what else they share with questions that were put aside; return the others."""
    left: dict[Phrase, list[Question]] = defaultdict(list)
    for question, phrase in put_aside.items():
        remaining = phrase.taken_out_of(question.text)
        other = next((other for other in groups if other.is_in(remaining)), None)
        (groups[other] if other else left[phrase]).append(question)
    return left


def _group(phrase: Phrase, members: Iterable[Question]) -> Group:
    return Group(phrase, sorted(members, key=lambda question: -len(question.messages)))


def _largest_first(one: Group) -> tuple[int, int, str, bool]:
    return -one.customers, -len(one.messages), one.phrase.text, one.phrase.whole


def _customers(members: Iterable[Question]) -> set[int]:
    return set().union(*(question.customers for question in members))
