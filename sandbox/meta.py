"""Meta's side of the wire: signs a webhook, posts it to the real address, and repeats it.

Always in a thread of its own: a request that waited for another request of the same server
could wait for itself.
"""

import threading
import time
from collections.abc import Mapping
from typing import Any

import requests
import structlog
from django.conf import settings
from django.db import connection
from django.utils import timezone

from instagram.signature import sign
from sandbox import payloads
from sandbox.models import Message, Step

log = structlog.get_logger("sandbox")

# Seconds before each try. Meta goes on for hours; a person at the page does not.
PAUSES = (0.0, 0.5, 2.0, 5.0)
TIMEOUT = (2.0, 10.0)
THREAD = "Sandbox webhook"


def tell_written(message: Message) -> None:
    """Post the webhook of what a customer wrote."""
    _in_a_thread("Signed and posted", payloads.written(message), message)


def tell_echo(message: Message, metadata: str) -> None:
    """Post the echo of what was sent from the shop's account."""
    _in_a_thread("Echo posted", payloads.echo(message, metadata), message)


def _in_a_thread(what: str, item: Mapping[str, Any], message: Message) -> None:
    # A daemon: a server that is stopped does not wait for the pauses between tries.
    arguments = (what, item, message)
    threading.Thread(target=_deliver, args=arguments, name=THREAD, daemon=True).start()


def _deliver(what: str, item: Mapping[str, Any], message: Message) -> None:
    """Post until it is answered 200, with a few tries; note each as a step of the message."""
    try:
        for pause in PAUSES:
            time.sleep(pause)
            if _post(what, item, message):
                return
        log.warning("webhook_given_up", message=message.pk, tries=len(PAUSES))
    finally:
        connection.close()


def _post(what: str, item: Mapping[str, Any], message: Message) -> bool:
    body = payloads.body(item)
    began, started = timezone.now(), time.perf_counter()
    try:
        status, answer = _send(body)
    except requests.RequestException as error:
        status, answer = 0, type(error).__name__
    spent = round((time.perf_counter() - started) * 1000)
    good: bool = status == requests.codes.ok
    found = f"{answer} after {spent} ms" if not good else f"200 in {spent} ms"
    Step.objects.create(message=message, at=began, text=f"{what}: {found}", good=good)
    return good


def _send(body: bytes) -> tuple[int, str]:
    headers = {
        "Content-Type": "application/json",
        "User-Agent": "Webhooks/1.0 (https://fb.me/webhooks)",
        "X-Hub-Signature-256": sign(body, settings.WEBHOOK_SECRETS[0]),
    }
    with requests.Session() as session:
        session.trust_env = False  # this machine is never behind a proxy
        response = session.post(webhook_url(), data=body, headers=headers, timeout=TIMEOUT)
    return response.status_code, str(response.status_code)


def webhook_url() -> str:
    return f"http://127.0.0.1:{settings.PORT}/webhooks/instagram"
