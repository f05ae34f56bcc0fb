"""The page with the bot's switch, for everybody at once; one for each account."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse

from backoffice.counts import counted
from conversations import bot_switch
from conversations.admin import journal
from conversations.admin.late import late_customers
from conversations.models import Account

SWITCH_PAGE = "admin:conversations_account_switch"


def may_switch(request: HttpRequest) -> bool:
    """Tell whether somebody may turn the switch: whoever may change the account or the shop."""
    user: Any = request.user
    return any(map(user.has_perm, ("conversations.change_account", "shop.change_shop")))


def show(request: HttpRequest, context: dict[str, Any]) -> HttpResponse:
    """Show how the switch is; turn it, if that was asked for."""
    if not may_switch(request):
        raise PermissionDenied
    accounts = bot_switch.accounts()
    if request.method == "POST":
        chosen = request.POST.get("account", "")
        for account in bot_switch.all_in_turn():
            if chosen in ("", str(account.pk)):
                _turn(request, account, _whose(account, accounts))
        return HttpResponseRedirect(reverse(SWITCH_PAGE))
    switches = [Switch(account, _whose(account, accounts)) for account in accounts]
    context |= {"title": "Bot", "switches": switches, "late_customers": late_customers()}
    return TemplateResponse(request, "conversations/switch.html", context)


@dataclass(frozen=True, slots=True)
class Switch:
    """One account's switch. whose: which account's it is, where there are several."""

    account: Account
    whose: str


def _whose(account: Account, accounts: Sequence[Account]) -> str:
    return f" of {account}" if len(accounts) > 1 else ""


def _turn(request: HttpRequest, account: Account, whose: str) -> None:
    by, to = request.user.get_username(), request.POST.get("to", "")
    if to == "on":
        if bot_switch.switch_on(account.pk, by):
            journal.write_of(request, account, "Switched the bot on.")
        said = f"The bot{whose} is on. It answers what customers write from now on."
        messages.success(request, said)
    elif to == "off":
        cancelled = bot_switch.switch_off(account.pk, by)
        if cancelled is not None:
            journal.write_of(request, account, "Switched the bot off.")
        messages.success(request, f"The bot{whose} is off.{_say_cancelled(cancelled or 0)}")


def _say_cancelled(count: int) -> str:
    if not count:
        return ""
    return f" {counted(count, 'message was', 'messages were')} cancelled."
