"""Tries a message against the rules: what the bot would say, and why.

Nothing is written, and the worker decides by the same function. The page Try it, the editor's
panel, `manage.py try_rule` and the API all run trials.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from backoffice.reach import may_see
from conversations.account import identity
from conversations.answering import composition
from conversations.display.bubble import Shown
from conversations.engine import Answer, Earlier, Imagined, OptOut, Question, spoken
from conversations.models import PRIVATE_REPLY, PUBLIC_REPLY
from instagram.content import Buttons, Content, Text, messages
from instagram.limits import MAX_BUTTON_TEXT, MAX_TEXT_BYTES
from rules import engine
from rules.engine.decision import Decision, Found, Loser, Rules, make_listener
from rules.matching import spans
from rules.models import ResponseRule
from rules.triggers import WORDLESS, Trigger, kind_of
from shop.current import ShopNow, current_shop, shop_of

NO_WORDS = "None of its words is in the message."
YEARS = range(2000, 2101)  # of a trial: far from where dates end
Piece = tuple[str, bool]  # of a message, and whether a word of the rule was found there


@dataclass(frozen=True, slots=True)
class Trial:
    """An imagined message, who wrote it and when.

    account: the Instagram ID of the account that is written to, whose shop it is then; empty: any.
    answered: for ids of rules, how many hours ago each has answered this customer. A photo and the
    like has no text, whatever is given.
    """

    text: str
    at: datetime
    trigger: Trigger = Trigger.MESSAGE
    payload: str = ""
    is_new: bool = True
    name: str = ""
    username: str = ""
    referral: str = ""
    opted_out: bool = False
    account: str = ""
    answered: Mapping[int, float] = field(default_factory=dict)

    def question(self) -> Question:
        earlier = {
            rule: Earlier(self.at - timedelta(hours=hours)) for rule, hours in self.answered.items()
        }
        return Question(
            text="" if self.trigger in WORDLESS else self.text,
            kind=kind_of(self.trigger),
            payload=self.payload,
            at=self.at,
            customer="",
            referral=self.referral,
            name=self.name,
            username=self.username,
            opted_out=self.opted_out,
            account=self.account,
            shop=_shop_at(self.account),
            past=Imagined(new=self.is_new and not earlier, answers=earlier),
        )


def _shop_at(account: str) -> ShopNow:
    """Return the shop of the account with this Instagram ID, or else of the only one there is.

    Where there are several and none is meant, it is the general one.
    """
    accounts = identity.accounts()
    known = accounts.names.get(account) if account else None
    if known is None and not accounts.are_several:
        known = accounts.first
    return shop_of(known.pk) if known and may_see(known.pk) else current_shop()


@dataclass(frozen=True, slots=True)
class Bubble(Shown):
    """A message as it would be sent. part: `1 of 2` where a long text is sent as several."""

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
        """Say how long the text is, and how long it may be."""
        if isinstance(self.said, Buttons):
            letters = len(self.text)
            return f"{self.size} bytes, {letters} of {MAX_BUTTON_TEXT} characters"
        return f"{self.size} of {MAX_TEXT_BYTES} bytes" if self.text else ""


@dataclass(frozen=True, slots=True)
class MarkedLoser:
    """A rule that does not answer, the reason, and the message with the rule's words marked."""

    rule: ResponseRule
    why: str
    pieces: Sequence[Piece] = ()


@dataclass(frozen=True, slots=True)
class Afterwards:
    """What is done to the conversation after the answers."""

    needs_person: bool
    pause_hours: float
    labels: Sequence[str]

    @property
    def label(self) -> str:
        return ", ".join(self.labels)


