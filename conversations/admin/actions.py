"""What staff do in one conversation: pause, resume, decide about a message, label."""

from collections.abc import Callable
from functools import partial

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from backoffice.read_only import KeptAdmin
from conversations import inbox, outbox
from conversations.admin import bulk, handover, journal, labels, live, page
from conversations.admin.outbox import CANCELLED, QUEUED_AGAIN, RESENT, STOPPED, tell
from conversations.models import Conversation, Message, Origin

View = Callable[..., HttpResponseBase]

NAMES = "conversations_conversation_"  # of addresses, as the admin begins them for this model
LIVE: dict[str, tuple[str, View]] = {
    "live/": ("live", live.look),
    "live/rows/": ("live_rows", live.show_rows),
}


def posted(view: Callable[..., HttpResponse]) -> View:
    """Let a view be asked for by POST alone, with the list that stood beside the thread."""
    return require_POST(page.with_its_list(view))


class ActingAdmin(KeptAdmin):
    """Each is a POST, asks for the right to change, is logged, and leads back to the thread."""

    def get_urls(self) -> list[URLPattern]:
        acts: dict[str, tuple[str, View]] = {
            "<int:pk>/pause/": ("pause", posted(self.pause_bot)),
            "<int:pk>/resume/": ("resume", posted(self.resume_bot)),
            "<int:pk>/assign/": ("assign", posted(self.assign)),
            "<int:pk>/put-off/": ("put_off", posted(self.put_off)),
            "<int:pk>/opt-in/": ("opt_in", posted(self.lift_opt_out)),
            "message/<int:pk>/automatic/": ("automatic", posted(self.mark_automatic)),
            "message/<int:pk>/<str:what>/": ("decide", posted(self.decide)),
            "<int:pk>/label/": ("label", posted(self.label)),
            "bulk/": ("bulk", posted(self.act_on_ticked)),
        }
        urls: list[URLPattern] = super().get_urls()
        # By itself: whoever is not logged in is told so, and not led to the log-in.
        own = [
            path(route, view, {"admin": self}, name=f"{NAMES}{name}")
            for route, (name, view) in LIVE.items()
        ]
        return [*own, *self._paths(acts), *urls]

    def _paths(self, views: dict[str, tuple[str, View]]) -> list[URLPattern]:
        """Return the addresses of views by their routes, for whoever is logged in."""
        return [
            path(route, self.admin_site.admin_view(view), name=f"{NAMES}{name}")
            for route, (name, view) in views.items()
        ]

    def pause_bot(self, request: HttpRequest, pk: int) -> HttpResponse:
        return self._act(request, pk, handover.pause)

    def assign(self, request: HttpRequest, pk: int) -> HttpResponse:
        return self._act(request, pk, handover.assign)

    def put_off(self, request: HttpRequest, pk: int) -> HttpResponse:
        return self._act(request, pk, handover.put_off)

    def _act(
        self, request: HttpRequest, pk: int, act: Callable[[HttpRequest, Conversation], str]
    ) -> HttpResponse:
        """Do what the form says; act: returns what to write into the history, if anything."""
        conversation = self._to_change(request, pk)
        if done := act(request, conversation):
            self.log_change(request, conversation, done)
        return _back_to(pk)

    def resume_bot(self, request: HttpRequest, pk: int) -> HttpResponse:
        return self._act(request, pk, handover.resume)

    def lift_opt_out(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The customer has told staff that the bot may answer again."""
        return self._act(request, pk, handover.lift_opt_out)

    def decide(self, request: HttpRequest, pk: int, what: str) -> HttpResponse:
        """Resend one message, or cancel it."""
        message = Message.objects.filter(pk=pk).exclude(origin=Origin.CUSTOMER).first()
        if message is None or what not in ("again", "stop"):
            raise Http404
        conversation = self._to_change(request, message.conversation_id)
        chosen, by = Message.objects.filter(pk=pk), request.user.get_username()
        if what == "again":
            done = journal.decide(request, chosen, partial(outbox.resend, by=by), RESENT)
            tell(request, done, QUEUED_AGAIN)
        else:
            done = journal.decide(request, chosen, partial(outbox.cancel, by=by), STOPPED)
            tell(request, done, CANCELLED)
        return _back_to(conversation.pk)

    def mark_automatic(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Staff say that another tool wrote this message: such texts no longer pause the bot."""
        message = Message.objects.filter(pk=pk, origin=Origin.APP).first()
        if message is None:
            raise Http404
        conversation = self._to_change(request, message.conversation_id)
        if inbox.mark_automatic(message, request.user.get_username()):
            said = "Messages like this won't pause the bot again."
        else:
            said = "A message without text can't be recognised next time."
        self.log_change(request, conversation, f"Marked message {pk} as automated.")
        messages.success(request, f"{handover.say_resumed(conversation, timezone.now())}{said}")
        return _back_to(conversation.pk)

    def label(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Add a label, or remove one."""
        conversation = self._to_change(request, pk)
        if done := labels.change(request, conversation):
            self.log_change(request, conversation, done)
            messages.success(request, done)
        return _back_to(pk)

    def act_on_ticked(self, request: HttpRequest) -> HttpResponse:
        """Do one thing with all conversations that were ticked in the list; go back there."""
        if not self.has_change_permission(request):
            raise PermissionDenied
        bulk.act(request)
        back = reverse("admin:conversations_conversation_changelist")
        return HttpResponseRedirect(page.came_from(request) or f"{back}?{request.GET.urlencode()}")

    def _to_change(self, request: HttpRequest, pk: int) -> Conversation:
        """Return the conversation if this person may change it."""
        conversation: Conversation | None = self.get_object(request, str(pk))
        if not self.has_change_permission(request, conversation):
            raise PermissionDenied
        if conversation is None:
            raise Http404
        return conversation


def _back_to(conversation: int) -> HttpResponse:
    return HttpResponseRedirect(
        reverse("admin:conversations_conversation_change", args=[conversation])
    )
