"""The page with the bot's switch, for everybody at once."""

from typing import Any

from django.contrib import messages
from django.contrib.admin.models import CHANGE, LogEntry
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse

from conversations import bot_switch
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
    account = Account.objects.ours()
    if request.method == "POST":
        _turn(request, account)
        return HttpResponseRedirect(reverse(SWITCH_PAGE))
    context |= {"title": "Bot", "account": account, "late_customers": late_customers()}
    return TemplateResponse(request, "conversations/switch.html", context)


def _turn(request: HttpRequest, account: Account) -> None:
    by, to = request.user.get_username(), request.POST.get("to", "")
    if to == "on":
        if bot_switch.switch_on(account.pk, by):
            _log(request, account, "Switched the bot on.")
        messages.success(request, "The bot is on. It answers what customers write from now on.")
    elif to == "off":
        cancelled = bot_switch.switch_off(account.pk, by)
        if cancelled is not None:
            _log(request, account, "Switched the bot off.")
        messages.success(request, f"The bot is off.{_say_cancelled(cancelled or 0)}")


def _say_cancelled(count: int) -> str:
    if not count:
        return ""
    return " 1 message was cancelled." if count == 1 else f" {count} messages were cancelled."


def _log(request: HttpRequest, account: Account, said: str) -> None:
    if request.user.pk:
        rows = Account.objects.filter(pk=account.pk)
        LogEntry.objects.log_actions(request.user.pk, rows, CHANGE, change_message=said)
