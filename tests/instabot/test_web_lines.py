"""What strangers can do to the lines of a web process, on a site without Django."""

import signal
import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.support.small_site import SmallSite, small_site

pytestmark = [pytest.mark.once, pytest.mark.no_database]

ASK = b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"
POST = b"POST / HTTP/1.1\r\nHost: localhost\r\n"
MANY = 30  # it has four threads


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SmallSite]:
    with small_site(tmp_path_factory.mktemp("site"), "Bored") as one:
        yield one


@pytest.fixture
def lines() -> Iterator[ExitStack]:
    with ExitStack() as stack:
        yield stack


def begin(lines: ExitStack, site: SmallSite, sent: bytes, room: int = 0) -> socket.socket:
    """Connect and send; room: how many bytes of answers fit on this side."""
    line = lines.enter_context(socket.socket())
    if room:
        line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, room)
    line.settimeout(20)
    line.connect(("127.0.0.1", site.port))
    line.sendall(sent)
    return line


def begin_locally(lines: ExitStack, site: SmallSite, sent: bytes) -> socket.socket:
    line = lines.enter_context(socket.socket(socket.AF_UNIX))
    line.settimeout(8)
    line.connect(str(site.socket))
    line.sendall(sent)
    return line


@pytest.mark.parametrize(
    "sent",
    [
        pytest.param(b"GET / HTTP/1.0\r\n\r\n", id="answered and not closed"),
        pytest.param(ASK.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n"), id="asked to"),
        pytest.param(b"nonsense\r\n\r\n", id="no request"),
        pytest.param(ASK + b"G", id="the next one has begun"),
        pytest.param(ASK + POST + b"Content-Length: 9\r\n\r\nx", id="its body, too"),
        pytest.param(POST + b"Content-LengthX: 0\r\nContent-Length: 9\r\n\r\nx", id="a name"),
        pytest.param(POST + b"Content-Length: 0\r\nContent-Length: 9\r\n\r\nx", id="two lengths"),
        pytest.param(b"\r\n\r\n", id="empty lines"),
        pytest.param(b"\r\n\r\nG", id="empty lines before"),
    ],
)
def test_lines_left_open_keep_nobody_waiting(
    site: SmallSite, lines: ExitStack, sent: bytes
) -> None:
    for _ in range(MANY):
        begin(lines, site, sent)
    time.sleep(0.2)  # for threads that should not have them
    assert site.answers()


def test_who_leaves_an_answer_is_ended(site: SmallSite, lines: ExitStack) -> None:
    for _ in range(MANY // 6):
        begin(lines, site, ASK.replace(b"/", b"/big", 1), room=4096)
    time.sleep(0.2)
    assert site.answers()


def test_a_large_answer_that_is_taken_comes_whole(site: SmallSite, lines: ExitStack) -> None:
    line = begin(lines, site, b"GET /big HTTP/1.0\r\n\r\n")
    taken = sum(map(len, iter(lambda: line.recv(1 << 20), b"")))
    assert taken > 20_000_000


def test_an_answer_comes_whole_though_more_was_sent_than_was_read(
    site: SmallSite, lines: ExitStack
) -> None:
    line = begin(lines, site, b"GET / HTTP/1.0\r\n\r\n" + b"x" * 20_000)
    assert b"".join(iter(lambda: line.recv(4000), b"")).endswith(b"]")


@pytest.mark.parametrize("length", [50_000, 500_000])
def test_a_body_that_is_cut_off_is_not_a_shorter_body(
    site: SmallSite, lines: ExitStack, length: int
) -> None:
    line = begin(lines, site, POST + b"Content-Length: %d\r\n\r\n" % length + b"x" * 777)
    line.shutdown(socket.SHUT_WR)
    assert line.recv(4000) == b"", "nothing was answered, and the line is closed"
    assert 777 not in site.read_bodies()


def test_requests_that_come_with_the_last_one_are_answered(
    site: SmallSite, lines: ExitStack
) -> None:
    line = begin(lines, site, ASK * 3 + POST + b"Content-Length: 4321\r\n\r\nx")
    line.sendall(b"x" * 4320)
    line.shutdown(socket.SHUT_WR)
    assert b"".join(iter(lambda: line.recv(4000), b"")).count(b"HTTP/1.1 200") == 4
    assert site.read_bodies().count(4321) == 1


def test_on_a_unix_socket_too_a_request_in_two_pieces_waits_for_no_other(
    site: SmallSite, lines: ExitStack
) -> None:
    for _ in range(MANY):
        begin_locally(lines, site, POST + b"Content-Length: 900000\r\n\r\nx")
        begin_locally(lines, site, POST + b"Content-Length: 9\r\n\r\nx")
    line = begin_locally(lines, site, POST)
    for piece in (b"Content-Length: 3\r\n", b"\r\nx", b"yz"):
        time.sleep(0.2)
        line.sendall(piece)
    assert line.recv(4000).startswith(b"HTTP/1.1 200")


def test_whoever_sends_byte_by_byte_has_no_longer_than_others(
    site: SmallSite, lines: ExitStack
) -> None:
    line = begin(lines, site, b"GET /")
    line.settimeout(0.3)
    for _ in range(40):  # four times as long as it may
        begin(lines, site, b"")  # these have longer
        if has_ended_after_a_byte(line):
            return
    raise AssertionError("it goes on and on")


def has_ended_after_a_byte(line: socket.socket) -> bool:
    try:
        line.sendall(b"x")
        return line.recv(1) == b""
    except TimeoutError:
        return False
    except ConnectionError:
        return True


def test_a_stop_does_not_wait_for_who_sent_nothing(tmp_path: Path, lines: ExitStack) -> None:
    with small_site(tmp_path, "Patient") as site:
        begin(lines, site, b"")
        assert site.answers()
        site.process.send_signal(signal.SIGTERM)
        site.process.wait(timeout=20)  # gunicorn's own end of all patience is 30 seconds
