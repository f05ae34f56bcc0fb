"""Whether accounts can send, and whether Meta can be reached."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from django.urls import reverse

from backoffice.counts import counted
from conversations.models import OPEN, Account, Message, State
from incidents.models import Probe
from incidents.troubles import Trouble

ACCOUNT, UNREACHABLE = "account", "unreachable"
Pause = Account.Pause

LONG_THROTTLE = timedelta(minutes=10)  # of one pause
MANY_STRIKES = 3  # refusals in a row
SURE_AFTER = timedelta(seconds=45)  # so a look a minute finds it within two
PROBED_WITHIN = timedelta(minutes=5)  # while one fails it is made every minute
LASTS = timedelta(minutes=2)  # a pause that ended longer ago was not begun anew

TITLES = {
    Pause.BROKEN: "{account} cannot send: Instagram does not accept our login",
    Pause.BLOCKED: "{account} cannot send: Instagram has blocked its messages",
    Pause.THROTTLED: "{account} sends hardly anything: Instagram asks us to slow down",
}
NEXT_STEPS = {
    Pause.BROKEN: "Open the account's page and reconnect it. It is tried again every minute: once"
    " it works, what waits is sent.",
    Pause.BLOCKED: "Look in the Instagram app whether there is a notice about the account, and"
    " answer urgent messages there. It is tried again by itself, less and less often.",
    Pause.THROTTLED: "Nothing has to be done; sending goes on more slowly by itself. If it lasts,"
    " lower send_rate in Settings, and see whether another tool sends from this account.",
}


def find_silenced(now: datetime) -> Iterator[Trouble]:
    """Accounts that cannot send since Instagram refuses, or only now and then for a long time."""
    for account in Account.objects.filter(active=True).exclude(pause="").order_by("pk"):
        if _is_silenced(account, now):
            pause = Pause(account.pause)
            yield Trouble(
                ACCOUNT, TITLES[pause].format(account=account),
                f"{account.pause_reason or pause.label}{_say_waiting(account)}",
                NEXT_STEPS[pause],
                link=f"{reverse('admin:conversations_account_change', args=[account.pk])}#reconnect"
                if pause == Pause.BROKEN else "",
                subject=f"{account.pk} {pause}", account=account.pk, since=account.struck_at,
            )  # fmt: skip


def _is_silenced(account: Account, now: datetime) -> bool:
    if account.pause == Pause.BROKEN:
        return account.is_paused(now)
    if account.pause == Pause.BLOCKED:
        return True  # only a message that leaves shows that it is over
    left = account.paused_until - now if account.paused_until else timedelta()
    is_long = left > LONG_THROTTLE or account.strikes >= MANY_STRIKES
    return account.pause == Pause.THROTTLED and is_long


def find_unreachable(now: datetime) -> Iterator[Trouble]:
    """Meta is out of reach: a send found it out, or the probe where nothing is sent.

    One trouble for all accounts: it is the way to Meta that is broken.
    """
    rows = Account.objects.filter(active=True, pause=Pause.UNREACHABLE)
    paused = rows.filter(paused_until__gt=now - LASTS).values_list("struck_at", flat=True)
    # Of an account that is not asked any more, as it is paused or has no token, nothing is known.
    lately = Probe.objects.filter(account__active=True, asked_at__gt=now - PROBED_WITHIN)
    asked = lately.filter(failed_since__isnull=False)
    times = [*filter(None, paused), *asked.values_list("failed_since", flat=True)]
    if not times:
        return
    since = min(times)
    yield Trouble(
        UNREACHABLE, "Instagram cannot be reached",
        f"No connection to Meta's API can be made.{_say_waiting(*Account.objects.all()[:2])}",
        "Nothing is lost: messages wait and go out when Meta answers. See metastatus.com; if Meta"
        " is well, see whether this server reaches the internet (DNS, HTTPS_PROXY, firewall).",
        since=since, is_sure=now - since >= SURE_AFTER,
    )  # fmt: skip


def _say_waiting(*accounts: Account) -> str:
    """Say how many messages of an account wait to be sent; served by the index message_open.

    Of several nothing: what is about all is read by whoever sees one alone.
    """
    rows = Message.objects.filter(OPEN, state=State.QUEUED, conversation__account__in=accounts)
    count = rows.count() if len(accounts) == 1 else 0
    if not count:
        return ""
    return f" {counted(count, 'message waits', 'messages wait')}."
