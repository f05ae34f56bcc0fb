"""Whether a proxy takes in slow requests, so that no thread of ours has to wait for them."""

import re
import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

from instabot.doctor import address
from instabot.doctor.findings import Finding, ok, warning
from webhooks.knocks import DOCTOR

SECONDS = 3.0  # instabot answers at once, if it is asked
# It says more than it sends, and instabot needs none of that to refuse it.
UNFINISHED = (
    "POST /health HTTP/1.1\r\nHost: {host}\r\nUser-Agent: {agent}\r\nConnection: close\r\n"
    "Content-Type: text/plain\r\nContent-Length: 200000\r\n\r\nx"
)
WHOLE = "GET /health HTTP/1.1\r\nHost: {host}\r\nUser-Agent: {agent}\r\nConnection: close\r\n\r\n"
OURS = (b" 405 ", b"default-src 'none'; frame-ancestors 'none'")
WAITED_IN_VAIN = "408"


def check_buffering() -> Iterator[Finding]:
    """Begin a request at our own address, leave it unfinished, and see who answers.

    Nobody may be there to answer: so a whole request is made beside it.
    """
    home = address.our_address()
    if not home:
        return
    try:
        with _open(home) as half, _open(home) as whole:
            _send(half, UNFINISHED, home)
            _send(whole, WHOLE, home)
            is_there = _status(_read(whole)) == "200"
            answer = _read(half)
    except OSError:
        return  # which other lines say
    if is_there:
        yield _judge(answer)


def _judge(answer: bytes | None) -> Finding:
    if answer is None or _status(answer) == WAITED_IN_VAIN:
        return ok("The proxy in front of instabot waits for the whole of a request.")
    if all(part in answer for part in OURS):
        return warning(
            "The proxy in front of instabot passes on requests before all of them is there.",
            "Let it buffer requests, as deploy/server/nginx.conf does. If it cannot, instabot bears"
            " slow senders by itself, but fewer of them (docs/security.md, “Slow and large”).",
        )
    done = f"answers it with {status}" if (status := _status(answer)) else "ends it"
    return warning(
        "Whether the proxy in front of instabot waits for the whole of a request is not known: it"
        f" {done} before that.",
        "See in the proxy's documentation that it buffers requests, as deploy/server/nginx.conf"
        " does.",
    )


@contextmanager
def _open(home: str) -> Iterator[ssl.SSLSocket]:
    """Raise OSError where nobody answers there, or without a certificate that is accepted."""
    parts = urlsplit(home)
    context = ssl.create_default_context(cafile=address.TRUSTED)
    host = (parts.hostname, parts.port or 443)
    with (
        socket.create_connection(host, address.TIMEOUT[0]) as plain,
        context.wrap_socket(plain, server_hostname=parts.hostname) as line,
    ):
        line.settimeout(SECONDS)
        yield line


def _send(line: ssl.SSLSocket, request: str, home: str) -> None:
    line.sendall(request.format(host=urlsplit(home).netloc, agent=DOCTOR).encode())


def _read(line: ssl.SSLSocket) -> bytes | None:
    """Return what is answered until the line ends; None: nothing, and it stays open."""
    answer = b""
    try:
        while more := line.recv(address.MOST_READ):
            answer += more
    except TimeoutError:
        return answer or None
    except OSError:
        return answer  # the line was cut
    return answer


def _status(answer: bytes | None) -> str:
    """Return the three digits; empty: this is no answer."""
    found = re.match(rb"HTTP/1\.[01] (\d{3})\b", answer or b"")
    return found[1].decode() if found else ""
