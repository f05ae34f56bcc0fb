"""The least that could keep a webhook: the same check, the same INSERT, no framework.

What intake is measured against. It runs under the same gunicorn settings.
"""

import os
import threading
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import Any

import psycopg2

from instagram.signature import is_signed

SECRETS = [os.environ["FACEBOOK_APP_SECRET"]]
INSERT = """
INSERT INTO webhooks_webhookevent
    (due_at, leased_until, tries, body, received_at, processed_at, state, outcomes, reason)
VALUES (%s, NULL, 0, %s, %s, NULL, 'received', '[]', '') RETURNING id
"""
_HEADERS = [("Content-Type", "text/plain; charset=utf-8"), ("Content-Length", "0")]
_threads = threading.local()


def application(
    environ: dict[str, Any], start_response: Callable[[str, list[tuple[str, str]]], object]
) -> Iterable[bytes]:
    """Verify, store, answer 200."""
    if environ["REQUEST_METHOD"] == "GET":  # is it up?
        start_response("200 OK", _HEADERS)
        return [b""]
    body = environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"]))
    if not is_signed(body, environ.get("HTTP_X_HUB_SIGNATURE_256", ""), SECRETS):
        start_response("401 Unauthorized", _HEADERS)
        return [b""]
    now = datetime.now(UTC)
    with _connection().cursor() as cursor:
        cursor.execute(INSERT, (now, psycopg2.Binary(body), now))
        cursor.fetchone()
    start_response("200 OK", _HEADERS)
    return [b""]


def _connection() -> Any:
    """One connection a thread, each statement its own transaction: as Django's are kept."""
    if not hasattr(_threads, "connection"):
        _threads.connection = psycopg2.connect(os.environ["DATABASE_URL"])
        _threads.connection.autocommit = True
    return _threads.connection
