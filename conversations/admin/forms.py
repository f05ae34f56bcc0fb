"""The composer's forms: how they are read, and how they are answered with and without scripts."""

import uuid
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.urls import reverse

from conversations import outbox
from conversations.address import public_address
from conversations.admin.queue import CHANGE_PAGE
from conversations.composer import pictures
from conversations.display import composer
from workqueue import sql

MAX_TOKEN = 64


def read_written(request: HttpRequest) -> outbox.Written:
    kind, comment = composer.read_place(request.POST.get("to", ""))
    seen = sql.row_id(request.POST.get("seen", "")) or 0 if "seen" in request.POST else None
    return outbox.Written(
        read_text(request),
        request.user.get_username(),
        read_token(request),
        seen,
        request.POST.get("picture_url", "").strip(),
        kind,
        comment,
    )


def read_text(request: HttpRequest) -> str:
    """Return what was typed with line ends as they are counted and sent: a browser sends two."""
    return request.POST.get("text", "").replace("\r\n", "\n").replace("\0", "")


def read_token(request: HttpRequest) -> str:
    return request.POST.get("token", "").replace("\0", "")[:MAX_TOKEN] or uuid.uuid4().hex


def read_upload(uploaded: Any) -> pictures.Cleaned:
    if not public_address():
        raise pictures.PictureError(pictures.NO_ADDRESS)
    if uploaded.size > pictures.MAX_PICTURE_BYTES:
        raise pictures.PictureError(pictures.TOO_LARGE)
    return pictures.clean(uploaded.read())


def tell(  # noqa: PLR0913 - all of what is answered
    request: HttpRequest, pk: int, outcome: str, said: str, *, seen: int = 0, is_new: bool = False
) -> HttpResponse:
    """Answer a form: the composer as JSON, a page without scripts by a message and the thread."""
    if wants_json(request):
        fresh = uuid.uuid4().hex if outcome == "queued" or is_new else ""
        return JsonResponse({"outcome": outcome, "said": said, "token": fresh, "seen": seen})
    (messages.success if outcome == "queued" else messages.error)(request, said)
    return back_to(pk)


def wants_json(request: HttpRequest) -> bool:
    return "application/json" in request.headers.get("Accept", "")


def user(request: HttpRequest) -> Any:
    return request.user


def user_id(request: HttpRequest) -> int:
    return int(user(request).pk)


def back_to(conversation: int) -> HttpResponse:
    return HttpResponseRedirect(reverse(CHANGE_PAGE, args=[conversation]))
