"""What Ctrl-K finds on every page of the admin: customers, pages and rules, as far as one may."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any

from django.contrib import admin
from django.http import HttpRequest, JsonResponse
from django.urls import reverse
from django.views.decorators.http import require_GET

from backoffice.words import Words, search_text
from conversations import search
from conversations.models import Conversation
from instabot.admin import SIDEBAR
from rules.models import ResponseRule

MOST = 8  # of each kind


@dataclass(frozen=True, slots=True)
class Found:
    """One line to go to; beside: what tells it from others with the same title."""

    kind: str
    icon: str
    title: str
    beside: str
    link: str


@require_GET
def find(request: HttpRequest) -> JsonResponse:
    """Answer with what has all the words, the last one as a beginning; all pages for none."""
    words = Words(request.GET.get("q", ""))
    found = [*_customers(request, words), *_pages(request, words), *_rules(request, words)]
    return JsonResponse({"found": [asdict(one) for one in found]})


def _customers(request: HttpRequest, words: Words) -> Iterable[Found]:
    if not _may_view(request, Conversation):
        return
    pks = search.find_customers(words, MOST)
    rows = Conversation.objects.in_bulk(pks)
    for row in (rows[pk] for pk in pks if pk in rows):
        link = reverse("admin:conversations_conversation_change", args=[row.pk])
        beside = row.name if row.username else ""
        yield Found("Customers", "person", str(row), beside, link)


def _pages(request: HttpRequest, words: Words) -> Iterable[Found]:
    for _, places in SIDEBAR:
        for place in places:
            if words.are_in(search_text(place.title)) and place.is_open_to(request):
                yield Found("Pages", place.icon, place.title, "", place.link())


def _rules(request: HttpRequest, words: Words) -> Iterable[Found]:
    if not words or not _may_view(request, ResponseRule):
        return
    rows: Any = ResponseRule.objects.order_by("name")
    for word in words.words:
        rows = rows.filter(name__finds=word.text)
    for row in rows[:MOST]:
        link = reverse("admin:rules_responserule_change", args=[row.pk])
        yield Found("Rules", "rule", row.name, "" if row.active else "off", link)


def _may_view(request: HttpRequest, model: Any) -> bool:
    return bool(admin.site.get_model_admin(model).has_view_permission(request))
