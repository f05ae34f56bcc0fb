"""What a change of the rules would have done to what customers wrote lately.

Each message is decided on its own, by the function that the worker runs.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace

from conversations.answering import questions
from conversations.display import names
from conversations.engine import Imagined, Question
from conversations.models import Message
from rules.engine import decide_with_attached
from rules.engine.decision import Rules, make_listener
from rules.matching import Listener, MatchMode, RememberingMatcher
from rules.matching.tokens import read_keyword
from rules.models import ResponseRule
from rules.triggers import WORDLESS, trigger_of

UNSAVED = 2**62  # the id of a rule that is not saved yet: the youngest
MOST_REMEMBERED = 10_000  # messages whose answer by the saved rules is known


@dataclass(frozen=True, slots=True)
class Asked:
    """A message, and the question that the rules are asked again."""

    message: Message
    question: Question


@dataclass(slots=True)
class SavedRules:
    """Rules as they are saved, and who of them answers what was asked already.

    Whoever writes a rule looks again and again, and meanwhile the others stay as they are.
    """

    rules: Rules
    _winners: dict[tuple[int, str], ResponseRule | None] = field(default_factory=dict)

    def winner(self, asked: Asked) -> ResponseRule | None:
        key = asked.message.pk, asked.message.text
        if key not in self._winners:
            if len(self._winners) >= MOST_REMEMBERED:
                self._winners.clear()
            self._winners[key] = _winner(self.rules, asked)
        return self._winners[key]


@dataclass(frozen=True, slots=True)
class Difference:
    """A message that another rule would have answered. None: no rule answers it."""

    message: Message
    before: ResponseRule | None
    after: ResponseRule | None


@dataclass(frozen=True, slots=True)
class Example:
    """A text, the newest message with it, and how many there are."""

    excerpt: str
    difference: Difference
    times: int


@dataclass(slots=True)
class Replay:
    """What a change does: how often the changed rule answers, and which messages it concerns.

    gained: messages that had no answer or only the fallback; lost: the opposite; swapped: the rest.
    """

    before: int = 0
    after: int = 0
    gained: list[Difference] = field(default_factory=list)
    lost: list[Difference] = field(default_factory=list)
    swapped: list[Difference] = field(default_factory=list)


def with_change(rules: Iterable[ResponseRule], changed: ResponseRule) -> list[ResponseRule]:
    """Return the active rules as they would be with this rule changed or added."""
    others = [rule for rule in rules if rule.pk != changed.pk]
    return [*others, changed] if changed.active else others


def replay(before: SavedRules, after: Rules, changed: int, asked: Iterable[Asked]) -> Replay:
    """Decide the questions by both; `changed` is the id of the one rule that differs."""
    result = Replay()
    concerns = _make_filter(before.rules, after, changed)
    for one in asked:
        if concerns(one.question):
            difference = Difference(one.message, before.winner(one), _winner(after, one))
            _count(result, difference, changed)
    return result


def _winner(rules: Rules, asked: Asked) -> ResponseRule | None:
    return decide_with_attached(rules, asked.question)[0].winner


def pick_examples(differences: Iterable[Difference], most: int) -> list[Example]:
    """Return the most frequent of these messages, equal texts together."""
    groups: dict[tuple[str, ResponseRule | None, ResponseRule | None], list[Difference]] = {}
    for difference in differences:
        excerpt = names.excerpt(difference.message)
        groups.setdefault((excerpt, difference.before, difference.after), []).append(difference)
    examples = [Example(key[0], group[0], len(group)) for key, group in groups.items()]
    return sorted(examples, key=lambda example: -example.times)[:most]


def ask_again(messages: Iterable[Message]) -> list[Asked]:
    """Ask what customers asked. Earlier answers to them are not replayed; if any were is known."""
    return [Asked(message, _make_question(message)) for message in messages]


def _make_question(message: Message) -> Question:
    question = questions.question(message.conversation, message)
    written_to: bool = getattr(message, "written_to", False)
    return replace(question, past=Imagined(new=not written_to))


def _make_filter(before: Rules, after: Rules, changed: int) -> Callable[[Question], bool]:
    """Return a function that tells which questions the change may matter to.

    These are the ones that the rule matches before or after the change.
    """
    finds = finds_either(before, after, changed)
    rules = [*before.by_id.values(), *after.by_id.values()]
    triggers = {trigger for rule in rules if rule.pk == changed for trigger in rule.triggers()}
    wordless = WORDLESS & triggers
    return lambda question: bool(
        trigger_of(question.kind) in wordless
        or (wordless and question.attachments)
        or finds(question.text)
        or finds(question.payload)
    )


def finds_either(before: Rules, after: Rules, changed: int) -> Callable[[str], bool]:
    """Return a function that tells whether the change of this rule may matter to a text.

    It may where the rule finds something in it, before or after; and, as a word that one rule lists
    is never a typo to another, where a word is in it that is listed only before or only after.
    """
    rules = [*before.by_id.values(), *after.by_id.values()]
    listeners = [make_listener(rule) for rule in rules if rule.pk == changed]
    if any(rule.typos for rule in rules):
        words = before.matcher.words ^ after.matcher.words
        if not all((word,) in read_keyword(word).runs for word in words):
            return lambda _: True  # a word that is read otherwise where it stands alone
        listeners.append(Listener(changed, 0, MatchMode.WORDS, tuple(sorted(words))))
    numbered = (replace(listener, rule=number) for number, listener in enumerate(listeners))
    matcher = RememberingMatcher(numbered)
    return lambda text: bool(matcher.find(text))


def _count(result: Replay, difference: Difference, changed: int) -> None:
    before, after = difference.before, difference.after
    result.before += before is not None and before.pk == changed
    result.after += after is not None and after.pk == changed
    if before == after:
        return
    gain = _rate(after) - _rate(before)
    kind = result.gained if gain > 0 else result.lost if gain < 0 else result.swapped
    kind.append(difference)


def _rate(rule: ResponseRule | None) -> int:
    """A fallback is better than nothing, and a rule is better than a fallback."""
    if rule is None:
        return 0
    return 1 if rule.match == MatchMode.FALLBACK else 2
