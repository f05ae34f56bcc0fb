"""After a rule is saved: those who asked this lately, and can still be answered."""

from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone

from backoffice import ages
from backoffice.counts import counted
from backoffice.lists import TitledAdmin
from conversations.admin import journal
from conversations.display import names
from conversations.inbox import late
from conversations.models import Message
from instagram.limits import WINDOW
from rules import recent
from rules.engine.decision import Rules
from rules.models import ResponseRule
from rules.unanswered.report import answered_by

BACK = "_back"  # where one came from, in the address of the editor
UNANSWERED = "unanswered"
MAX_LOOKED_AT = 500  # questions, the newest
MAX_SHOWN = 20


class FollowUpAdmin(TitledAdmin):
    """For rules: leads on from saving to the customers who asked, and back to the groups."""

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.follow_up)
        urls: list[URLPattern] = super().get_urls()
        return [path("<int:pk>/follow-up/", view, name="rules_responserule_follow_up"), *urls]

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        data: dict[str, Any] = super().get_changeform_initial_data(request)
        return {name: value for name, value in data.items() if name != BACK}

    def response_add(self, request: HttpRequest, obj: Any, *args: Any) -> HttpResponse:
        return self._lead_on(request, obj, super().response_add(request, obj, *args))

    def response_change(self, request: HttpRequest, obj: Any) -> HttpResponse:
        return self._lead_on(request, obj, super().response_change(request, obj))

    def _lead_on(
        self, request: HttpRequest, rule: ResponseRule, response: HttpResponse
    ) -> HttpResponse:
        stays = {"_continue", "_addanother", "_saveasnew", "_popup"} & set(request.POST)
        if stays or response.status_code != HttpResponseRedirect.status_code:
            return response
        if _may_answer(request) and find_askers(rule, timezone.now()):
            page = reverse("admin:rules_responserule_follow_up", args=[rule.pk])
            return HttpResponseRedirect(f"{page}?{_kept(request)}" if _kept(request) else page)
        return HttpResponseRedirect(_way_back(request)) if _kept(request) else response

    def follow_up(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Show who asked, and have the rule answer them; only those who still can be answered."""
        rule: ResponseRule | None = self.get_object(request, str(pk))
        if not (self.has_view_permission(request, rule) and _may_answer(request)):
            raise PermissionDenied
        if rule is None:
            raise Http404
        now = timezone.now()
        asked = find_askers(rule, now)
        if request.method == "POST":
            rows = Message.objects.filter(pk__in=[message.pk for message in asked])
            _answer(request, rows)
            return HttpResponseRedirect(_way_back(request))
        context = {
            **self.admin_site.each_context(request),
            "title": f"Saved: {rule}",
            "opts": self.opts,
            "rule": rule,
            "customers": len({message.conversation_id for message in asked}),
            "asked": [_show(message, now) for message in asked[:MAX_SHOWN]],
            "more": len(asked[MAX_SHOWN:]),
            "back": _way_back(request),
        }
        return TemplateResponse(request, "rules/follow_up.html", context)


def find_askers(rule: ResponseRule, now: datetime) -> list[Message]:
    """Return what this rule answers now and nothing answered lately, newest first."""
    if not rule.active:
        return []
    rows = recent.unanswered_since(now - WINDOW).filter(late.answerable(now))
    newest = recent.with_conversations(rows.order_by("-at", "-pk"), MAX_LOOKED_AT)
    return answered_by(rule.pk, newest, Rules.saved())


def _answer(request: HttpRequest, rows: QuerySet[Message]) -> None:
    said = "Queued {} to be answered by a new rule."
    count = journal.decide(request, rows, late.answer_after_all, said)
    if count:
        messages.success(request, f"Answering {counted(count, 'customer')} by the rule.")
    else:
        messages.warning(request, "Nobody is left to answer: somebody did meanwhile.")


def _show(message: Message, now: datetime) -> dict[str, Any]:
    talk = reverse("admin:conversations_conversation_change", args=[message.conversation_id])
    return {
        "customer": message.conversation,
        "excerpt": names.excerpt(message),
        "link": f"{talk}?at={message.pk}#message-{message.pk}",
        "age": ages.ago(message.at, now),
    }


def _may_answer(request: HttpRequest) -> bool:
    return request.user.has_perm("conversations.change_conversation")


def _kept(request: HttpRequest) -> str:
    return urlencode({BACK: UNANSWERED}) if request.GET.get(BACK) == UNANSWERED else ""


def _way_back(request: HttpRequest) -> str:
    page = "dismissedgroup" if _kept(request) else "responserule"
    return reverse(f"admin:rules_{page}_changelist")
