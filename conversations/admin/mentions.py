"""Where colleagues have been told something by a note: a list of one's own."""

# ruff: noqa: ARG002 - the signatures are Django's
from typing import Any

from django.contrib import admin
from django.db.models import F, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import SafeString, mark_safe

from backoffice.ages import ago
from backoffice.chips import Chip
from backoffice.read_only import ReadOnlyAdmin
from conversations.admin.queue import CHANGE_PAGE
from conversations.composer import colleagues, notes
from conversations.models import Mention

EXCERPT = 120
NEW = Chip("new", "info")


@admin.register(Mention)
class MentionAdmin(ReadOnlyAdmin):
    """Everybody sees their own; each leads to the note in its conversation."""

    list_display = ("who", "said", "conversation", "age", "news")
    list_per_page = 50
    when_empty = "Nobody has mentioned you. In a note, @ and a name tell a colleague."

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Whoever may read conversations may read what they are told in them."""
        return colleagues.may_read(request.user)

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Mention]:
        rows = Mention.objects.filter(user=request.user.pk).select_related("note__conversation")
        return rows.order_by(F("seen_at").asc(nulls_first=True), "-pk")

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """Go to the note, wherever in the thread it stands; then it is seen."""
        mention: Mention | None = self.get_object(request, object_id)
        if mention is None or not self.has_view_permission(request):
            raise Http404
        note = mention.note
        thread = reverse(CHANGE_PAGE, args=[note.conversation_id])
        notes.see_note(note.pk, mention.user_id, timezone.now())
        return HttpResponseRedirect(f"{thread}?note={note.pk}#note-{note.pk}")

    @admin.display(description="From")
    def who(self, row: Mention) -> str:
        return row.note.by

    @admin.display(description="Note")
    def said(self, row: Mention) -> str:
        text = " ".join(row.note.text.split())
        return text if len(text) <= EXCERPT else f"{text[:EXCERPT].rstrip()}…"

    @admin.display(description="Conversation")
    def conversation(self, row: Mention) -> str:
        return str(row.note.conversation)

    @admin.display(description="Ago")
    def age(self, row: Mention) -> str:
        return ago(row.note.at, timezone.now())

    @admin.display(description="")
    def news(self, row: Mention) -> SafeString:
        return NEW.html if row.seen_at is None else mark_safe("")


def unseen_mentions(request: HttpRequest) -> int:
    """Count what one has not seen yet, for the sidebar."""
    return notes.unseen(request.user.pk or 0)
