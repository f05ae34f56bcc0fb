"""The page on which sending goes on after a backup was restored."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse

from backoffice.counts import counted
from conversations import hold
from conversations.admin import journal
from conversations.admin.switch import may_switch

HOLD_PAGE = "admin:conversations_account_hold"


def show(request: HttpRequest, context: dict[str, Any]) -> HttpResponse:
    """Show which accounts are held, and how far they are; let one send again, if asked for."""
    if not may_switch(request):
        raise PermissionDenied
    if request.method == "POST":
        for one in hold.holds():
            if str(one.account.pk) == request.POST.get("account", ""):
                _lift(request, one)
        return HttpResponseRedirect(reverse(HOLD_PAGE))
    context |= {"title": "Restored from a backup", "holds": hold.holds()}
    return TemplateResponse(request, "conversations/hold.html", context)


def _lift(request: HttpRequest, held: hold.Hold) -> None:
    left = hold.lift(held.account.pk, request.user.get_username())
    if left is None:
        return
    journal.write_of(request, held.account, "Let messages go after a backup was restored.")
    messages.success(request, f"{held.account} sends messages again.{say_left(left)}")


def say_left(count: int) -> str:
    """Say what was not compared; empty: everything was."""
    if not count:
        return ""
    what = counted(count, "message was", "messages were")
    return f" {what} not compared and not sent: see the outbox."
