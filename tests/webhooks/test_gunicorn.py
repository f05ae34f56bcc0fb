"""The door behind the real gunicorn: bodies and paths as proxies and hosts pass them on."""

import socket
from collections.abc import Iterable, Iterator
from contextlib import closing

import pytest
import requests

from instagram.limits import MAX_BODY_BYTES
from instagram.signature import sign
from tests.support.graph import text_body
from tests.support.service import SECRET, Service

EVENTS = "SELECT body FROM webhooks_webhookevent ORDER BY id"
BODY = text_body("870001", "price?", "aWdf1")


def in_pieces(body: bytes, size: int) -> Iterator[bytes]:
    for start in range(0, len(body), size):
        yield body[start : start + size]


def post(running: Service, body: bytes | Iterable[bytes], signed: bytes, path: str = "") -> int:
    """Post a body; one in pieces goes in chunks, without its length."""
    headers = {"X-Hub-Signature-256": sign(signed, SECRET), "Content-Type": "application/json"}
    url = f"{running.url}{path or '/webhooks/instagram'}"
    return requests.post(url, body, headers=headers, timeout=10).status_code


def kept(running: Service) -> list[bytes]:
    return [bytes(body) for (body,) in running.database.rows(EVENTS)]


def test_bodies_in_chunks_are_read_up_to_the_limit(running: Service) -> None:
    for size in (1, 7, len(BODY)):
        assert post(running, in_pieces(BODY, size), BODY) == 200
    assert kept(running) == [BODY] * 3
    assert post(running, in_pieces(BODY, 7), b"another body") == 401
    most = b"x" * MAX_BODY_BYTES
    assert post(running, in_pieces(most, 1_000_000), most) == 200
    more = most + b"x"
    assert post(running, in_pieces(more, 1_000_000), more) == 413
    assert len(kept(running)) == 4
    assert running.hears("price?", "aWdf2") == 200, "whoever comes next is served"


@pytest.mark.parametrize("chunks", [b"zz\r\nabc\r\n", b"5\r\nabc"], ids=["no size", "cut off"])
def test_chunks_that_are_broken_are_no_servers_error(running: Service, chunks: bytes) -> None:
    head = (
        f"POST /webhooks/instagram HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n"
        f"X-Hub-Signature-256: {sign(b'abc', SECRET)}\r\n\r\n"
    )
    with closing(socket.create_connection(("127.0.0.1", running.port), timeout=10)) as line:
        line.sendall(head.encode() + chunks)
        line.shutdown(socket.SHUT_WR)
        assert line.recv(100).split()[1] == b"400"
    assert kept(running) == []


def test_a_slash_at_the_end_of_the_path_makes_no_difference(running: Service) -> None:
    assert post(running, BODY, BODY, "/webhooks/instagram/") == 200
    assert post(running, in_pieces(BODY, 7), BODY, "/webhooks/instagram/") == 200
    query = {"hub.mode": "subscribe", "hub.challenge": "115", "hub.verify_token": "verify-me"}
    url = f"{running.url}/webhooks/instagram/"
    found = requests.get(url, query, timeout=10, allow_redirects=False)
    assert (found.status_code, found.text) == (200, "115")
    assert requests.get(f"{running.url}/health/", timeout=10).json() == {"status": "ok"}
