"""The questions that no rule has an answer to: a rule is made of a group, or it is dismissed."""

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
from backoffice.read_only import ReadOnlyAdmin
from conversations.display import names
from conversations.models import COMMENT, Message
from rules.matching import MatchMode
from rules.models import DismissedGroup
from rules.unanswered.groups import Group
from rules.unanswered.phrases import Phrase
from rules.unanswered.report import Unanswered, dismiss, find, keyword

GROUPS = 50  # on the page
EXAMPLES = 5  # of each group
SINGLES = 50
NAME = 60  # characters of a rule's name, as it is proposed
LATELY = timedelta(days=7)
MANY = 1000  # counted so far for the first page


@admin.register(DismissedGroup)
class UnansweredAdmin(ReadOnlyAdmin):
    """A page in the place of a list; its rows are what staff want no rule for."""

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:  # noqa: ARG002 - the signature is Django's
        """Here are customers' messages, so it is for those who may read conversations."""
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
            **_context(find(now), now),
        }
        return TemplateResponse(request, "rules/unanswered.html", context)

    def dismiss(self, request: HttpRequest) -> HttpResponse:
        """Dismiss the group as it is now: what came since the page was opened counts as seen."""
        self._ask_whether_may_decide(request)
        phrase = Phrase(request.POST.get("phrase", ""), request.POST.get("whole") == "1")
        groups = find(timezone.now()).grouping.groups
        chosen = next((one for one in groups if one.phrase == phrase), None)
        if chosen:
            dismiss(chosen, request.user.get_username())
            messages.success(request, "Dismissed. It comes back when as many new ones have come.")
        else:
            messages.warning(request, "The groups have changed in the meantime. Look again.")
        return _back()

    def bring_back(self, request: HttpRequest, pk: int) -> HttpResponse:
        self._ask_whether_may_decide(request)
        if DismissedGroup.objects.filter(pk=pk).delete()[0]:
            messages.success(request, "The group is back.")
        return _back()

    def _ask_whether_may_decide(self, request: HttpRequest) -> None:
        may_change = request.user.has_perm("rules.change_responserule")
        if not (may_change and self.has_view_permission(request)):
            raise PermissionDenied


def _back() -> HttpResponse:
    return HttpResponseRedirect(reverse("admin:rules_dismissedgroup_changelist"))


def _context(found: Unanswered, now: datetime) -> dict[str, Any]:
    groups, singles = found.grouping.groups, found.grouping.single
    aside = found.grouping.aside
    back = {one.phrase: found.dismissed.get(one.phrase) for one in groups}
    return {
        "found": found,
        "groups": [{**_group(one, now), "dismissed": back[one.phrase]} for one in groups[:GROUPS]],
        "more_groups": len(groups[GROUPS:]),
        "singles": [_example(one.messages, now) for one in singles[:SINGLES]],
        "single_count": len(singles),
        "more_singles": len(singles[SINGLES:]),
        "dismissed": [
            {"row": row, "group": _group(aside[phrase], now) if phrase in aside else None}
            for phrase, row in found.dismissed.items()
            if phrase not in back
        ],
    }


def _group(one: Group, now: datetime) -> dict[str, Any]:
    words, asked = keyword(one), one.messages
    # The words of a whole question are common ones: they would be found in many others, too.
    match = MatchMode.EXACT if one.phrase.whole else MatchMode.WORDS
    return {
        "phrase": one.phrase,
        "words": words,
        "messages": len(asked),
        "customers": one.customers,
        "examples": [_example(ones.messages, now) for ones in one.questions[:EXAMPLES]],
        "more": len(one.questions[EXAMPLES:]),
        "editor": _editor(words, asked, match),
    }


def _example(asked: list[Message], now: datetime) -> dict[str, Any]:
    newest = asked[0]
    talk = reverse("admin:conversations_conversation_change", args=[newest.conversation_id])
    return {
        "excerpt": names.excerpt(newest),
        "customer": newest.conversation,
        "link": f"{talk}#message-{newest.pk}",
        "age": ages.span(now - newest.at),
        "at": newest.at,
        "times": len(asked),
        "editor": _editor(names.excerpt(newest).rstrip("…"), asked),
    }


def _editor(words: str, asked: list[Message], match: MatchMode = MatchMode.WORDS) -> str:
    """Return the address of a new rule that listens for these words."""
    filled = {"name": words[:1].upper() + words[1:NAME], "keywords": words}
    if match != MatchMode.WORDS:
        filled["match"] = match
    if any(message.kind == COMMENT for message in asked):
        filled["for_comments"] = "1"
    return f"{reverse('admin:rules_responserule_add')}?{urlencode(filled)}"


def unanswered_lately() -> int:
    """Count the last week's messages without an answer, for the first page; at most MANY."""
    newest = Message.objects.unanswered().filter(at__gte=timezone.now() - LATELY, unsent_at=None)
    return newest.exclude(text="")[:MANY].count()
