"""What a change of the rules would have done to what customers wrote lately.

Each message is decided for itself, by the function that the worker runs.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from django.db.models import Exists, OuterRef

from conversations.answering import questions
from conversations.display import names
from conversations.engine import Imagined, Question
from conversations.models import Message, Origin, Verdict
from rules.engine.decision import Rules, decide, listener
from rules.matching import Matcher, MatchMode
from rules.models import ResponseRule
from shop.current import ShopNow

SPAN = timedelta(days=30)
MOST = 5000  # questions that are looked at, the newest
SCANNED = 4 * MOST  # rows among which they are sought, however long the table is
UNSAVED = 2**62  # the id of a rule that is not saved yet: the youngest

# What was put before the rules; the rest was left to a person or another app, or came too late.
ASKED = (Verdict.ANSWERED, Verdict.TOGETHER, Verdict.FALLBACK, Verdict.NO_ANSWER)
NEEDED = (
    "conversation", "kind", "text", "payload", "at", "unsent_at", "conversation__customer_id",
    "conversation__name", "conversation__username", "conversation__referral_ref",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Lately:
    """Customers' questions, newest first. cut: there were more than are looked at."""

    messages: Sequence[Message]
    cut: bool = False

    @property
    def texts(self) -> list[str]:
        return [message.text for message in self.messages]


def lately(now: datetime, most: int = MOST) -> Lately:
    """Read the last 30 days' questions: at most `most`, among the newest rows by primary key."""
    by_age = Message.objects.order_by("-pk")
    floor, reached = by_age.values_list("pk", "at")[SCANNED : SCANNED + 1].first() or (
        0,
        now - SPAN,
    )
    asked = by_age.filter(
        pk__gt=floor, origin=Origin.CUSTOMER, verdict__in=ASKED, unsent_at=None, at__gte=now - SPAN
    )
    # Served by the index message_thread.
    before = Message.objects.filter(conversation=OuterRef("conversation"), at__lt=OuterRef("at"))
    written_to = Exists(before.exclude(origin=Origin.CUSTOMER).said())
    rows = asked.annotate(written_to=written_to).select_related("conversation").only(*NEEDED)
    found = list(rows[: most + 1])
    return Lately(found[:most], cut=len(found) > most or reached > now - SPAN)


@dataclass(frozen=True, slots=True)
class Change:
    """A message that another rule would have answered, or none; None: nobody answered."""

    message: Message
    before: ResponseRule | None
    after: ResponseRule | None


@dataclass(frozen=True, slots=True)
class Example:
    """What several customers wrote, the newest of the changes, and how many there are."""

    excerpt: str
    change: Change
    times: int


@dataclass(slots=True)
class Replay:
    """What a change does: how often the changed rule answers, and which messages it is about.

    gained: what nobody or only the fallback answered; lost: the contrary; swapped: the rest.
    """

    before: int = 0
    after: int = 0
    gained: list[Change] = field(default_factory=list)
    lost: list[Change] = field(default_factory=list)
    swapped: list[Change] = field(default_factory=list)


def with_change(rules: Iterable[ResponseRule], changed: ResponseRule) -> list[ResponseRule]:
    """Return the active rules as they would be with this one as it is now."""
    others = [rule for rule in rules if rule.pk != changed.pk]
    return [*others, changed] if changed.active else others


def replay(
    before: Rules, after: Rules, changed: int, messages: Iterable[Message], shop: ShopNow
) -> Replay:
    """Decide the messages by both; `changed` is the id of the one rule that is not the same."""
    found = Replay()
    touched = _touched(before, after, changed)
    for message in messages:
        question = _question(message)
        if not touched(question):
            continue
        change = Change(
            message,
            decide(before, question, shop).winner,
            decide(after, question, shop).winner,
        )
        _count(found, change, changed)
    return found


def examples(changes: Iterable[Change], most: int) -> list[Example]:
    """Return what was written most often among these, equal texts together."""
    alike: dict[tuple[str, ResponseRule | None, ResponseRule | None], list[Change]] = {}
    for one in changes:
        key = (names.excerpt(one.message), one.before, one.after)
        alike.setdefault(key, []).append(one)
    found = [Example(key[0], ones[0], len(ones)) for key, ones in alike.items()]
    return sorted(found, key=lambda one: -one.times)[:most]


def _question(message: Message) -> Question:
    """What the customer got before is not replayed, but whether they were written to is known."""
    question = questions.question(message.conversation, message)
    written_to: bool = getattr(message, "written_to", False)
    return replace(question, past=Imagined(new=not written_to))


def _touched(before: Rules, after: Rules, changed: int) -> Callable[[Question], bool]:
    """Return what tells for which questions the change may matter: those it listens for.

    Where any rule forgives typos it is all of them: what one rule lists is no typo to another.
    """
    rules = [*before.by_id.values(), *after.by_id.values()]
    if any(rule.typos for rule in rules):
        return lambda _: True
    both = [listener(rule) for rule in rules if rule.pk == changed]
    matcher = Matcher(replace(one, rule=number) for number, one in enumerate(both))
    return lambda question: bool(matcher.find(question.text) or matcher.find(question.payload))


def _count(found: Replay, change: Change, changed: int) -> None:
    before, after = change.before, change.after
    found.before += before is not None and before.pk == changed
    found.after += after is not None and after.pk == changed
    if before == after:
        return
    worth = _worth(after) - _worth(before)
    kind = found.gained if worth > 0 else found.lost if worth < 0 else found.swapped
    kind.append(change)


def _worth(rule: ResponseRule | None) -> int:
    """A fallback is better than nothing, and a rule is better than a fallback."""
    if rule is None:
        return 0
    return 1 if rule.match == MatchMode.FALLBACK else 2
