"""How an account is connected, in words: by what, for how long, and what goes wrong with it."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils import timezone

from backoffice.ages import clock, day
from backoffice.counts import counted
from conversations.account import authorization, renewal
from conversations.models import Account, HistoryImport, MissedLook
from conversations.silence.watch import observe
from instagram.kinds import Kind
from shop import tuning

DAY = timedelta(days=1)
BLIND = "Missed messages: the check starts once a customer has written."


@dataclass(frozen=True, slots=True)
class Line:
    """A sentence. tone: warn or bad, where it is no good news."""

    text: str
    tone: str = ""


@dataclass(frozen=True, slots=True)
class History:
    """How far the import of an account's history is, in a sentence."""

    says: str
    is_over: bool
    tone: str = ""


def describe_history(account: Account) -> History | None:
    """Return what came of the import of an account's history; None: nobody wanted it."""
    row = HistoryImport.objects.filter(pk=account.pk).first()
    if row is None:
        return None
    these = f"{counted(row.messages, 'message')} from {counted(row.threads, 'conversation')}"
    if row.is_over:
        nothing = "Done. There were no earlier messages to import."
        return History(f"Done: {these} imported." if row.messages else nothing, is_over=True)
    if row.problem:
        return History(f"{row.problem} {these} so far; it goes on by itself.", False, "bad")
    if not account.active:
        return History(f"Stopped while the account is disconnected: {these} so far.", False, "warn")
    if not row.threads:
        return History("Waiting for the worker …", is_over=False)
    return History(f"Importing: {these} so far …", is_over=False)


def describe_look(account: Account, now: datetime) -> Iterator[Line]:
    """Say when somebody last looked for missed messages, and what was found in the last day."""
    row = MissedLook.objects.filter(pk=account.pk).first()
    if row is None or not account.active:
        return
    if not tuning.get("missed_minutes"):
        yield Line("Missed messages: not looked for. Settings, Look for missed messages every.")
        return
    if row.recognised_at is None:
        yield Line(BLIND)
    elif row.looked_at > row.began_at:
        yield _about_finds(row, now)
    if row.problem and row.failed_at:
        since = clock(row.failed_at, now)
        yield Line(f"Could not look for missed messages since {since}: {row.problem}", "bad")
    if row.comments_problem and row.comments_failed_at:
        since = clock(row.comments_failed_at, now)
        yield Line(
            f"Could not look for missed comments since {since}: {row.comments_problem}", "bad"
        )


def _about_finds(row: MissedLook, now: datetime) -> Line:
    found = row.found_since(now - DAY)
    says = f"found {found:,} in the last 24 hours" if found else "none found in the last 24 hours"
    if row.left_out:
        says += f"; Instagram did not show {counted(row.left_out, 'conversation')}"
    at = clock(row.looked_at, now)
    return Line(
        f"Missed messages: last looked at {at}, {says}.", "warn" if found or row.left_out else ""
    )


def describe_silence(account: Account, now: datetime) -> Iterator[Line]:
    """Say that less comes than usual, and what Instagram says of it."""
    for seen in observe(now, account.pk):
        if quiet := seen.quiet():
            yield Line(f"{quiet.says} {quiet.next}".strip(), "bad" if quiet.rings else "warn")


def title(account: Account) -> str:
    if account.disconnected_at:
        return "Disconnected"
    if not account.token:
        return "Not connected yet"
    return f"Connected by {account.get_login_display()}"


def describe(account: Account, now: datetime) -> list[Line]:
    """Return what there is to say of an account's token."""
    if account.disconnected_at:
        since = clock(account.disconnected_at, now)
        return [Line(f"Since {since}. What customers write is kept; nothing is sent.", "warn")]
    if not account.token:
        return []
    return [
        *_of_token(account, now),
        *describe_look(account, now),
        *describe_silence(account, now),
    ]


def _of_token(account: Account, now: datetime) -> Iterator[Line]:
    yield _about_end(account, now)
    if account.login == Kind.INSTAGRAM:
        yield Line("instabot renews the token every week.")
    else:
        yield Line(_say_not_renewed())
    if account.renewal_problem and account.renewal_failed_at:
        since = clock(account.renewal_failed_at, now)
        again = clock(account.renewal_at, now) if account.renewal_at else "soon"
        said = f"{_say_failed(account)} since {since}: {account.renewal_problem}"
        yield Line(f"{said} Next try: {again}.", "bad")


def _say_failed(account: Account) -> str:
    if renewal.is_refused(account):
        return "Meta refuses it"
    if account.login == Kind.INSTAGRAM:
        return "It could not be renewed"
    return "Meta did not say how long it lasts"


def _say_not_renewed() -> str:
    says = "Meta does not renew such tokens."
    if authorization.make_login().facebook.is_known:  # without the app Meta does not tell
        says += " instabot asks once a day how long it lasts."
    return says


def _about_end(account: Account, now: datetime) -> Line:
    ending, days = renewal.warn(account, now), renewal.days_left(account, now)
    if account.token_ends_at is None or days is None:
        return Line("Meta has not said that the token ends.")
    if ending is None:
        return Line(f"The token ends in {days} days, on {_day(account.token_ends_at)}.")
    return Line(say_end(ending), "bad" if ending.level <= renewal.URGENT_DAYS else "warn")


def say_end(ending: renewal.Ending) -> str:
    """Say when a token ends, or that it has ended."""
    on = _day(ending.ends_at)
    if ending.is_over:
        return f"The token ended on {on}."
    if ending.days == 0:
        return f"The token ends within a day, on {on}."
    return f"The token ends in {counted(ending.days, 'day')}, on {on}."


def _day(moment: datetime) -> str:
    return day(timezone.localtime(moment))
