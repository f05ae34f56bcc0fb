"""The web process while others send slowly, hang up in the middle, or send nothing at all."""

import select
import socket
from contextlib import ExitStack
from functools import partial

import pytest
import requests

from instabot.web.arrival import WAITED_FOR, count_missing
from instagram.signature import sign
from tests.support.graph import text_body
from tests.support.service import SECRET, Service, wait_for

HEAD = b"POST /webhooks/instagram HTTP/1.1\r\nHost: localhost\r\n"
MANY = 40  # a web process has four threads here


@pytest.mark.no_database
@pytest.mark.parametrize(
    ("here", "missing"),
    [
        (b"", 1),
        (b"GET / HT", 1),
        (HEAD, 1),
        (HEAD + b"\r\n", 0),
        (HEAD + b"Content-Length: 0\r\n\r\n", 0),
        (HEAD + b"Content-Length: 5\r\n\r\n", 5),
        (HEAD + b"content-length:5 \r\nA: b\r\n\r\nabc", 2),
        (HEAD + b"Content-Length: 5\r\n\r\nabcde", 0),
        (HEAD + b"Content-Length: 5\r\n\r\nabcdeGET / HTTP/1.1\r\n", 0),
        (HEAD + b"X: Content-Length: 5\r\n\r\n", 0),
        (HEAD + b"Content-Length: x\r\n\r\n", None),
        (HEAD + b"Content-Length: -5\r\n\r\n", None),
        (HEAD + b"Content-Length : 5\r\n\r\nab", 3),
        (HEAD + b"Content-Length: 65536\r\n\r\n", None),
        (HEAD + b"Content-Length: 99999999999999\r\n\r\n", None),
        (HEAD + b"Content-Length: 5\r\nExpect: 100-continue\r\n\r\n", None),
        (HEAD + b"Transfer-Encoding: chunked\r\n\r\n", None),
        (b"x" * WAITED_FOR, None),
        (HEAD + b"Content-LengthX: 0\r\nContent-Length: 5\r\n\r\n", 5),
        (HEAD + b"Content-Length: 0\r\nContent-Length: 5\r\n\r\n", None),
        (HEAD + b"Transfer-Encoding : chunked\r\n\r\n", None),
        (b"\r\n\r\n", 1),
        (b"\r\n\r\n" + HEAD + b"Content-Length: 5\r\n\r\nab", 3),
    ],
)
def test_it_is_known_how_much_of_a_request_is_missing(here: bytes, missing: int | None) -> None:
    assert count_missing(here) == missing


@pytest.fixture
def web(bare: Service) -> Service:
    bare.start_web()
    return bare


def begin(lines: ExitStack, one: Service, sent: bytes) -> socket.socket:
    line = lines.enter_context(socket.create_connection(("127.0.0.1", one.port), timeout=20))
    line.sendall(sent)
    return line


def has_ended(line: socket.socket) -> bool:
    try:
        return line.recv(20) == b""
    except ConnectionResetError:  # what it had sent was not read
        return True


def readable(lines: list[socket.socket]) -> list[socket.socket]:
    return select.select(lines, [], [], 0)[0]


@pytest.mark.once
def test_slow_senders_do_not_keep_a_webhook_from_its_200(web: Service) -> None:
    half_a_body = HEAD + b"Content-Length: 99\r\n\r\nx"
    of_a_large_one = HEAD + b"Content-Length: 900000\r\n\r\nx"
    half_a_chunk = HEAD + b"Transfer-Encoding: chunked\r\n\r\n5\r\nab"
    for sent in (b"", HEAD, half_a_body, of_a_large_one, half_a_chunk):
        with ExitStack() as lines:
            for _ in range(MANY):
                begin(lines, web, sent)
            for number in range(3):
                assert web.hears("price", f"aWdf{number}") == 200, sent


@pytest.mark.once
def test_who_takes_too_long_is_ended_and_who_waited_is_served(bare: Service) -> None:
    hasty = ("--workers=1", "--threads=2", "--worker-class=tests.support.hasty.Worker")
    bare.start("gunicorn", *hasty, "instabot.wsgi")
    wait_for(bare.is_up, "the web process")
    large = text_body("870001", "price " + "x" * WAITED_FOR, "aWdf1")
    with ExitStack() as lines:
        slow = [begin(lines, bare, HEAD + b"Content-Length: 900000\r\n\r\nx") for _ in range(3)]
        idle = [
            begin(lines, bare, sent) for sent in (b"", HEAD, HEAD + b"Content-Length: 9\r\n\r\n")
        ]
        headers = {"X-Hub-Signature-256": sign(large, SECRET)}
        url = f"{bare.url}/webhooks/instagram"
        assert requests.post(url, large, headers=headers, timeout=20).status_code == 200
        assert [line.recv(20)[:12] for line in slow] == [b"HTTP/1.1 400"] * 3
        assert [has_ended(line) for line in idle] == [True] * 3


@pytest.mark.once
def test_who_waits_too_long_for_a_thread_holds_no_place(bare: Service) -> None:
    options = ("--workers=1", "--threads=2", "--worker-connections=8")
    bare.start("gunicorn", *options, "--worker-class=tests.support.hasty.Refusing", "instabot.wsgi")
    wait_for(bare.is_up, "the web process")
    with ExitStack() as lines:
        slow = [begin(lines, bare, HEAD + b"Content-Length: 900000\r\n\r\nx") for _ in range(8)]
        assert bare.hears("price", "aWdf1") == 200, "more than eight are let in after a while"
        wait_for(lambda: len(readable(slow)) == 7, "all but the one that has the thread")
        assert [has_ended(line) for line in readable(slow)] == [True] * 7


@pytest.mark.once
def test_a_request_may_come_in_pieces_and_several_on_one_line(web: Service) -> None:
    ask = b"GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n"
    with ExitStack() as lines:
        line = begin(lines, web, b"")
        for byte in ask:
            line.sendall(bytes([byte]))
        assert line.recv(4000).startswith(b"HTTP/1.1 200")
        line.sendall(ask * 3 + ask[:20])
        line.shutdown(socket.SHUT_WR)
        told = b"".join(iter(partial(line.recv, 4000), b""))
        assert told.count(b"HTTP/1.1 200") == 3, "the line has ended, and half a request is none"
    assert web.is_up()
