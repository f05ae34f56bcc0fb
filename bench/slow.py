"""Webhooks while others hold connections and send next to nothing: what still gets its 200."""

import socket
import ssl
import statistics
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress

from bench import databases
from bench.counts import Counts
from bench.databases import FOLDER
from bench.load import signed
from bench.servers import Scenario, answers, running, start_web, stop, wait_for
from bench.tables import table
from tests.support.graph import text_body
from tests.support.nginx import HOST, PROGRAM, WHY_NOT, Nginx, unverified

WEBHOOKS = 3
PATIENCE = 5.0  # seconds for a webhook
HEAD = f"POST /webhooks/instagram HTTP/1.1\r\nHost: {HOST}\r\n".encode()
KINDS = {
    "idle": b"",
    "slow heads": HEAD + b"X-Slow: ",
    "slow bodies": HEAD + b"Content-Length: 2000\r\n\r\n",
    "slow large bodies": HEAD + b"Content-Length: 900000\r\n\r\n",
}
SETUPS = ("gunicorn's gthread", "instabot.web", "behind nginx")

Connect = Callable[[], socket.socket]


def run(counts: Counts) -> str:
    """Measure each kind of sender before each setup; report."""
    if PROGRAM is None:
        raise RuntimeError(WHY_NOT)
    found = {setup: _measure(setup, counts) for setup in SETUPS}
    rows = [[case, *(found[setup][case] for setup in SETUPS)] for case in found[SETUPS[0]]]
    return (
        "## Slow senders\n\n"
        f"Webhooks of {WEBHOOKS}, one after the other, that got their 200 within {PATIENCE:g} s,"
        " and the median, while so many connections stay open and send a byte a second, or nothing."
        " One gunicorn with two workers of four threads.\n\n" + table(["", *SETUPS], rows)
    )


def _measure(setup: str, counts: Counts) -> dict[str, str]:
    name = f"slow{SETUPS.index(setup)}"
    with ExitStack() as stack:
        scene = stack.enter_context(
            running(databases.sqlite(), Scenario(redis=False, web=False), name)
        )
        options = "--worker-class gthread" if setup == SETUPS[0] else ""
        web = start_web(scene, "instabot.wsgi", scene.port, GUNICORN_CMD_ARGS=options)
        stack.callback(stop, [web])
        connect = _plainly(scene.port)
        if setup == SETUPS[2]:
            nginx = Nginx(FOLDER / "nginx", scene.port, connections=4096)
            connect = _by_tls(stack.enter_context(nginx).https)
        found = {}
        for many in (counts.slow_few, counts.slow_many):
            for kind, begun in KINDS.items():
                with _held(connect, begun, many):
                    found[f"{many:,} {kind}"] = _ask(connect)
                wait_for(lambda: answers(scene.port), "an end of it", 300)
    return found


def _plainly(port: int) -> Connect:
    return lambda: socket.create_connection(("127.0.0.1", port), PATIENCE)


def _by_tls(port: int) -> Connect:
    context = unverified()
    return lambda: context.wrap_socket(socket.create_connection(("127.0.0.1", port), PATIENCE))


@contextmanager
def _held(connect: Connect, begun: bytes, many: int) -> Iterator[None]:
    """Hold connections, each of which has sent this, and sends another byte each second."""
    lines: list[socket.socket] = []
    over = threading.Event()
    for _ in range(many):
        with suppress(OSError):
            line = connect()
            line.sendall(begun)
            lines.append(line)

    def drip() -> None:
        while not over.wait(1):
            for line in lines:
                with suppress(OSError, ssl.SSLError):
                    line.send(b"x")

    dripping = threading.Thread(target=drip if begun else over.wait)
    dripping.start()
    try:
        yield
    finally:
        over.set()
        dripping.join()
        for line in lines:
            line.close()


def _ask(connect: Connect) -> str:
    """Post webhooks; return how many were taken, and how long that took."""
    took = []
    for number in range(WEBHOOKS):
        began = time.monotonic()
        with suppress(OSError), connect() as line:
            line.sendall(signed(text_body("870001", "price", f"slow{number}{began}")))
            if line.recv(100).startswith(b"HTTP/1.1 200"):
                took.append(1000 * (time.monotonic() - began))
    return f"{len(took)}, {statistics.median(took):.0f} ms" if took else "0"
