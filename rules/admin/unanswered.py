"""The questions that no rule answers: staff make a rule from a group, or dismiss it."""

from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from backoffice import ages
from backoffice.reach import reach
from backoffice.read_only import ReadOnlyAdmin
from conversations.display import names
from conversations.models import COMMENT, Message
from rules import recent
from rules.admin.follow_up import BACK, UNANSWERED
from rules.matching import MatchMode
from rules.models import DismissedGroup, ResponseRule
from rules.unanswered.groups import Group
from rules.unanswered.phrases import Phrase
from rules.unanswered.report import Report, dismiss, make_report, suggest_keyword

MAX_GROUPS = 50  # on the page
MAX_EXAMPLES = 5  # of each group
MAX_SINGLES = 50  # on the page
MAX_NAME = 60  # characters of the name that is suggested for a rule
COUNTED_PERIOD = timedelta(days=7)
MAX_COUNT = 1000  # for the first page


@admin.register(DismissedGroup)
class UnansweredAdmin(ReadOnlyAdmin):
    """A page in the place of the list of dismissed groups."""

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:  # noqa: ARG002 - the signature is Django's
        """The page shows customers' messages, so it is for those who may read conversations."""
        return request.user.has_perm("conversations.view_conversation")

    def get_urls(self) -> list[URLPattern]:
        view, name = self.admin_site.admin_view, "rules_dismissedgroup_"
        return [
            path("", view(self.show), name=f"{name}changelist"),
            path("dismiss/", view(require_POST(self.dismiss)), name=f"{name}dismiss"),
            path("<int:pk>/back/", view(require_POST(self.bring_back)), name=f"{name}back"),
        ]

    def show(self, request: HttpRequest) -> HttpResponse:
        if not self.has_view_permission(request):
            raise PermissionDenied
        now = timezone.now()
        context = {
            **self.admin_site.each_context(request),
            "title": "Unanswered questions",
            "may_decide": _may_decide(request),
            "may_add": admin.site.get_model_admin(ResponseRule).has_add_permission(request),
            **_make_context(make_report(now), now),
        }
        return TemplateResponse(request, "rules/unanswered.html", context)

    def dismiss(self, request: HttpRequest) -> HttpResponse:
        """Dismiss the group as it is now, with what has come since the page was opened."""
        self._check_may_decide(request)
        phrase = Phrase(request.POST.get("phrase", ""), request.POST.get("whole") == "1")
        groups = make_report(timezone.now()).grouping.groups
        chosen = next((group for group in groups if group.phrase == phrase), None)
        if chosen:
            name = suggest_keyword(chosen)
            dismiss(chosen, request.user.get_username())
            messages.success(
                request, f"“{name}” dismissed. It returns if the number of messages doubles."
            )
        else:
            messages.warning(request, "The groups have changed in the meantime. Look again.")
        return _redirect_back()

    def bring_back(self, request: HttpRequest, pk: int) -> HttpResponse:
        self._check_may_decide(request)
        if DismissedGroup.objects.filter(pk=pk).delete()[0]:
            messages.success(request, "The group is back.")
        return _redirect_back()

    def _check_may_decide(self, request: HttpRequest) -> None:
        if not (_may_decide(request) and self.has_view_permission(request)):
            raise PermissionDenied


def _may_decide(request: HttpRequest) -> bool:
    """A group is dismissed for all accounts: not by whoever is limited to some."""
    return request.user.has_perm("rules.change_responserule") and reach() is None


def _redirect_back() -> HttpResponse:
    return HttpResponseRedirect(reverse("admin:rules_dismissedgroup_changelist"))


def _make_context(report: Report, now: datetime) -> dict[str, Any]:
    groups, singles = report.grouping.groups, report.grouping.single
    hidden = report.grouping.dismissed
    returned = {group.phrase: report.dismissed.get(group.phrase) for group in groups}
    return {
        "report": report,
        "groups": [
            {**_show_group(group, now), "dismissed": returned[group.phrase]}
            for group in groups[:MAX_GROUPS]
        ],
        "more_groups": len(groups[MAX_GROUPS:]),
        "singles": [_show_example(single.messages, now) for single in singles[:MAX_SINGLES]],
        "single_count": len(singles),
        "more_singles": len(singles[MAX_SINGLES:]),
        "dismissed": [
            {"row": row, "group": _show_group(hidden[phrase], now) if phrase in hidden else None}
            for phrase, row in report.dismissed.items()
            if phrase not in returned and (reach() is None or phrase in hidden)
        ],
    }


def _show_group(group: Group, now: datetime) -> dict[str, Any]:
    words, asked = suggest_keyword(group), group.messages
    examples = group.examples(MAX_EXAMPLES)
    # The words of a whole question are common ones: they would match many other questions, too.
    match = MatchMode.EXACT if group.phrase.whole else MatchMode.WORDS
    return {
        "phrase": group.phrase,
        "words": words,
        "messages": len(asked),
        "customers": group.customers,
        "examples": [_show_example(text.messages, now) for text in examples],
        "more": len(group.texts) - len(examples),
        "editor": _make_editor_link(words, asked, match),
    }


def _show_example(asked: list[Message], now: datetime) -> dict[str, Any]:
    newest = asked[0]
    talk = reverse("admin:conversations_conversation_change", args=[newest.conversation_id])
    return {
        "excerpt": names.excerpt(newest),
        "customer": newest.conversation,
        "link": f"{talk}?at={newest.pk}#message-{newest.pk}",
        "age": ages.age(now - newest.at),
        "at": newest.at,
        "times": len(asked),
        "editor": _make_editor_link(names.excerpt(newest).rstrip("…"), asked),
    }


def _make_editor_link(words: str, asked: list[Message], match: MatchMode = MatchMode.WORDS) -> str:
    """Return the URL of a new rule with these words."""
    fields = {"name": words[:1].upper() + words[1:MAX_NAME], "keywords": words}
    if match != MatchMode.WORDS:
        fields["match"] = match
    if any(message.kind == COMMENT for message in asked):
        fields["for_comments"] = "1"
    fields[BACK] = UNANSWERED
    return f"{reverse('admin:rules_responserule_add')}?{urlencode(fields)}"


def count_unanswered() -> int:
    """Count the last week's messages without an answer, for the first page; at most MAX_COUNT."""
    return recent.unanswered_since(timezone.now() - COUNTED_PERIOD)[:MAX_COUNT].count()
