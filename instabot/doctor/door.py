"""What came to the webhook: attempts to verify it, what was refused, and what was taken."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db.models import Max, Sum
from django.urls import reverse
from django.utils import timezone

from backoffice import ages
from backoffice.counts import counted
from conversations.inbox import NO_ACCOUNT
from conversations.models import Account, AccountDay, SilenceWatch
from instabot.doctor.address import WEBHOOK_PATH, our_address
from instabot.doctor.findings import Finding, State, ok, warning, wrong
from webhooks.models import Knock, WebhookEvent

DAY = timedelta(days=1)
NEWEST = 50  # events from which it is told how often they come
MUCH_LONGER = 10  # than usual
FORTNIGHT = timedelta(days=14)
MANY_STRANGERS = 3  # webhooks for an account that is not ours, among others that are
Kind = Knock.Kind

AGAIN = "Then press “Verify and save” in Meta's dashboard, under Webhooks."
NEXT_OF_TOKEN = {
    Kind.TOKEN_UNSET: f"Set FACEBOOK_VERIFY_TOKEN to a text of your own, and restart. {AGAIN}",
    Kind.TOKEN_MISSING: f"Enter the value of FACEBOOK_VERIFY_TOKEN as verify token. {AGAIN}",
    Kind.TOKEN_NEAR: f"Type it exactly as FACEBOOK_VERIFY_TOKEN has it. {AGAIN}",
    Kind.TOKEN_OTHER: f"Enter the value of FACEBOOK_VERIFY_TOKEN instead. {AGAIN}",
    Kind.TOKEN_WRONG: f"Copy FACEBOOK_VERIFY_TOKEN into Meta's dashboard once more. {AGAIN}",
    Kind.BAD_CHALLENGE: "Have the proxy pass on Meta's request unchanged.",
}
DIFFERED = {
    Kind.TOKEN_UNSET: "instabot has no verify token",
    Kind.TOKEN_MISSING: "no verify token came",
    Kind.TOKEN_NEAR: "the token differed in spaces, quotes or capital letters",
    Kind.TOKEN_OTHER: "the token was the value of {fits}",
    Kind.TOKEN_WRONG: "the token was another one",
    Kind.BAD_CHALLENGE: "the token was right, but the challenge was broken",
}
COPY_AGAIN = (
    "Copy the secret of this app again, in Meta's dashboard: App settings > Basic (with Instagram"
    " Login: Instagram > API setup, the Instagram app secret). Set FACEBOOK_APP_SECRET, or"
    " INSTAGRAM_APP_SECRET, and restart."
)
NEXT_OF_SIGNATURE = {
    Kind.SECRET_UNSET: COPY_AGAIN,
    Kind.SIGNED_OTHER: f"A value stands in the wrong place. {COPY_AGAIN}",
    Kind.BODY_CHANGED: "Let the proxy pass on the body byte for byte, without reading it as JSON.",
    Kind.OLD_SIGNATURE: "Let the proxy pass on the header X-Hub-Signature-256.",
    Kind.SIGNED_WRONG: COPY_AGAIN,
    Kind.UNSIGNED: "If these are Meta's, a proxy takes away the header X-Hub-Signature-256.",
}
# The most telling first: of several one is said.
FITTED = {
    Kind.SECRET_UNSET: "instabot has no app secret",
    Kind.SIGNED_OTHER: "they were signed with the value of {fits}",
    Kind.BODY_CHANGED: "their body was written anew on the way",
    Kind.OLD_SIGNATURE: "their new signature was taken away on the way, the older one fits",
    Kind.SIGNED_WRONG: "none of our secrets fits",
    Kind.UNSIGNED: "they had no signature",
}
WRITE_IN_SANDBOX = "Open the sandbox and write something as a customer."
WRITE_FROM_OUTSIDE = (
    "Write to the account from another phone. If nothing comes, see the lines from Public address"
    " to Webhook fields; the app must be live."
)
UNSUBSCRIBED = (
    "Write to the account from another phone. If nothing comes, Meta may have unsubscribed the app"
    " after failures: run `manage.py doctor --fix`, and see Meta's dashboard."
)


def _events() -> str:
    return reverse("admin:webhooks_webhookevent_changelist")


def check_verification() -> Iterator[Finding]:
    """What became of the attempts to verify the address."""
    if not settings.FACEBOOK_VERIFY_TOKEN:
        yield wrong("instabot has no verify token.", NEXT_OF_TOKEN[Kind.TOKEN_UNSET])
        return
    verified = Knock.objects.filter(kind=Kind.VERIFIED).aggregate(at=Max("last_at"))["at"]
    refused = Knock.objects.filter(kind__in=DIFFERED).order_by("-last_at").first()
    newest = _newest_event()
    if refused and (verified is None or verified < refused.last_at):
        kind = Kind(refused.kind)
        differed = DIFFERED[kind].format(fits=refused.fits)
        says = f"An attempt to verify the webhook was refused {_ago(refused.last_at)}: {differed}."
        is_well = verified or (newest and newest > refused.last_at)
        yield (warning if is_well else wrong)(says, NEXT_OF_TOKEN[kind])
    elif verified:
        yield ok(f"The webhook was verified {_ago(verified)}.")
    elif newest:
        yield ok("Webhooks arrive, so the address was verified some time ago.")
    elif settings.SANDBOX:
        yield ok("The sandbox asks for no verification.")
    else:
        callback = f"{our_address() or 'https://…'}{WEBHOOK_PATH}"
        yield warning(
            "Nobody has verified the webhook yet.",
            f"In Meta's dashboard, under Webhooks, enter {callback} and the value of"
            " FACEBOOK_VERIFY_TOKEN, and press “Verify and save”.",
        )


def check_signatures() -> Iterator[Finding]:
    """How many webhooks were refused in the last day, and what would have fitted."""
    if not settings.WEBHOOK_SECRETS:
        yield wrong("instabot has no app secret: it refuses every webhook.", COPY_AGAIN)
        return
    refused = Knock.objects.filter(kind__in=FITTED, last_at__gt=timezone.now() - DAY)
    rows = list(
        refused.values("kind", "fits").annotate(many=Sum("count"), at=Max("last_at")).order_by()
    )
    if not rows:
        yield ok("No webhook was refused in the last day.")
        return
    newest, order = _newest_event(), [str(kind) for kind in FITTED]
    worst = min(rows, key=lambda row: order.index(row["kind"]))
    signed = [row for row in rows if row["kind"] != Kind.UNSIGNED]
    kind, many = Kind(worst["kind"]), sum(row["many"] for row in signed or rows)
    fitted = FITTED[kind].format(fits=worst["fits"])
    webhooks = counted(many, "webhook was", "webhooks were")
    says = f"{webhooks} refused in the last day: {fitted}."
    taken_since = newest is not None and newest > max(row["at"] for row in signed or rows)
    if not signed and newest and newest > timezone.now() - DAY:
        yield ok(f"{says[:-1]}. Meta's arrive: these were somebody else's.")
    elif not signed or taken_since:
        yield warning(says, NEXT_OF_SIGNATURE[kind], _events())
    else:
        yield wrong(says, NEXT_OF_SIGNATURE[kind], _events())


def check_webhooks() -> Iterator[Finding]:
    """Whether Meta still tells us what happens, and whether it is ours and can be read."""
    now = timezone.now()
    newest = list(
        WebhookEvent.objects.order_by("-pk").values_list("received_at", "outcomes")[:NEWEST]
    )
    if not newest:
        yield warning(
            "No webhook has come yet.",
            WRITE_IN_SANDBOX if settings.SANDBOX else WRITE_FROM_OUTSIDE,
        )
        return
    silence = _judge_silence(now, [at for at, _ in newest])
    yield silence
    if silence.state == State.OK:
        yield from _judge_quiet_accounts(now)
    yield from _judge_strangers([outcomes for _, outcomes in newest if outcomes])
    failed = WebhookEvent.objects.filter(state=WebhookEvent.State.FAILED).count()
    if failed:
        yield warning(
            f"{counted(failed, 'event')} could not be read.",
            "Open them, see why, and have them read again.",
            f"{_events()}?state__exact=failed",
        )


def _judge_strangers(read: list[Any]) -> Iterator[Finding]:
    """Tell of webhooks for an account that is not ours; read: what became of the newest."""
    nobodys = sum(_is_nobodys(outcomes) for outcomes in read)
    if read and nobodys == len(read):
        yield wrong(
            "The last webhooks were all for an account that is not ours.",
            "Compare the account's ID (the line Account ID) with the one in an event.",
            _events(),
        )
    elif nobodys >= MANY_STRANGERS:
        yield warning(
            f"{nobodys} of the last {len(read)} webhooks were for an account that is not ours.",
            "If it is yours, connect it, or compare its ID with the line Account ID. If it is not,"
            " unsubscribe it from this app in Meta's dashboard.",
            _events(),
        )


def _judge_silence(now: datetime, newest: list[datetime]) -> Finding:
    """A silence is long where it is longer than a day and than what is usual here."""
    silent = now - newest[0]
    usual = (newest[0] - newest[-1]) / max(len(newest) - 1, 1)
    says = f"The last webhook came {_ago(newest[0])}."
    if _is_long(silent, usual):
        return warning(f"{says} They usually come {_say_often(usual)}.", UNSUBSCRIBED, _events())
    return ok(says)


def _judge_quiet_accounts(now: datetime) -> Iterator[Finding]:
    """Name the accounts of which nothing comes while others have webhooks.

    By what is kept of each one anyway: when its last message came, and how many there are in a day.
    """
    watched = SilenceWatch.objects.filter(account__active=True, heard_at__isnull=False)
    if watched.count() == 1:
        return  # the line above is about it
    quiet = []
    for one in watched.filter(heard_at__lt=now - DAY).select_related("account").order_by("pk"):
        heard_at = one.heard_at or now
        usual = _usual(one.account, heard_at)
        if usual and _is_long(now - heard_at, usual):
            quiet.append(f"{one.account} {_ago(heard_at)} (usually {_say_often(usual)})")
    if quiet:
        yield warning(f"The last message came to {', to '.join(quiet)}.", UNSUBSCRIBED, _events())


def _usual(account: Account, until: datetime) -> timedelta | None:
    """Return the mean time between two messages in the two weeks before one; None: none came."""
    last = timezone.localtime(until).date()
    days = AccountDay.objects.filter(account=account, day__gt=last - FORTNIGHT, day__lte=last)
    received = days.values_list("figures__messages__received", flat=True)
    count = sum(filter(None, received))
    return FORTNIGHT / count if count else None


def _is_long(silent: timedelta, usual: timedelta) -> bool:
    return silent > DAY and silent > MUCH_LONGER * usual


def _say_often(usual: timedelta) -> str:
    return "more than once a minute" if usual < ages.MINUTE else f"about every {ages.span(usual)}"


def _is_nobodys(outcomes: object) -> bool:
    entries = outcomes if isinstance(outcomes, list) else []
    return bool(entries) and all(one.get("outcome") == NO_ACCOUNT for one in entries)


def _newest_event() -> datetime | None:
    return WebhookEvent.objects.order_by("-pk").values_list("received_at", flat=True).first()


def _ago(at: datetime) -> str:
    return ages.time_since(timezone.now() - at)