@dataclass(frozen=True, slots=True)
class TrialResult:
    """What would come of a trial.

    also: rules that answer other questions in the same message. losers: rules that match but do not
    answer, in order. others: rules that do not match.
    first_words: what the shop says first to a new customer; a comment gets them in its one message.
    """

    reason: str
    pieces: Sequence[Piece]
    winner: ResponseRule | None = None
    also: Sequence[ResponseRule] = ()
    answer: Answer | None = None
    bubbles: Sequence[Bubble] = ()
    public_reply: str = ""
    first_words: str = ""
    losers: Sequence[MarkedLoser] = ()
    others: Sequence[MarkedLoser] = ()

    @property
    def answers(self) -> bool:
        return self.answer is not None

    @property
    def afterwards(self) -> Afterwards | None:
        if self.answer is None:
            return None
        answers = self.answer.all()
        return Afterwards(
            any(answer.needs_person for answer in answers),
            max(answer.pause_hours for answer in answers),
            [answer.label for answer in answers if answer.label],
        )


def run_trial(trial: Trial, rules: Rules) -> TrialResult:
    """Try a message against these rules: the current ones, or as they would be with a change."""
    question = trial.question()
    decision, outcome = engine.consider(rules, question)
    outcome = spoken(outcome)  # as the worker treats what an engine returns
    answer = outcome if isinstance(outcome, Answer) else None
    first_words = ""
    if answer and question.past.is_new() and answer.opt_out != OptOut.STOP:
        first_words = question.shop.first_words(trial.name, trial.username)
    result = TrialResult(
        reason=answer.every_reason() if answer else outcome.reason,
        pieces=_mark(question.text, _list_answering(decision)),
        winner=decision.winner,
        also=[found.rule for found in decision.also],
        answer=answer,
        bubbles=list(_make_bubbles(answer)) if answer else [],
        first_words=first_words,
        losers=[_mark_loser(question.text, loser) for loser in decision.losers],
        others=_list_others(decision, rules),
    )
    is_comment = trial.trigger == Trigger.COMMENT
    return _fit_to_comment(result, answer) if answer and is_comment else result


def _make_bubbles(answer: Answer) -> Iterator[Bubble]:
    for content in (said for one in answer.all() for said in one.says):
        parts = messages(content)
        for number, part in enumerate(parts, 1):
            yield Bubble(part, f"{number} of {len(parts)}" if len(parts) > 1 else "")


def _fit_to_comment(result: TrialResult, answer: Answer) -> TrialResult:
    """Leave what a comment can get: one private text, and a public reply."""
    parts = composition.comment_parts(answer, result.first_words)
    texts = {kind: text for kind, text, _ in parts}
    private = texts.get(PRIVATE_REPLY)
    return replace(
        result,
        bubbles=[Bubble(Text(private))] if private else [],
        public_reply=texts.get(PUBLIC_REPLY, ""),
        first_words="",
    )


def _mark_loser(text: str, loser: Loser) -> MarkedLoser:
    pieces = _mark(text, [Found(loser.rule, loser.match)])
    has_marks = any(is_marked for _, is_marked in pieces)
    return MarkedLoser(loser.rule, loser.why, pieces if has_marks else ())


def _list_others(decision: Decision, rules: Rules) -> list[MarkedLoser]:
    matched = {loser.rule.pk for loser in decision.losers}
    matched |= {found.rule.pk for found in _list_answering(decision)}
    others = [rule for rule in rules.by_id.values() if rule.pk not in matched]
    others.sort(key=lambda rule: (rule.order, rule.pk))
    return [MarkedLoser(rule, NO_WORDS) for rule in others]


def _list_answering(decision: Decision) -> list[Found]:
    """Return the rules that answer, the winner first."""
    if decision.winner is None or decision.match is None:
        return []
    return [Found(decision.winner, decision.match), *decision.also]


def _mark(text: str, answering: Sequence[Found]) -> list[Piece]:
    """Cut a message into pieces with and without words of the rules."""
    pieces, done = [], 0
    for start, end in sorted(
        span for rule, match in answering for span in spans(text, make_listener(rule), match)
    ):
        pieces += [(text[done:start], False), (text[start:end], True)]
        done = end
    return [piece for piece in [*pieces, (text[done:], False)] if piece[0]]
