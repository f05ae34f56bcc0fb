"""Where staff write to a customer: replies, drafts, saved replies, and the way to the next one."""

import uuid
from dataclasses import asdict, replace
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.template.loader import render_to_string
from django.urls import URLPattern, reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from conversations import bot_pause, outbox, queries, waiting
from conversations.address import public_address
from conversations.admin import forms, page
from conversations.admin.actions import View, posted
from conversations.admin.notes import NotingAdmin
from conversations.admin.queue import CHANGE_PAGE, KEPT, LIST_PAGE
from conversations.composer import drafts, notes, pictures, saved_replies
from conversations.display import composer
from conversations.display.thread import Thread
from conversations.models import Conversation, Draft, Message
from instagram.limits import split_text
from shop import tuning
from workqueue import sql

NEXT_PAGE = "admin:conversations_conversation_next"
ACCEPT = ",".join(f"image/{kind}" for kind in ("jpeg", "png", "gif", "webp"))
LATEST = 50  # messages among which the newest is: some come out of order
REPEATED = "This reply has already been sent."
CHANGED_MEANWHILE = (
    "An earlier version of this text has already been sent. Yours is still here: send it as a"
    " message of its own, if you want."
)


class ComposingAdmin(NotingAdmin):
    """The composer's forms work without scripts; with them, it asks for JSON and stays open."""

    def get_urls(self) -> list[URLPattern]:
        views: dict[str, tuple[str, View]] = {
            "<int:pk>/reply/": ("reply", posted(self.reply)),
            "<int:pk>/draft/": ("draft", self.draft),
            "<int:pk>/next/": ("next", require_safe(self.go_on)),
            "<int:pk>/saved-replies/": ("saved_replies", require_safe(self.find_saved_replies)),
        }
        return self._paths(views) + super().get_urls()

    def reply(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Queue what a person wrote; where it cannot be sent, the text stays theirs."""
        conversation = self._to_change(request, pk)
        try:
            told = self._send(request, conversation)
        except outbox.ConflictError as conflict:
            self._keep_text(request, pk)
            return _tell_conflict(request, conversation, conflict)
        except (outbox.ReplyError, pictures.PictureError) as problem:
            self._keep_text(request, pk)
            return forms.tell(request, pk, "refused", str(problem))
        return told

    def _send(self, request: HttpRequest, conversation: Conversation) -> HttpResponse:
        pk, written = conversation.pk, forms.read_written(request)
        uploaded = request.FILES.get("picture")
        cleaned = forms.read_upload(uploaded) if uploaded else None
        with transaction.atomic():
            picture = pictures.keep(pk, cleaned, written.by) if cleaned else None
            if picture:
                written = replace(written, picture=pictures.address(picture))
            queued = outbox.send_reply(pk, written)
            if picture:
                pictures.attach(picture, queued)
            is_done = bool(queued) and request.POST.get("then") == "done"
            if is_done and waiting.done(pk, queued[-1], timezone.now()):
                bot_pause.resume_after_done(pk)
        if not queued:
            return self._tell_repeated(request, pk, written)
        drafts.forget(pk, forms.user_id(request), Draft.Kind.REPLY)
        self.log_change(
            request, conversation, "Wrote a reply, done." if is_done else "Wrote a reply."
        )
        return forms.tell(request, pk, "queued", _say_queued(is_done=is_done), seen=queued[-1])

    def _tell_repeated(
        self, request: HttpRequest, pk: int, written: outbox.Written
    ) -> HttpResponse:
        """The form was sent before: say so, and whether it said the same then."""
        if _is_same(written):
            drafts.forget(pk, forms.user_id(request), Draft.Kind.REPLY)
            return forms.tell(request, pk, "queued", REPEATED)
        self._keep_text(request, pk, token="")
        return forms.tell(request, pk, "refused", CHANGED_MEANWHILE, is_new=True)

    def _keep_text(self, request: HttpRequest, pk: int, token: str | None = None) -> None:
        kind = Draft.Kind.REPLY
        token = forms.read_token(request) if token is None else token
        text, now = forms.read_text(request), timezone.now()
        drafts.keep(pk, forms.user_id(request), kind, text=text, token=token, now=now)

    def draft(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Keep what is typed; say who else is writing, and how a text will be split.

        Of a conversation that is gone it says so: the browser then forgets the text, too.
        """
        now = timezone.now()
        try:
            conversation = self._to_change(request, pk)
        except Http404:
            return JsonResponse({"outcome": "gone"}, status=404)
        answer: dict[str, Any] = {}
        if request.method == "POST":
            kind, text = request.POST.get("kind", ""), forms.read_text(request)
            if kind not in Draft.Kind.values:
                raise Http404
            token = forms.read_token(request)
            if not drafts.keep(pk, forms.user_id(request), kind, text=text, token=token, now=now):
                return JsonResponse(self._look(request, conversation) | _already_sent())
            parts = [part for part in split_text(text.strip()) if part.strip()]
            answer["parts"] = parts if len(parts) > 1 else []
        return JsonResponse(self._look(request, conversation) | answer)

    def _look(self, request: HttpRequest, conversation: Conversation) -> dict[str, Any]:
        now = timezone.now()
        kept = drafts.read(conversation.pk, forms.user(request), now)
        return {
            "writers": [_say_writes(one) for one in kept.writers],
            "problem": composer.why_closed(conversation, now),
            "window": composer.say_window(conversation, now),
        }

    def go_on(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Go to the next who waits, in the list that one came from or else in any; else back to it.

        What colleagues have is theirs, unless the list was narrowed to them.
        """
        if not self.has_view_permission(request):
            raise PermissionDenied
        here = page.read_list(self, page.list_request(request), pk)
        waits = queries.waiting(Conversation.objects.exclude(pk=pk), here.now).order_by()
        theirs = queries.for_person(waits, here.user).order_by("waiting_since", "pk")
        found = here.next_waiting(pk) or theirs.values_list("pk", flat=True).first()
        kept = request.GET.get(KEPT, "")
        if found is None:
            others = "Your colleagues have everyone else who is waiting."
            messages.info(request, others if waits.exists() else "No one else is waiting.")
            return HttpResponseRedirect(_with_query(reverse(LIST_PAGE), kept))
        thread = reverse(CHANGE_PAGE, args=[found])
        return HttpResponseRedirect(_with_query(thread, urlencode({KEPT: kept}) if kept else ""))

    def find_saved_replies(self, request: HttpRequest, pk: int) -> HttpResponse:
        conversation = self._to_change(request, pk)
        found = saved_replies.find(conversation, request.GET.get("q", "")[:100])
        return JsonResponse({"found": [asdict(one) for one in found]})


def read(
    request: HttpRequest, conversation: Conversation, shown: Thread, now: datetime
) -> dict[str, Any]:
    """Return what the composer's templates ask for."""
    kept = drafts.read(conversation.pk, forms.user(request), now)
    places = composer.places(conversation, now)
    open_places = [place for place in places if not place.problem]
    said_since = request.session.pop(_conflict_of(conversation.pk), None)
    kept_list = urlencode({KEPT: page.list_request(request).GET.urlencode()})
    return {
        "next_link": _with_query(reverse(NEXT_PAGE, args=[conversation.pk]), kept_list),
        "reply_text": kept.own.get(Draft.Kind.REPLY, ""),
        "note_text": kept.own.get(Draft.Kind.NOTE, ""),
        "reply_token": uuid.uuid4().hex,
        "note_token": uuid.uuid4().hex,
        "reply_seen": shown.seen if shown.is_newest else _newest(conversation),
        "reply_problem": "" if open_places else places[0].problem,
        "direct_problem": places[0].problem,
        "reply_places": places if len(places) > 1 else [],
        "reply_place": open_places[0].value if open_places else "",
        "reply_window": composer.say_window(conversation, now),
        "reply_late": composer.say_late(conversation, now),
        "reply_conflict": _conflict_since(request, conversation, said_since, now),
        "reply_failed": composer.last_failed(shown),
        "upload_problem": "" if public_address() else pictures.NO_ADDRESS,
        "upload_types": ACCEPT,
        "writers": [_say_writes(one) for one in kept.writers],
    }


def see_mentions(request: HttpRequest, conversation: Conversation, now: datetime) -> None:
    """Whoever opens a conversation has seen the notes in it that mention them."""
    notes.see(conversation, forms.user_id(request), now)


def _newest(conversation: Conversation) -> int:
    """Return the last message there is: on a page of old ones, staff know what they look at."""
    latest = conversation.messages.order_by("-at", "-pk").values_list("pk", flat=True)[:LATEST]
    return max(latest, default=0)


def _conflict_since(
    request: HttpRequest, conversation: Conversation, seen: int | None, now: datetime
) -> composer.Conflict | None:
    if seen is None:
        return None
    written = outbox.Written("", request.user.get_username(), "", seen)
    said = outbox.said_since(conversation.pk, written)
    return composer.read_conflict(conversation, said, now) if said else None


def _is_same(written: outbox.Written) -> bool:
    """Tell whether the reply that has this token says the same."""
    first = Message.objects.get(token=written.token)
    rows = Message.objects.filter(
        conversation=first.conversation_id, staff=first.staff, created_at=first.created_at
    )
    said = "".join(rows.order_by("position").values_list("text", flat=True))
    return said.split() == written.text.split()


def _already_sent() -> dict[str, Any]:
    return {"sent": True, "token": uuid.uuid4().hex}


def _say_queued(*, is_done: bool) -> str:
    done = " and marked as done" if is_done else ""
    paused = " Bot paused for this customer." if tuning.get("pause_hours") else ""
    return f"Reply queued{done}.{paused}"


def _say_writes(writer: drafts.Writer) -> str:
    what = "is writing a note" if writer.is_note else "is writing"
    return f"{writer.called} {what}…"


def _tell_conflict(
    request: HttpRequest, conversation: Conversation, error: outbox.ConflictError
) -> HttpResponse:
    if forms.wants_json(request):
        conflict = composer.read_conflict(conversation, error.said, timezone.now())
        shown = render_to_string("conversations/conflict.html", {"conflict": conflict})
        answer = {"outcome": "conflict", "html": shown, "seen": conflict.seen}
        return JsonResponse(answer | {"said": conflict.sentence})
    request.session[_conflict_of(conversation.pk)] = sql.row_id(request.POST.get("seen", "")) or 0
    messages.warning(request, "Not sent: there are new messages. Your text is kept.")
    return forms.back_to(conversation.pk)


def _conflict_of(conversation: int) -> str:
    return f"conflict-{conversation}"


def _with_query(address: str, query: str) -> str:
    return f"{address}?{query}" if query else address
