"""Internal notes: written beside replies, deleted by their writer, with colleagues to choose."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.urls import URLPattern
from django.utils import timezone
from django.views.decorators.http import require_safe

from backoffice import people
from backoffice.search import fold
from conversations.admin import forms
from conversations.admin.actions import ActingAdmin, View, posted
from conversations.composer import colleagues, drafts, notes
from conversations.models import Draft, Note


class NotingAdmin(ActingAdmin):
    """Notes are the team's: whoever may answer may write one."""

    def get_urls(self) -> list[URLPattern]:
        views: dict[str, tuple[str, View]] = {
            "<int:pk>/note/": ("note", posted(self.write_note)),
            "note/<int:pk>/delete/": ("delete_note", posted(self.delete_note)),
            "<int:pk>/colleagues/": ("colleagues", require_safe(self.find_colleagues)),
        }
        return self._paths(views) + super().get_urls()

    def write_note(self, request: HttpRequest, pk: int) -> HttpResponse:
        conversation, text, now = (
            self._to_change(request, pk),
            forms.read_text(request),
            timezone.now(),
        )
        kind = Draft.Kind.NOTE
        try:
            note = notes.write(pk, forms.user(request), text, forms.read_token(request), now)
        except notes.NoteError as problem:
            drafts.keep(pk, forms.user_id(request), kind, text=text, token="", now=now)
            return forms.tell(request, pk, "refused", str(problem))
        drafts.forget(pk, forms.user_id(request), kind)
        told = [people.call(one.user) for one in note.mentions.all()] if note else []
        if note:
            self.log_change(request, conversation, "Wrote a note.")
        said = f"Note saved. {' and '.join(told)} will see it." if told else "Note saved."
        return forms.tell(request, pk, "queued", said)

    def delete_note(self, request: HttpRequest, pk: int) -> HttpResponse:
        note = Note.objects.filter(pk=pk).first()
        if note is None:
            raise Http404
        conversation = self._to_change(request, note.conversation_id)
        if notes.delete(pk, forms.user(request)) is None:
            raise PermissionDenied
        self.log_change(request, conversation, "Deleted a note.")
        messages.success(request, "Note deleted.")
        return forms.back_to(conversation.pk)

    def find_colleagues(self, request: HttpRequest, pk: int) -> HttpResponse:
        account = self._to_change(request, pk).account_id
        term = fold(request.GET.get("q", "")[:100])
        readers = colleagues.readers(account)
        named = [(one.get_username(), people.call(one)) for one in readers]
        found = [
            {"title": called, "text": f"@{username} "}
            for username, called in named
            if term in fold(f"{username} {called}") and username != request.user.get_username()
        ]
        return JsonResponse({"found": found})
