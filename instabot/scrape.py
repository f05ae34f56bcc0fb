"""What Prometheus reads at /metrics: the sums of all processes, and what the database says now."""

import structlog
from django.conf import settings
from django.db import DatabaseError, InterfaceError, connection
from django.http import HttpRequest, HttpResponse
from django.utils.crypto import constant_time_compare
from django.views.decorators.http import require_safe

from instabot import gauges
from metrics import exposition

log = structlog.get_logger("metrics")

SCHEME = "Bearer "


@require_safe
def show(request: HttpRequest) -> HttpResponse:
    """Answer who has the token; whichever process is asked, it tells of all of them."""
    if not settings.METRICS_TOKEN:
        return _say(404, "There are no metrics here: METRICS_TOKEN is not set.\n")
    given = request.META.get("HTTP_AUTHORIZATION", "")
    if not constant_time_compare(given, f"{SCHEME}{settings.METRICS_TOKEN}"):
        refused = _say(401, "Send METRICS_TOKEN as `Authorization: Bearer …`.\n")
        refused["WWW-Authenticate"] = 'Bearer realm="metrics"'
        return refused
    try:
        body = _read()
    except (DatabaseError, InterfaceError):
        log.warning("metrics_not_read", exc_info=True)
        return _say(503, "The database did not answer. instabot's log says why.\n")
    return _answer(body, exposition.CONTENT_TYPE)


def _read() -> bytes:
    """Read everything; once more on a new connection where the old one turns out to be broken."""
    try:
        return exposition.text(gauges.read())
    except (DatabaseError, InterfaceError):
        connection.close()
        return exposition.text(gauges.read())


def _say(status: int, text: str) -> HttpResponse:
    return _answer(text.encode(), "text/plain; charset=utf-8", status)


def _answer(body: bytes, content_type: str, status: int = 200) -> HttpResponse:
    response = HttpResponse(body, content_type=content_type, status=status)
    response["Cache-Control"] = "no-store"
    return response
