"""Meta's side of the wire: signs a webhook, posts it to the real address, and repeats it.

Always in a thread of its own: a request that waited for another request of the same server
could wait for itself.
"""

import threading
import time

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


LATE = 3.0  # seconds: what is sent meanwhile comes first


def tell(
    what: str, part: payloads.Part, message: Message, *, times: int = 1, late: bool = False
) -> threading.Thread:
    """Post a webhook, and note what came of it as a step of the message."""
    # A daemon: a server that is stopped does not wait for the pauses between tries.
    arguments = (what, payloads.body(part), message, times, LATE if late else 0.0)
    thread = threading.Thread(target=_tell, args=arguments, name=THREAD, daemon=True)
    thread.start()
    return thread


def _tell(what: str, body: bytes, message: Message, times: int, after: float) -> None:
    time.sleep(after)
    try:
        for _ in range(times):
            _deliver(what, body, message)
    finally:
        connection.close()


def _deliver(what: str, body: bytes, message: Message) -> None:
    """Post until it is answered 200, with a few tries; note each as a step of the message."""
    for pause in PAUSES:
        time.sleep(pause)
        if _post(what, body, message):
            return
    log.warning("webhook_given_up", message=message.pk, tries=len(PAUSES))


def _post(what: str, body: bytes, message: Message) -> bool:
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
