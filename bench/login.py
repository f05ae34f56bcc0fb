"""Webhooks while passwords are tried: how long their 200 takes, and what becomes of the tries."""

import asyncio
import itertools
import statistics
import time
import uuid
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from urllib.parse import urlencode

from bench import databases
from bench.counts import Counts
from bench.load import Line, open_loop, signed
from bench.servers import Running, Scenario, running, start_web, stop
from bench.tables import percentile, table
from tests.support.graph import text_body

CSRF = "a" * 32  # as cookie and in the form, which is all that is asked
WEBHOOKS_A_SECOND = 20.0
MAKE_ANNA = (
    "from django.contrib.auth.models import User; User.objects.create_superuser('anna', password='"
    "a-long-password')"
)


@dataclass(frozen=True, slots=True)
class _Attack:
    """Who tries what: a name and an address for the number of a try; None: nobody tries."""

    name: str
    of: Callable[[int], tuple[str, str]] | None


ATTACKS = (
    _Attack("nobody", None),
    _Attack("one name, one address", lambda _: ("anna", "203.0.113.9")),
    _Attack("many names, one address", lambda number: (f"name{number}", "203.0.113.10")),
    _Attack(
        "one name, many addresses",
        lambda number: ("anna", f"198.51.{number // 250 % 250}.{number % 250}"),
    ),
    _Attack(
        "many names, many addresses",
        lambda number: (f"name{number}", f"192.0.{number // 250 % 250}.{number % 250}"),
    ),
)


def run(counts: Counts) -> str:
    """Measure each attack, one after the other; return the report."""
    rows = []
    with running(databases.postgresql(), Scenario(web=False), "login") as scene:
        web = start_web(scene, "instabot.wsgi", scene.port, TRUSTED_PROXIES="1")
        try:
            databases.manage(scene.database.url, "shell", "-c", MAKE_ANNA)
            rows = [asyncio.run(_measure(scene, attack, counts)) for attack in ATTACKS]
        finally:
            stop([web])
    return (
        "## Log-in under attack\n\n"
        f"{counts.login_clients} clients try passwords as fast as they are answered, for"
        f" {counts.login_seconds:g} s; meanwhile {WEBHOOKS_A_SECOND:g} webhooks a second come."
        " Milliseconds until their 200.\n\n"
        + table(
            ["who tries", "tries a second", "looked at", "refused", "200: p50", "200: p99"], rows
        )
    )


async def _measure(scene: Running, attack: _Attack, counts: Counts) -> list[str]:
    statuses: Counter[int] = Counter()
    ends = time.monotonic() + counts.login_seconds
    tries = [
        asyncio.create_task(_try(scene.port, requests, ends, statuses))
        for requests in _clients(attack, counts.login_clients)
    ]
    webhooks = _webhooks(int(counts.login_seconds * WEBHOOKS_A_SECOND))
    _, took = await open_loop(scene.port, webhooks, WEBHOOKS_A_SECOND)
    await asyncio.gather(*tries)
    took_ms = [1000 * one for one in took]
    return [
        attack.name,
        f"{statuses.total() / counts.login_seconds:.0f}",
        str(statuses[200]),
        str(statuses[429]),
        f"{statistics.median(took_ms):.1f}",
        f"{percentile(took_ms, 99):.1f}",
    ]


def _clients(attack: _Attack, count: int) -> list[Iterator[bytes]]:
    if attack.of is None:
        return []
    of, numbers = attack.of, itertools.count()
    return [(_request(*of(number)) for number in numbers) for _ in range(count)]


async def _try(port: int, requests: Iterator[bytes], ends: float, statuses: Counter[int]) -> None:
    line = await Line.open(port)
    for request in requests:
        if time.monotonic() >= ends:
            break
        statuses[await line.post(request)] += 1
    line.close()


def _request(name: str, address: str) -> bytes:
    """Return a try as the proxy before instabot hands it on."""
    body = urlencode({"username": name, "password": "wrong", "csrfmiddlewaretoken": CSRF})
    head = (
        "POST /admin/login/ HTTP/1.1\r\n"
        "Host: 127.0.0.1\r\n"
        "X-Forwarded-Proto: https\r\n"
        f"X-Forwarded-For: {address}\r\n"
        "Origin: https://127.0.0.1\r\n"
        f"Cookie: csrftoken={CSRF}\r\n"
        "Content-Type: application/x-www-form-urlencoded\r\n"
        f"Content-Length: {len(body)}\r\n\r\n"
    )
    return f"{head}{body}".encode()


def _webhooks(count: int) -> Iterator[bytes]:
    for number in range(count):
        yield signed(text_body(f"9{number}", "Hello", f"m_{uuid.uuid4().hex}"))
