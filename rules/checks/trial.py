"""Tries a message: what would be said, and why, by the very function that the worker runs.

Nothing is written. The box in the admin, `manage.py try_rule` and the editor's preview are pages
of this.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from conversations.answering import composition
from conversations.display.bubble import Shown
from conversations.engine import Answer, Earlier, Imagined, Question, spoken
from conversations.models import PRIVATE_REPLY, PUBLIC_REPLY
from instagram.content import Buttons, Content, Text, messages
from instagram.limits import MAX_BUTTON_TEXT, MAX_TEXT_BYTES
from rules import engine
from rules.engine.decision import Decision, Lost, Rules, listener
from rules.matching import Found, spans
from rules.models import ResponseRule
from rules.triggers import Trigger, kind_of
from shop.current import current_shop

NO_WORDS = "None of its words is in the message."
YEARS = range(2000, 2101)  # that may be imagined; far from where dates end
Piece = tuple[str, bool]  # of a message, and whether a word was found there


@dataclass(frozen=True, slots=True)
class Trial:
    """A message that nobody wrote, and who could have written it when.

    answered: for ids of rules how many hours ago each has answered this customer.
    """

    text: str
    at: datetime
    trigger: Trigger = Trigger.MESSAGE
    payload: str = ""
    is_new: bool = True
    name: str = ""
    username: str = ""
    referral: str = ""
    answered: Mapping[int, float] = field(default_factory=dict)

    def question(self) -> Question:
        earlier = {
            rule: Earlier(self.at - timedelta(hours=hours)) for rule, hours in self.answered.items()
        }
        return Question(
            text=self.text,
            kind=kind_of(self.trigger),
            payload=self.payload,
            at=self.at,
            customer="",
            referral=self.referral,
            name=self.name,
            username=self.username,
            past=Imagined(new=self.is_new and not earlier, answers=earlier),
        )


@dataclass(frozen=True, slots=True)
class Bubble(Shown):
    """A message as it would be sent; part: which of several a long text is cut into."""

    said: Content
    part: str = ""

    @property
    def text(self) -> str:
        return self.said.text if isinstance(self.said, Text | Buttons) else ""

    @property
    def size(self) -> int:
        """Return the bytes of the text, as Instagram counts them."""
        return len(self.text.encode())

    @property
    def measure(self) -> str:
        """Say how long the text is, and what Instagram takes."""
        if isinstance(self.said, Buttons):
            letters = len(self.text)
            return f"{self.size} bytes, {letters} of {MAX_BUTTON_TEXT} characters"
        return f"{self.size} of {MAX_TEXT_BYTES} bytes" if self.text else ""


@dataclass(frozen=True, slots=True)
class Loser:
    """A rule that does not answer, the sentence why, and the message with its words marked."""

    rule: ResponseRule
    why: str
    pieces: Sequence[Piece] = ()


@dataclass(frozen=True, slots=True)
class Outcome:
    """What would come of it.

    losers: rules whose words fit, in order; others: rules that have none of their words in it.
    first_words: what the shop says before; a comment has them in its one message.
    """

    reason: str
    pieces: Sequence[Piece]
    winner: ResponseRule | None = None
    answer: Answer | None = None
    bubbles: Sequence[Bubble] = ()
    public_reply: str = ""
    first_words: str = ""
    losers: Sequence[Loser] = ()
    others: Sequence[Loser] = ()

    @property
    def answers(self) -> bool:
        return self.answer is not None


def attempt(trial: Trial, rules: Rules) -> Outcome:
    """Try a message by these rules: engine.current(), or as they would be with a change."""
    question = trial.question()
    decision, found = engine.consider(rules, question)
    said = spoken(found)  # as the worker does with what any engine has found
    answer = said if isinstance(said, Answer) else None
    first_words = current_shop().disclosure.strip() if answer and question.past.is_new() else ""
    outcome = Outcome(
        reason=said.reason,
        pieces=_marked(trial.text, decision.winner, decision.found),
        winner=decision.winner,
        answer=answer,
        bubbles=list(_bubbles(answer)) if answer else [],
        first_words=first_words,
        losers=[_loser(trial.text, lost) for lost in decision.lost],
        others=_others(decision, rules),
    )
    return _to_comment(outcome, answer) if answer and trial.trigger == Trigger.COMMENT else outcome


def _bubbles(answer: Answer) -> Iterator[Bubble]:
    for said in answer.says:
        parts = messages(said)
        for number, content in enumerate(parts, 1):
            yield Bubble(content, f"{number} of {len(parts)}" if len(parts) > 1 else "")


def _to_comment(outcome: Outcome, answer: Answer) -> Outcome:
    """Return what comes of it where it answers a comment, which takes less."""
    parts = composition.comment_parts(answer, outcome.first_words)
    texts = {kind: text for kind, text, _ in parts}
    private = texts.get(PRIVATE_REPLY)
    return replace(
        outcome,
        bubbles=[Bubble(Text(private))] if private else [],
        public_reply=texts.get(PUBLIC_REPLY, ""),
        first_words="",
    )


def _loser(text: str, lost: Lost) -> Loser:
    pieces = _marked(text, lost.rule, lost.found)
    return Loser(lost.rule, lost.why, pieces if any(found for _, found in pieces) else ())


def _others(decision: Decision, rules: Rules) -> list[Loser]:
    fit = {lost.rule.pk for lost in decision.lost}
    if decision.winner:
        fit.add(decision.winner.pk)
    others = [rule for rule in rules.by_id.values() if rule.pk not in fit]
    others.sort(key=lambda rule: (rule.order, rule.pk))
    return [Loser(rule, NO_WORDS) for rule in others]


def _marked(text: str, rule: ResponseRule | None, found: Found | None) -> list[Piece]:
    """Cut a message where words were found."""
    pieces, done = [], 0
    for begin, end in spans(text, listener(rule), found) if rule and found else ():
        pieces += [(text[done:begin], False), (text[begin:end], True)]
        done = end
    return [piece for piece in [*pieces, (text[done:], False)] if piece[0]]
