"""The door. The status code is the protocol: 200 stored, 401 not Meta's, 503 send it again.

400, 411 and 413 are for a body that cannot be read whole.
"""

import re

import structlog
from django.conf import settings
from django.db import DatabaseError, InterfaceError, connection
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.crypto import constant_time_compare
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from instagram.limits import MAX_BODY_BYTES
from instagram.signature import is_signed
from metrics import series
from webhooks import knocks, tasks
from webhooks.answer import say
from webhooks.models import Knock, WebhookEvent

log = structlog.get_logger("door")

Kind = Knock.Kind
CHALLENGE = re.compile(r"[A-Za-z0-9_-]{1,256}", re.ASCII)
NO_LENGTH = "Send the length of the body in a Content-Length header.\n"
NOT_SIGNED = "The signature is missing or wrong.\n"


@csrf_exempt
@require_http_methods(["GET", "POST"])
def instagram(request: HttpRequest) -> HttpResponse:
    if request.method != "POST":
        return _verify(request)
    response = _receive(request)
    series.webhooks.labels(response.status_code).inc()
    return response


def _verify(request: HttpRequest) -> HttpResponse:
    """Meta asks whether this address is ours: the right token gets its challenge back."""
    by_doctor = request.META.get("HTTP_USER_AGENT") == knocks.DOCTOR
    token = request.GET.get("hub.verify_token", "")
    expected = settings.FACEBOOK_VERIFY_TOKEN
    if not expected or not constant_time_compare(token, expected):
        if not by_doctor:
            knocks.note_token(token)
        return say(403, "The verify token is wrong.\n")
    challenge = request.GET.get("hub.challenge", "")
    if not CHALLENGE.fullmatch(challenge):
        knocks.note(Kind.BAD_CHALLENGE)
        return say(400, "The challenge is missing or malformed.\n")
    if not by_doctor:
        knocks.note(Kind.VERIFIED)
    return say(200, challenge)


def _receive(request: HttpRequest) -> HttpResponse:
    """Verify the raw bytes, store them, ring, answer. Parsing is the worker's."""
    try:
        body = _read_body(request)
    except Exception:  # noqa: BLE001 - each server has errors of its own for a broken body
        return say(400, "The body is not complete.\n")
    if body is None:
        return say(411, NO_LENGTH)
    if len(body) > MAX_BODY_BYTES:
        return say(413, "The body is larger than 10 MB.\n")
    signature = request.META.get("HTTP_X_HUB_SIGNATURE_256", "")
    if not is_signed(body, signature, settings.WEBHOOK_SECRETS):
        is_cut = signature and not body and not request.META.get("CONTENT_LENGTH")
        return say(411, NO_LENGTH) if is_cut else _refuse(request, body, signature)
    try:
        pk = store(body)
    except (DatabaseError, InterfaceError):
        log.exception("webhook_not_stored")
        return say(503, "The database is unavailable. Send the request again.\n")
    tasks.process_event.ring(pk)
    return say(200, "")


def _refuse(request: HttpRequest, body: bytes, signature: str) -> HttpResponse:
    """Count it for the doctor: a wrong app secret is a silent death."""
    knocks.note_signature(body, signature, request.META.get("HTTP_X_HUB_SIGNATURE", ""))
    return say(401, NOT_SIGNED)


def _read_body(request: HttpRequest) -> bytes | None:
    """Read a body, no further than shows that it is too large; None: nobody says where it ends.

    Django takes a body that comes in chunks, without a length, for an empty one.
    """
    if "chunked" not in request.META.get("HTTP_TRANSFER_ENCODING", "").lower():
        return request.read(MAX_BODY_BYTES + 1)
    if not request.META.get("wsgi.input_terminated"):
        return None
    body: bytes = request.META["wsgi.input"].read(MAX_BODY_BYTES + 1)
    return body


def store(body: bytes) -> int:
    """One INSERT; once more on a new connection where the old one turns out to be broken."""
    try:
        return WebhookEvent.objects.keep(body, timezone.now())
    except (DatabaseError, InterfaceError):
        connection.close()
        return WebhookEvent.objects.keep(body, timezone.now())
