"""What customers asked in the last 30 days and no rule has an answer to."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from conversations.answering import questions as asked_questions
from conversations.engine import Imagined
from conversations.models import Message, Verdict
from rules import engine
from rules.engine.decision import decide
from rules.matching import Found, Listener, MatchMode, spans
from rules.matching.elongation import is_stretched
from rules.matching.folding import fold
from rules.models import DismissedGroup
from rules.unanswered.groups import Group, Grouping, group
from rules.unanswered.phrases import Phrase, Question, questions
from shop.current import current_shop

SPAN = timedelta(days=30)
MOST = 2000  # questions that are looked at, the newest; and of those that were answered
SCANNED = 4 * MOST  # rows among which the latter are sought, however long the table is
MOST_DISMISSED = 500
SAMPLE = 10  # questions that are asked how they write a phrase
MOST_KEYWORD = 200  # characters: it goes into an address
NEEDED = (
    "conversation", "kind", "text", "payload", "at", "unsent_at", "conversation__customer_id",
    "conversation__name", "conversation__username", "conversation__referral_ref",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Unanswered:
    """The groups, and those that staff dismissed, by what they share.

    asked: messages looked at. answered: of these, the rules of now have an answer. cut: there are
    older ones that were not looked at.
    """

    grouping: Grouping
    dismissed: Mapping[Phrase, DismissedGroup]
    asked: int
    answered: int
    cut: bool


def find(now: datetime) -> Unanswered:
    """Group the messages without an answer; a dismissed group is back when it has doubled."""
    messages = _lately(now)
    cut, messages = len(messages) > MOST, messages[:MOST]
    still = list(_without_answer(messages))
    asked = questions(still)
    rows = DismissedGroup.objects.order_by("-at", "-pk")[:MOST_DISMISSED]
    dismissed = {row.shared: row for row in rows}
    aside = [phrase for phrase, row in dismissed.items() if not _is_back(row, asked)]
    grouping = group(asked, _answered_texts(), aside)
    return Unanswered(grouping, dismissed, len(messages), len(messages) - len(still), cut)


def _lately(now: datetime) -> list[Message]:
    """Served by the index message_unanswered."""
    rows = Message.objects.unanswered().filter(at__gte=now - SPAN, unsent_at=None).exclude(text="")
    newest = rows.select_related("conversation").only(*NEEDED).order_by("-at", "-pk")
    return list(newest[: MOST + 1])


def _answered_texts() -> Sequence[str]:
    """Return what rules answered, among the newest rows by primary key."""
    by_age = Message.objects.order_by("-pk")
    newest = by_age.values_list("pk", flat=True).first() or 0
    answered = by_age.filter(pk__gt=newest - SCANNED, verdict=Verdict.ANSWERED)
    return list(answered.values_list("text", flat=True)[:MOST])


def _without_answer(messages: Iterable[Message]) -> Iterator[Message]:
    """Leave out what the rules of now answer, whatever they told this customer before."""
    rules, today = engine.current(), current_shop()
    for message in messages:
        question = asked_questions.question(message.conversation, message)
        winner = decide(rules, replace(question, past=Imagined(new=False)), today).winner
        if winner is None or winner.match == MatchMode.FALLBACK:
            yield message


def _is_back(row: DismissedGroup, asked: Iterable[Question]) -> bool:
    """Tell whether as many new messages have come as were dismissed."""
    having = (question for question in asked if row.shared.is_in(question.text))
    new = sum(row.is_new(message) for question in having for message in question.messages)
    return new >= row.messages


def dismiss(one: Group, by: str) -> None:
    """Set a group aside until it has doubled."""
    newest = max(message.pk for message in one.messages)
    given = {"messages": len(one.messages), "newest": newest, "by": by}
    DismissedGroup.objects.update_or_create(
        phrase=one.phrase.text, whole=one.phrase.whole, defaults=given
    )


def keyword(one: Group) -> str:
    """Return what the questions of a group share as customers wrote it most often.

    Without repeated letters where somebody did without: "heeello" as a word is not in "hello".
    """
    phrase = one.phrase
    ways: Counter[str] = Counter()
    for question in one.questions[:SAMPLE]:
        for message in question.messages[:SAMPLE]:
            ways[_as_written(phrase, message.text)] += 1
    best = min(ways, key=lambda way: (is_stretched(fold(way)), -ways[way]))
    return best[:MOST_KEYWORD]


def _as_written(phrase: Phrase, text: str) -> str:
    if not phrase.whole:
        listener = Listener(0, 0, MatchMode.WORDS, (phrase.text,))
        places = spans(text, listener, Found(0, 0, MatchMode.WORDS, phrase.text, 0))
        if not places:
            return phrase.text
        start, end = places[0]
        text = text[start:end]
    return " ".join(text.split())
