"""The red bars: the bot is switched off, or nothing can be sent."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone

from backoffice.ages import clock
from backoffice.bars import Bar
from conversations.account import identity, renewal
from conversations.admin.switch import SWITCH_PAGE, may_switch
from conversations.display import connection
from conversations.models import OPEN, Account, Message, State

SOON_OVER = timedelta(minutes=1)  # a trouble that is younger may be over before anybody reads of it


def bars(request: HttpRequest) -> dict[str, Callable[[], list[Bar]]]:
    """Return what the template of the bar asks for; nothing is read where no page shows it."""
    return {"bars": lambda: _read(request)}


def state(now: datetime) -> str:
    """Return what the bars are about, for an open page; at most half a second old."""
    account = identity.accounts().first
    pause = account.pause if account.is_paused(now) else ""
    endings = [f"{one.pk}:{ending.level}" for one, ending in _endings(now)]
    return " ".join(filter(None, [account.bot_off_by, pause, *endings]))


def _endings(now: datetime) -> list[tuple[Account, renewal.Ending]]:
    """Return the accounts whose token ends soon, or has ended; as known half a second ago."""
    rows = [one for one in identity.accounts().rows if one.active]
    return [(one, ending) for one in rows if (ending := renewal.warn(one, now))]


def _read(request: HttpRequest) -> list[Bar]:
    user: Any = getattr(request, "user", None)
    if user is None or not user.is_active or not user.is_staff:
        return []
    account, now = Account.objects.order_by("pk").first(), timezone.now()
    if account is None:
        return []
    found = [_about_switch(request, account, now), _about_pause(request, account, now)]
    found += _about_tokens(request, now)
    return [bar for bar in found if bar]


def _about_switch(request: HttpRequest, account: Account, now: datetime) -> Bar | None:
    if not account.bot_is_off or not account.bot_off_at:
        return None
    since = f"since {clock(account.bot_off_at, now)}, by {account.bot_off_by}."
    text = f"{since} Customers who write wait for a person."
    may = may_switch(request)
    return Bar("The bot is off", text, reverse(SWITCH_PAGE) if may else "", "Switch it on")


def _about_pause(request: HttpRequest, account: Account, now: datetime) -> Bar | None:
    if not account.is_paused(now):
        return None
    since = account.struck_at or now
    at = f"since {clock(since, now)}.{_say_waiting()}"
    if account.pause == Account.Pause.BROKEN:
        text = f"{at} We try again every minute."
        return Bar("Instagram has not accepted our login", text, *_reconnect(request, account))
    if account.pause == Account.Pause.BLOCKED and account.paused_until:
        text = f"{at} We try again at {clock(account.paused_until, now)}."
        return Bar("Instagram has blocked our messages", text)
    if account.pause == Account.Pause.UNREACHABLE and now - since > SOON_OVER:
        return Bar("Instagram has been unreachable", f"{at} We try again every minute.")
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
            text = f"{connection.say_end(ending)} Reconnect the account before that."
            if ending.is_over:
                text = f"{connection.say_end(ending)} Nothing is sent until it is reconnected."
            found.append(Bar(f"{account}: the access token", text, *link))
    return found


def _reconnect(request: HttpRequest, account: Account) -> tuple[str, str]:
    user: Any = request.user
    if not user.has_perm("conversations.view_account"):
        return "", ""
    page = reverse("admin:conversations_account_change", args=[account.pk])
    return f"{page}#reconnect", "How to reconnect"


def _say_waiting() -> str:
    """Say how many messages wait to be sent; served by the index message_open."""
    count = Message.objects.filter(OPEN, state=State.QUEUED).count()
    if not count:
        return ""
    return " 1 message is waiting." if count == 1 else f" {count} messages are waiting."
