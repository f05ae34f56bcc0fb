"""The red bars: the bot is switched off, or nothing can be sent, or is to be."""

from datetime import datetime, timedelta
from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone

from backoffice import bars, people
from backoffice.ages import clock
from backoffice.bars import Bar
from backoffice.counts import counted
from conversations.account import access, renewal
from conversations.admin.hold import HOLD_PAGE
from conversations.admin.switch import SWITCH_PAGE, may_switch
from conversations.display import connection
from conversations.models import OPEN, Account, Message, State

SOON_OVER = timedelta(minutes=1)  # a trouble that is younger may be over before anybody reads of it


def state(now: datetime) -> str:
    """Return what the bars are about, for an open page; at most half a second old."""
    accounts = access.seen()
    pauses = [one.pause if one.is_paused(now) else "" for one in accounts]
    switches = [one.bot_off_by for one in accounts]
    endings = [f"{one.pk}:{ending.level}" for one, ending in _endings(now)]
    holds = [f"{one.pk}:held" for one in accounts if one.sending_held]
    return " ".join(filter(None, [*switches, *pauses, *endings, *holds]))


def _endings(now: datetime) -> list[tuple[Account, renewal.Ending]]:
    """Return the accounts whose token ends soon, or has ended; as known half a second ago."""
    rows = [one for one in access.seen() if one.active]
    return [(one, ending) for one in rows if (ending := renewal.warn(one, now))]


def _read(request: HttpRequest) -> list[Bar]:
    user: Any = getattr(request, "user", None)
    if user is None or not user.is_active or not user.is_staff:
        return []
    now, accounts = timezone.now(), list(Account.objects.seen().order_by("pk"))
    of_all = [account for account in accounts if account.active]
    found = []
    for account in of_all:
        whose = f" ({account})" if len(accounts) > 1 else ""
        found += [
            _about_hold(request, account, now, whose),
            _about_switch(request, account, now, whose),
            _about_pause(request, account, now, whose),
        ]
    found += _about_tokens(request, now)
    return [bar for bar in found if bar]


def _about_hold(request: HttpRequest, account: Account, now: datetime, whose: str) -> Bar | None:
    if not account.sending_held or account.backup_at is None:
        return None
    text = (
        f"since the backup of {clock(account.backup_at, now)} was restored.{_say_waiting(account)}"
    )
    link = (reverse(HOLD_PAGE), "See what is open") if may_switch(request) else ("", "")
    return Bar(f"Sending is held{whose}", text, *link)


def _about_switch(request: HttpRequest, account: Account, now: datetime, whose: str) -> Bar | None:
    if not account.bot_is_off or not account.bot_off_at:
        return None
    since = f"since {clock(account.bot_off_at, now)}, by {people.called(account.bot_off_by)}."
    text = f"{since} Customers who write wait for a person."
    may = may_switch(request)
    return Bar(f"The bot is off{whose}", text, reverse(SWITCH_PAGE) if may else "", "Switch it on")


def _about_pause(request: HttpRequest, account: Account, now: datetime, whose: str) -> Bar | None:
    if not account.is_paused(now):
        return None
    since = account.struck_at or now
    at = f"since {clock(since, now)}.{_say_waiting(account)}"
    if account.pause == Account.Pause.BROKEN:
        text = f"{at} We try again every minute."
        link, offer = _reconnect(request, account)
        return Bar(f"Instagram has not accepted our login{whose}", text, link, offer)
    if account.pause == Account.Pause.BLOCKED and account.paused_until:
        text = f"{at} We try again at {clock(account.paused_until, now)}."
        return Bar(f"Instagram has blocked our messages{whose}", text)
    if account.pause == Account.Pause.UNREACHABLE and now - since > SOON_OVER:
        text = f"{at} We try again every minute."
        return Bar(f"Instagram has been unreachable{whose}", text)
    return None


def _about_tokens(request: HttpRequest, now: datetime) -> list[Bar | None]:
    """Warn those who see accounts of tokens that end soon; the last three days, everybody."""
    user: Any = request.user
    sees = user.has_perm("conversations.view_account")
    found: list[Bar | None] = []
    for account, ending in _endings(now):
        if sees or ending.level <= renewal.URGENT_DAYS:
            page = reverse("admin:conversations_account_change", args=[account.pk])
            link = (f"{page}#connection", "See the account") if sees else ("", "")
            when = "now" if ending.is_over else "soon"
            text = f"{connection.say_end(ending)} Without one nothing is sent."
            found.append(Bar(f"Reconnect {account} {when}", text, *link))
    return found


def _reconnect(request: HttpRequest, account: Account) -> tuple[str, str]:
    user: Any = request.user
    if not user.has_perm("conversations.view_account"):
        return "", ""
    page = reverse("admin:conversations_account_change", args=[account.pk])
    return f"{page}#reconnect", "How to reconnect"


def _say_waiting(account: Account) -> str:
    """Say how many messages wait to be sent; served by the index message_open."""
    waiting = Message.objects.filter(OPEN, state=State.QUEUED, conversation__account=account)
    count = waiting.count()
    if not count:
        return ""
    return f" {counted(count, 'message is', 'messages are')} waiting."


bars.show(bars.Source(_read, state))
