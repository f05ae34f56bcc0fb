"""One process of bad_input: posts, processes, takes turns, and prints what it saw as JSON."""

import io
import json
import sys
from collections import Counter
from collections.abc import Callable
from random import Random
from typing import Any

import django
from django.conf import settings
from django.db import connection
from django.utils import timezone

django.setup()

from conversations import turns  # noqa: E402 - models need the setup
from conversations.models import Conversation  # noqa: E402 - likewise
from instabot.wsgi import application  # noqa: E402 - likewise
from instagram.signature import sign  # noqa: E402 - likewise
from tests.payloads.hostile import Hostile  # noqa: E402 - likewise
from webhooks import processing  # noqa: E402 - likewise
from webhooks.models import WebhookEvent  # noqa: E402 - likewise

ROUND = 200  # payloads between two looks at what is due
ROUNDS = 5  # between two new beginnings
TURNS = 10  # conversations of a round that take their turn
LATER_TRIES = 8


def throw(hostile: Hostile, payloads: int) -> Counter[str]:
    seen: Counter[str] = Counter({"payloads": payloads})
    for number in range(1, payloads + 1):
        seen[_answer(hostile.body())] += 1
        if number % ROUND == 0:
            _work(seen)
        if number % (ROUND * ROUNDS) == 0:
            _clear(seen)
    for _ in range(LATER_TRIES):
        while _work(seen):
            pass
        waiting = WebhookEvent.objects.filter(state="received", leased_until=None)
        waiting.update(due_at=timezone.now())
    _clear(seen)
    return seen


def _work(seen: Counter[str]) -> int:
    """Process what is due, and take some of the turns; return how much was due."""
    due = list(WebhookEvent.objects.due(timezone.now()).values_list("pk", flat=True)[:ROUND])
    woken: list[int] = []
    for pk in due:
        try:
            woken += processing.process(pk).conversations
        except Exception as error:  # noqa: BLE001 - it is what we look for
            seen["exceptions"] += 1
            seen[repr(error)] += 1
    for conversation in woken[:TURNS]:
        turns.take(conversation)
    return len(due)


def _clear(seen: Counter[str]) -> None:
    """Count what has ended, and begin anew: a table that grows is not the question here."""
    ended = WebhookEvent.objects.filter(due_at=None)
    failed = ended.filter(state="failed").exclude(reason="")
    seen["processed"] += ended.filter(state="processed").count()
    seen["failed with reason"] += failed.count()
    seen["not recorded"] += failed.filter(reason__contains="not be recorded").count()
    ended.delete()
    Conversation.objects.all().delete()


def _answer(body: bytes) -> str:
    """Post a signed body to the application as a server would; return the status."""
    answered: list[str] = []
    environ = {
        "REQUEST_METHOD": "POST",
        "PATH_INFO": "/webhooks/instagram",
        "SERVER_NAME": "localhost",
        "SERVER_PORT": "80",
        "HTTP_HOST": "localhost",
        "wsgi.url_scheme": "https",
        "wsgi.input": io.BytesIO(body),
        "CONTENT_LENGTH": str(len(body)),
        "CONTENT_TYPE": "application/json",
        "HTTP_X_HUB_SIGNATURE_256": sign(body, settings.WEBHOOK_SECRETS[0]),
    }

    def start(status: str, *_: Any) -> Callable[[bytes], object]:
        answered.append(status[:3])
        return print

    b"".join(application(environ, start))
    return answered[0] if answered[0] in ("200", "413") else "other answers"


if __name__ == "__main__":
    # What survives a power cut is not the question here.
    if settings.ON_SQLITE:
        off = "PRAGMA journal_mode=WAL; PRAGMA synchronous=OFF"
        connection.settings_dict["OPTIONS"]["init_command"] = off
    else:
        with connection.cursor() as cursor:
            cursor.execute("SET synchronous_commit = off")
    print(json.dumps(throw(Hostile(Random(int(sys.argv[1]))), int(sys.argv[2]))))
