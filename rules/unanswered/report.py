"""What customers asked in the last 30 days and no rule answers."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from conversations.answering import questions
from conversations.engine import Imagined
from conversations.models import Message
from rules import engine, recent
from rules.engine.decision import Rules
from rules.matching import Listener, Match, MatchMode, spans
from rules.matching.elongation import is_stretched
from rules.matching.folding import fold
from rules.models import DismissedGroup
from rules.unanswered.groups import Group, Grouping, group
from rules.unanswered.phrases import AskedText, Phrase, collect_texts
from shop.current import Shops, shops

MAX_DISMISSED = 500  # dismissed groups that are considered, the newest
MAX_KNOWN = 10_000  # messages
MAX_SAMPLE = 10  # texts of a group, and messages of each, that show how a phrase is written
MAX_SUGGESTION = 200  # characters of a suggested keyword: it goes into a URL


@dataclass(frozen=True, slots=True)
class Report:
    """The groups, and the dismissed ones by their phrases.

    asked: messages looked at. answered: how many of them the current rules answer. is_cut: there
    are older messages, which were not looked at.
    """

    grouping: Grouping
    dismissed: Mapping[Phrase, DismissedGroup]
    asked: int
    answered: int
    is_cut: bool


def make_report(now: datetime) -> Report:
    """Group the messages without an answer; a dismissed group is back when it has doubled."""
    unanswered = recent.read_unanswered(now)
    still_unanswered = list(_keep_unanswered(unanswered.messages))
    asked = collect_texts(still_unanswered)
    rows = DismissedGroup.objects.order_by("-at", "-pk")[:MAX_DISMISSED]
    dismissed = {Phrase.of(row): row for row in rows}
    hidden = [phrase for phrase, row in dismissed.items() if not _is_back(row, asked)]
    return Report(
        group(asked, recent.read_answered_texts(), hidden),
        dismissed,
        len(unanswered.messages),
        len(unanswered.messages) - len(still_unanswered),
        unanswered.is_cut,
    )


def _keep_unanswered(messages: Iterable[Message]) -> Iterator[Message]:
    """Keep only what the current rules do not answer, whatever this customer got before."""
    known = _known_for(engine.current(), shops())
    for message in messages:
        key = (message.pk, message.kind, message.text)
        if key not in known.answered:
            known.answered[key] = known.is_answered(message)
        if not known.answered[key]:
            yield message


@dataclass(slots=True)
class _Known:
    """What these rules would answer: most of it was decided when the page was last opened."""

    rules: Rules
    shops: Shops
    answered: dict[tuple[int, str, str], bool] = field(default_factory=dict)

    def is_answered(self, message: Message) -> bool:
        question = questions.question(message.conversation, message)
        question = replace(question, past=Imagined(new=False))
        winner = engine.decide_with_attached(self.rules, question)[0].winner
        return winner is not None and winner.match != MatchMode.FALLBACK


_known: list[_Known] = []  # of this process, one at most


def _known_for(rules: Rules, shops: Shops) -> _Known:
    """Return what is known of these rules and shops; of other ones nothing is kept."""
    newest = _known[0] if _known else None
    is_same = newest and newest.rules is rules and newest.shops == shops
    if not (newest and is_same and len(newest.answered) < MAX_KNOWN):
        _known[:] = [newest := _Known(rules, shops)]
    return newest


def answered_by(rule: int, messages: Iterable[Message], rules: Rules) -> list[Message]:
    """Keep only what this rule answers, as these rules are, for these customers as they are."""
    kept = []
    for message in messages:
        question = questions.question(message.conversation, message)
        winner = engine.decide_with_attached(rules, question)[0].winner
        if winner and winner.pk == rule and winner.match != MatchMode.FALLBACK:
            kept.append(message)
    return kept


def _is_back(row: DismissedGroup, asked: Iterable[AskedText]) -> bool:
    """Tell whether as many new messages have come as were dismissed."""
    texts = (text for text in asked if Phrase.of(row).is_in(text.text))
    new = sum(row.is_new(message) for text in texts for message in text.messages)
    return new >= row.messages


def dismiss(group: Group, by: str) -> None:
    """Hide a group until it has doubled."""
    newest = max(message.pk for message in group.messages)
    values = {"messages": len(group.messages), "newest": newest, "by": by}
    DismissedGroup.objects.update_or_create(
        phrase=group.phrase.text, whole=group.phrase.whole, defaults=values
    )


def suggest_keyword(group: Group) -> str:
    """Return the phrase of a group as customers wrote it most often.

    Without stretched letters, if anybody wrote it so: the keyword "heeello" does not match "hello".
    """
    spellings: Counter[str] = Counter()
    for text in group.texts[:MAX_SAMPLE]:
        for message in text.messages[:MAX_SAMPLE]:
            spellings[_find_spelling(group.phrase, message.text)] += 1
    best = min(spellings, key=lambda spelling: (is_stretched(fold(spelling)), -spellings[spelling]))
    return best[:MAX_SUGGESTION]


def _find_spelling(phrase: Phrase, text: str) -> str:
    if not phrase.whole:
        listener = Listener(0, 0, MatchMode.WORDS, (phrase.text,))
        places = spans(text, listener, Match(0, 0, MatchMode.WORDS, phrase.text, 0))
        if not places:
            return phrase.text
        start, end = places[0]
        text = text[start:end]
    return " ".join(text.split())
