"""A real process in which errors quote whatever was being handled when they happened.

A worker: python -m tests.support.faulty. A web process: gunicorn tests.support.faulty.
"""

from collections.abc import Callable
from functools import partial
from typing import Any

import django
import structlog
from django.conf import settings
from django.core.management import call_command
from django.db import DatabaseError

CRASH, REFUSED, NOT_STORED = "crash", "refused", "not-stored"  # in what a customer writes

log = structlog.get_logger("faulty")


def _quote(kind: type[Exception], *values: object) -> Any:
    """Raise an error that says these values, in a frame that has them too, while handling one."""
    said = " ".join(map(str, values))
    cause = LookupError(said)
    cause.add_note(said)
    raise kind(said) from cause


def _when(
    real: Callable[..., Any], is_so: Callable[..., bool], fail: Callable[..., Any], *args: Any,
    **named: Any,
) -> Any:  # fmt: skip
    if is_so(*args):
        fail(*args)
    return real(*args, **named)


def _ask_nobody(question: Any) -> None:
    log.info("asks_nobody")  # what an error's report tells of before it
    _quote(KeyError, question.text)


def _refuse_row(item: Any, *_: Any) -> None:
    """A real refusal of the database, which quotes the whole row."""
    from conversations.models import Message

    Message.objects.create(conversation_id=1, origin="bot", text=item.text, verdict="x")


def prepare() -> None:
    """Put in the faults."""
    django.setup()

    from conversations import engine, inbox, outbox
    from instabot import palette
    from webhooks import views

    engine.ask = partial(_when, engine.ask, lambda question: CRASH in question.text, _ask_nobody)
    inbox.record = partial(
        _when, inbox.record, lambda item, *_: REFUSED in getattr(item, "text", ""), _refuse_row
    )
    views.store = partial(
        _when,
        views.store,
        lambda body: NOT_STORED.encode() in body,
        lambda body: _quote(DatabaseError, body, settings.WEBHOOK_SECRETS),
    )
    outbox.settle_next = lambda: _quote(ValueError, settings.INSTAGRAM_PAGE_ACCESS_TOKEN)
    palette.find = lambda request: _quote(
        ValueError, request.get_full_path(), dict(request.headers), request.user
    )
    outbox.reply = lambda *args: _quote(ValueError, *args)


def application(environ: dict[str, Any], start_response: Any) -> Any:
    """Answer as instabot does, with the faults."""
    global _ready  # noqa: PLW0603 - once a process
    if not _ready:
        prepare()
        _ready = True
    from instabot.wsgi import application as ours

    return ours(environ, start_response)


_ready = False

if __name__ == "__main__":
    prepare()
    call_command("run_huey")
