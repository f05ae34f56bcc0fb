"""Whether anything was found that no webhook told of."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from django.utils import timezone

from backoffice.ages import clock
from backoffice.counts import counted
from conversations.models import MissedLook
from instabot.doctor.findings import Finding, ok, warning, wrong
from instabot.doctor.subjects import Subject, subjects
from shop import tuning

DAY = timedelta(days=1)
OVERDUE = timedelta(hours=1)  # beyond the time at which a look was due
GONE = (
    "Meta may have dropped the subscription, or its webhooks did not get through: see the lines"
    " Webhooks and Webhook fields. The messages stand under Late messages, or in their threads."
)
PAUSED = "See the line Sending. It goes on by itself after the pause."
BLIND = (
    "A message that a webhook brought must be seen in its thread first, under the same id. Write to"
    " the account from another one. If the line is still here two hours later, write an issue."
)
UNREAD = "What was missed there is not found. Open them in the Instagram app."


def check_missed() -> Iterator[Finding]:
    """Say when threads were last compared with what is stored, and what came of it."""
    minutes = tuning.get("missed_minutes")
    if not minutes:
        yield ok("Missed messages are not looked for: missed_minutes is 0.")
        return
    rows = MissedLook.objects.in_bulk()
    for subject in subjects():
        row = rows.get(subject.account.pk)
        yield _check(subject, row, timedelta(minutes=minutes))
        if row is not None and row.comments_problem and row.comments_failed_at:
            since = clock(row.comments_failed_at, timezone.now())
            says = f"Comments could not be read since {since}, so no missed comment is found."
            yield wrong(subject.say(says), row.comments_problem)


def _check(subject: Subject, row: MissedLook | None, every: timedelta) -> Finding:
    now = timezone.now()
    if row is None:
        return ok(subject.say("Nobody has looked yet: a worker does so within the hour."))
    if row.problem and row.failed_at:
        since = clock(row.failed_at, now)
        says = subject.say(f"Threads could not be read since {since}, so nothing missed is found.")
        return wrong(says, row.problem)
    last = _say_last(row, now)
    if subject.account.is_paused(now):
        return warning(subject.say(f"{last} Nobody looks while the account is paused."), PAUSED)
    if row.recognised_at is None:
        return _say_blind(subject, row, last, now - every - OVERDUE)
    if now - row.looked_at > every + OVERDUE:
        return warning(subject.say(f"{last} That is overdue."), "See the line Worker.")
    return _say_finds(subject, row, last, now)


def _say_blind(subject: Subject, row: MissedLook, last: str, long_ago: datetime) -> Finding:
    says = subject.say(f"{last} The check starts once a customer has written.")
    return warning(says, BLIND) if row.began_at < long_ago else ok(says)


def _say_finds(subject: Subject, row: MissedLook, last: str, now: datetime) -> Finding:
    left_out = _say_left_out(row.left_out)
    if found := row.found_since(now - DAY):
        these = f"{counted(found, 'message')} in the last day that no webhook had told of"
        return warning(subject.say(f"{last} Found {these}.{left_out}"), GONE)
    says = subject.say(f"{last} Found nothing in the last day.{left_out}")
    return warning(says, UNREAD) if left_out else ok(says)


def _say_left_out(count: int) -> str:
    if not count:
        return ""
    return f" Instagram did not show {counted(count, 'conversation')}."


def _say_last(row: MissedLook, now: datetime) -> str:
    if row.looked_at == row.began_at:
        return f"Watched since {clock(row.began_at, now)}, and not looked at yet."
    return f"Last looked at {clock(row.looked_at, now)}."
