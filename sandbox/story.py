"""What instabot did with a message, read from its tables.

No other file of the sandbox knows the product's models, and none writes to its tables.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Prefetch
from django.urls import NoReverseMatch, reverse

from conversations.models import Attempt, Conversation, Message, Origin, State, Verdict

UNFINISHED_STATES = (State.QUEUED, State.SENDING)
TONES = {
    Verdict.ANSWERED: "good",
    Verdict.TOGETHER: "good",
    Verdict.UNDECIDED: "wait",
    Verdict.FAILED: "bad",
}


@dataclass(frozen=True, slots=True)
class Moment:
    """One line of the log. at: None until it has happened. tone: good, note, wait or bad."""

    at: datetime | None
    text: str
    tone: str = "good"
    link: str = ""


@dataclass(frozen=True, slots=True)
class Story:
    """What became of one message of a customer so far. settled: nothing more will happen."""

    moments: tuple[Moment, ...]
    answers: tuple[str, ...]
    settled: bool


def tell(mids: Iterable[str]) -> dict[str, Story]:
    """Return the story of each of these customer messages that instabot knows, by mid."""
    attempts = Prefetch("attempts", Attempt.objects.order_by("pk"))
    answers = Message.objects.filter(origin=Origin.BOT).order_by("position")
    rows = Message.objects.filter(mid__in=list(mids), origin=Origin.CUSTOMER).prefetch_related(
        Prefetch("answers", answers.prefetch_related(attempts))
    )
    return {row.mid or "": _make_story(row) for row in rows}


def conversation_link(igsid: str) -> str:
    """Return the URL of this customer's conversation in the admin; empty if there is none yet."""
    pk = Conversation.objects.filter(customer_id=igsid).values_list("pk", flat=True).first()
    return _make_admin_url("conversations_conversation_change", pk) if pk else ""


def rules_link() -> str:
    return _make_admin_url("rules_responserule_changelist")


def _make_admin_url(name: str, pk: int | None = None) -> str:
    try:
        return reverse(f"admin:{name}", args=[pk] if pk else [])
    except NoReverseMatch:
        return ""


def _make_story(row: Message) -> Story:
    answers = list(row.answers.all())
    moments = [
        Moment(row.created_at, f"Stored as message {row.pk}"),
        *_describe_verdict(row, answers),
    ]
    for answer in answers:
        moments.extend(_describe_sending(answer))
    moving = row.verdict == Verdict.UNDECIDED or any(a.state in UNFINISHED_STATES for a in answers)
    return Story(tuple(moments), tuple(a.mid for a in answers if a.mid), not moving)


def _describe_verdict(row: Message, answers: list[Message]) -> Iterator[Moment]:
    """Tell how long it waited, and which rule answered or why none did."""
    if row.decided_at is None:
        yield Moment(None, "Waiting to be decided", "wait")
        return
    if row.verdict != Verdict.KEPT:  # messages that are only kept never wait
        yield Moment(row.decided_at, f"Waited {_show_length(row.decided_at - row.created_at)}")
    reason = row.reason.removesuffix(".")
    if row.verdict in (Verdict.ANSWERED, Verdict.FALLBACK):
        rule = next((answer.rule for answer in answers if answer.rule), None)
        link = _make_admin_url("rules_responserule_change", rule) if rule else ""
        yield Moment(row.decided_at, f"Rule: {reason}", "good", link)
    else:
        label = Verdict(row.verdict).label
        text = f"{label}: {reason}" if reason != label else label
        yield Moment(row.decided_at, text, TONES.get(Verdict(row.verdict), "note"))


def _describe_sending(answer: Message) -> Iterator[Moment]:
    for attempt in answer.attempts.all():
        yield _describe_attempt(attempt)
    if answer.state in (State.FAILED, State.CANCELLED, State.UNKNOWN):
        error = f": {answer.error.removesuffix('.')}" if answer.error else ""
        bad = "note" if answer.state == State.CANCELLED else "bad"
        yield Moment(None, f"{answer.get_state_display()}{error}", bad)
    elif answer.state in UNFINISHED_STATES:
        yield Moment(None, answer.get_state_display(), "wait")


def _describe_attempt(attempt: Attempt) -> Moment:
    if attempt.milliseconds is None:
        return Moment(attempt.started_at, "Calling the Send API", "wait")
    status = attempt.http_status or attempt.outcome
    text = f"Sent by the Send API: {status} in {attempt.milliseconds} ms"
    if attempt.outcome == "Sent":
        return Moment(attempt.started_at, text)
    code = f", code {attempt.code}" if attempt.code else ""
    return Moment(attempt.started_at, f"Send API: {status}{code}", "bad")


def _show_length(length: timedelta) -> str:
    seconds = length.total_seconds()
    return f"{seconds:.1f} s" if seconds >= 1 else f"{max(round(seconds * 1000), 0)} ms"
