"""What comes to the door: webhooks that are refused, not ours, or cannot be read."""

import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Sum
from django.urls import reverse

from conversations.inbox import NO_ACCOUNT
from incidents.models import Incident
from incidents.troubles import STRANGERS, Level, Trouble
from webhooks.models import Knock, WebhookEvent

SIGNATURES, EVENTS = "signatures", "events"
Kind = Knock.Kind

REFUSED_WITHIN = timedelta(hours=1)
# Meta repeats what we refuse, ever more rarely: an hour without is not yet the end of it.
STILL_WITHIN = timedelta(days=1)
MANY_OTHERS = 2  # without a secret that anybody here has: one may be anybody's
NEWEST = 50  # events that are looked at
LATELY = timedelta(hours=1)
MANY_STRANGERS = 3
FAILED_WITHIN = timedelta(minutes=15)
MANY_FAILED = 3

# What fitted, the surest sign of a wrong setting first, and what to do then.
FITTED = {
    Kind.SECRET_UNSET: "instabot has no app secret, so it refuses every webhook",
    Kind.SIGNED_OTHER: "they are signed with the value of {fits}",
    Kind.BODY_CHANGED: "something on the way has written their bodies anew",
    Kind.OLD_SIGNATURE: "something on the way has taken X-Hub-Signature-256 away",
    Kind.SIGNED_WRONG: "none of our app secrets fits",
    Kind.UNSIGNED: "they name {fits}, and came without a signature",
}
COPY = (
    "Copy the app secret again: App settings > Basic into FACEBOOK_APP_SECRET, or with Instagram"
    " Login the Instagram app secret into INSTAGRAM_APP_SECRET. Then restart web and worker."
)
PROXY = "Have the proxy or firewall before instabot pass on body and headers unchanged."
NEXT_STEPS = {Kind.BODY_CHANGED: PROXY, Kind.OLD_SIGNATURE: PROXY, Kind.UNSIGNED: PROXY}
MAY_BE_ANYBODYS = (Kind.SIGNED_WRONG, Kind.UNSIGNED)


def find_refused(now: datetime) -> Iterator[Trouble]:
    """Webhooks refused by their signature, and none taken since.

    Once told it goes on until one is taken, or for a day after the last that was refused. The date
    is the first moment that is known of: of an hour there is the last one alone.
    """
    is_open = Incident.objects.open().filter(kind=SIGNATURES).exists()
    rows = _refused(now - (STILL_WITHIN if is_open else REFUSED_WITHIN))
    newest = WebhookEvent.objects.last_received() if rows else None
    # Those before it were somebody else's, or are mended: Meta's arrived.
    rows = [row for row in rows if newest is None or row["last_at"] > newest]
    if not rows or (
        rows[0]["kind"] in MAY_BE_ANYBODYS and sum(row["many"] for row in rows) < MANY_OTHERS
    ):
        return
    kind = Kind(rows[0]["kind"])
    yield Trouble(
        SIGNATURES, "Webhooks are refused: their signature is wrong",
        f"{_count(rows, newest)}: {FITTED[kind].format(fits=rows[0]['fits'])}."
        " We do not hear what customers write.",
        NEXT_STEPS.get(kind, COPY),
        link=_doctor(),
        since=min(row["last_at"] for row in rows),
    )  # fmt: skip


def _count(rows: list[dict[str, Any]], newest: datetime | None) -> str:
    """Say how many were refused since the newest that was taken, as far as that is known.

    Of the hour in which that one came, only the last is surely later.
    """
    many = sum(row["many"] if newest is None or row["hour"] >= newest else 1 for row in rows)
    return f"At least {many:,} refused {'after the last one taken' if newest else 'and none taken'}"


def _refused(since: datetime) -> list[dict[str, Any]]:
    """Return what was refused since then, the surest sign of a wrong setting first."""
    found = Knock.objects.filter(kind__in=FITTED, last_at__gt=since)
    found = found.exclude(kind=Kind.UNSIGNED, fits="")  # anybody's, who tries the door
    rows = found.values("kind", "fits", "hour", "last_at", many=Sum("count")).order_by("last_at")
    order = list(FITTED)
    return sorted(map(dict, rows), key=lambda row: order.index(Kind(row["kind"])))


def find_strangers(now: datetime) -> Iterator[Trouble]:
    """Webhooks that name an account that is not ours: all of them, or many."""
    read = [(at, outcomes) for at, outcomes in _newest(now) if outcomes]
    nobodys = [(at, outcomes) for at, outcomes in read if _is_nobodys(outcomes)]
    are_all = bool(nobodys) and len(nobodys) == len(read)
    if not are_all and len(nobodys) < MANY_STRANGERS:
        return
    named = sorted({name for _, outcomes in nobodys for name in _names(outcomes)})
    which = f" ({', '.join(named[:3])})" if named else ""
    count = f"{len(nobodys)} of the last {len(read)}" if len(read) > 1 else "The last one"
    yield Trouble(
        STRANGERS, "Webhooks come for an account that is not connected",
        f"{count} within an hour named an account that is not ours{which}: nobody there is"
        " answered.",
        "If the account is yours, connect it, or correct INSTAGRAM_ACCOUNT_ID; then have the events"
        " read again. If it is not, unsubscribe it from this app in Meta's dashboard.",
        link=f"{_events()}?item=no+account",
        since=min(at for at, _ in nobodys),
        level=Level.URGENT if are_all else Level.SOON,
    )  # fmt: skip


def find_failed(now: datetime) -> Iterator[Trouble]:
    """Events that could not be read: several within a quarter of an hour."""
    failed = WebhookEvent.objects.filter(state=WebhookEvent.State.FAILED).order_by("-pk")
    times = [at for at in failed.values_list("processed_at", flat=True)[:NEWEST] if at]
    lately = [at for at in times if now - at < FAILED_WITHIN]
    if len(lately) >= MANY_FAILED:
        many = f"{len(lately)}{'+' if len(lately) == NEWEST else ''}"
        yield Trouble(
            EVENTS, "Webhook events cannot be read",
            f"{many} failed within a quarter of an hour. They are kept.",
            "Open them and see why. Once that is mended, have them read again.",
            link=f"{_events()}?state__exact=failed", since=min(lately),
        )  # fmt: skip


def _newest(now: datetime) -> list[tuple[datetime, Any]]:
    rows = WebhookEvent.objects.order_by("-pk").values_list("received_at", "outcomes")[:NEWEST]
    return [(at, outcomes) for at, outcomes in rows if at > now - LATELY]


def _is_nobodys(outcomes: Any) -> bool:
    return all(one.get("outcome") == NO_ACCOUNT for one in outcomes)


def _names(outcomes: Any) -> Iterator[str]:
    for one in outcomes:
        if named := re.search(r"\('(\w+)'\)", str(one.get("reason", ""))):
            yield named[1]


def _doctor() -> str:
    return reverse("doctor")


def _events() -> str:
    return reverse("admin:webhooks_webhookevent_changelist")
