"""Whether anything was found that no webhook told of."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from django.utils import timezone

from backoffice.ages import clock
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


def check_missed() -> Iterator[Finding]:
    """Say when threads were last compared with what is stored, and what came of it."""
    minutes = tuning.get("missed_minutes")
    if not minutes:
        yield ok("Missed messages are not looked for: missed_minutes is 0.")
        return
    rows = MissedLook.objects.in_bulk()
    for subject in subjects():
        yield _check(subject, rows.get(subject.account.pk), timedelta(minutes=minutes))


def _check(subject: Subject, row: MissedLook | None, every: timedelta) -> Finding:
    now = timezone.now()
    if row is None:
        return ok(subject.say("Nobody has looked yet: a worker does so within the hour."))
    if row.problem and row.failed_at:
        since = clock(row.failed_at, now)
        says = subject.say(f"Threads could not be read since {since}, so nothing missed is found.")
        return wrong(says, row.problem)
    last = _say_last(row, now)
    if now - row.looked_at > every + OVERDUE:
        return warning(subject.say(f"{last} That is overdue."), "See the line Worker.")
    if found := row.found_since(now - DAY):
        what = "1 message" if found == 1 else f"{found:,} messages"
        says = f"{last} Found {what} in the last day that no webhook had told of."
        return warning(subject.say(says), GONE)
    return ok(subject.say(f"{last} Found nothing in the last day."))


def _say_last(row: MissedLook, now: datetime) -> str:
    if row.looked_at == row.began_at:
        return f"Watched since {clock(row.began_at, now)}, and not looked at yet."
    return f"Last looked at {clock(row.looked_at, now)}."
