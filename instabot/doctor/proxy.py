"""Whether a proxy takes in slow requests, so that no thread of ours has to wait for them."""

import socket
import ssl
from collections.abc import Iterator
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
OURS = (b" 405 ", b"default-src 'none'; frame-ancestors 'none'")


def check_buffering() -> Iterator[Finding]:
    """Begin a request at our own address, leave it unfinished, and see who answers."""
    home = address.our_address()
    if not home:
        return
    try:
        answer = _begin(home)
    except OSError:
        return  # which other lines say
    if all(part in answer for part in OURS):
        yield warning(
            "The proxy in front of instabot passes on requests before all of them is there.",
            "Let it buffer requests, as deploy/server/nginx.conf does. If it cannot, instabot bears"
            " slow senders by itself, but fewer of them (docs/security.md, “Slow and large”).",
        )
    else:
        yield ok("The proxy in front of instabot waits for the whole of a request.")


def _begin(home: str) -> bytes:
    """Return what is answered to half a request; nothing, if somebody waits for the rest of it.

    Raises OSError where nobody answers there, or without a certificate that is accepted.
    """
    parts = urlsplit(home)
    context = ssl.create_default_context(cafile=address.TRUSTED)
    host = (parts.hostname, parts.port or 443)
    with (
        socket.create_connection(host, address.TIMEOUT[0]) as plain,
        context.wrap_socket(plain, server_hostname=parts.hostname) as line,
    ):
        line.settimeout(SECONDS)
        line.sendall(UNFINISHED.format(host=parts.netloc, agent=DOCTOR).encode())
        answer = b""
        try:
            while more := line.recv(address.MOST_READ):
                answer += more
        except TimeoutError:
            pass
        return answer
