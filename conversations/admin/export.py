"""Everything about one customer, downloaded from their thread by those who may."""

from typing import Any

from django.contrib import messages
from django.http import FileResponse, HttpRequest, HttpResponseBase, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone

from conversations.customer_data import export
from conversations.customer_data.export import FORMATS, BusyError
from conversations.models import Conversation

RIGHT = "conversations.export_conversation"


def may_export(request: HttpRequest) -> bool:
    user: Any = request.user
    return bool(user.has_perm(RIGHT))


def download(request: HttpRequest, talk: Conversation) -> HttpResponseBase:
    """Answer with the file that the form asks for; the thread says so where it is not the time."""
    wanted = request.POST.get("format", "")
    wanted = wanted if wanted in FORMATS else "zip"
    name, kind = f"customer-{talk.pk}.{wanted}", FORMATS[wanted].content_type
    try:
        # Nothing comes between the file and the response, which closes it.
        return FileResponse(
            export.make(talk, wanted, timezone.now()),
            as_attachment=True, filename=name, content_type=kind,
        )  # fmt: skip
    except BusyError as busy:
        messages.warning(request, str(busy))
        back = reverse("admin:conversations_conversation_change", args=[talk.pk])
        return HttpResponseRedirect(back)
