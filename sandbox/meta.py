"""Meta's side: signs an event, posts it to the real webhook, and tries again.

Always in a thread of its own: a request that waits for another request to the same server could
wait for itself.
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

# Seconds before each try. Meta tries for hours, but a person at the page does not wait so long.
TRY_DELAYS = (0.0, 0.5, 2.0, 5.0)
TIMEOUT = (2.0, 10.0)
THREAD = "Sandbox webhook"
LATE_SECONDS = 3.0  # what is sent meanwhile arrives first


def tell(
    what: str, part: payloads.Part, message: Message, *, times: int = 1, late: bool = False
) -> threading.Thread:
    """Post an event, and note the result as a step of the message."""
    # A daemon: a server that stops does not wait for the next try.
    arguments = (what, payloads.body(part), message, times, LATE_SECONDS if late else 0.0)
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
    """Post until the answer is 200, a few times; note each try as a step of the message."""
    for pause in TRY_DELAYS:
        time.sleep(pause)
        if _post(what, body, message):
            return
    log.warning("webhook_given_up", message=message.pk, tries=len(TRY_DELAYS))


def _post(what: str, body: bytes, message: Message) -> bool:
    began, started = timezone.now(), time.perf_counter()
    try:
        status, answer = _send(body)
    except requests.RequestException as error:
        status, answer = 0, type(error).__name__
    spent = round((time.perf_counter() - started) * 1000)
    is_ok: bool = status == requests.codes.ok
    result = f"200 in {spent} ms" if is_ok else f"{answer} after {spent} ms"
    Step.objects.create(message=message, at=began, text=f"{what}: {result}", good=is_ok)
    return is_ok


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
