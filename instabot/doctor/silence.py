"""Whether less comes than by the week's pattern, and what Instagram says of it."""

from collections.abc import Iterator
from datetime import datetime

from django.utils import timezone

from backoffice.ages import clock, time_since
from conversations.silence.quiet import customers
from conversations.silence.watch import Observation, observe
from instabot.doctor.findings import Finding, ok, warning, wrong

LEARNING = "How often customers write is learned from the first seven days with messages."


def check_silence() -> Iterator[Finding]:
    """Say when the last message came, and how many customers usually write in such a time."""
    now = timezone.now()
    seen = list(observe(now))
    for one in seen:
        yield _judge(one, now, "" if len(seen) == 1 else f"{one.account}: ")


def _judge(seen: Observation, now: datetime, name: str) -> Finding:
    last = name + _say_last(seen, now)
    if seen.silence is None:
        return ok(f"{last} {LEARNING}")
    quiet = seen.quiet()
    if quiet is None:
        expected = customers(seen.silence.expected)
        says = f"By the week's pattern, {expected} would have begun to write since: normal."
        return ok(f"{last} {says}")
    if quiet.rings:
        return wrong(quiet.says, quiet.next)
    return warning(quiet.says, quiet.next) if quiet.next else ok(quiet.says)


def _say_last(seen: Observation, now: datetime) -> str:
    if seen.heard_at is None:
        return "No message has come yet."
    last = f"The last message came {time_since(now - seen.heard_at)}."
    if seen.silence is not None and seen.silence.since > seen.heard_at:
        return f"{last} It is watched since {clock(seen.silence.since, now)}."
    return last
