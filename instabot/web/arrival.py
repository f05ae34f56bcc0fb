"""How much of a request is still to come, and what its line says of it."""

import re
import select
import socket
from contextlib import suppress
from typing import Any

WAITED_FOR = 64 * 1024  # bytes of a request that the system keeps: nearly all webhooks are smaller

EMPTY_LINES = b"\r\n"  # before a request they are none
END_OF_HEAD = b"\r\n\r\n"
LENGTH = re.compile(rb"\r\ncontent-length[ \t]*:([^\r\n]*)", re.IGNORECASE)
A_LENGTH = re.compile(rb"[ \t]*([0-9]{1,9})[ \t]*")
# Who asks first sends nothing until it is told to; the length of what comes in chunks is unknown.
NOT_WAITED_FOR = re.compile(rb"\r\n(expect|transfer-encoding)[ \t]*:", re.IGNORECASE)
HUNG_UP = getattr(select, "POLLRDHUP", 0) | select.POLLHUP | select.POLLERR


def count_missing(begun: bytes) -> int | None:
    """Return how many bytes of a request are still to come; None: too many to wait for.

    begun: what is here of it. As long as its head is not complete, one more is missing.
    """
    start = len(begun) - len(begun.lstrip(EMPTY_LINES))
    end = begun.find(END_OF_HEAD, start) + len(END_OF_HEAD)
    if end < len(END_OF_HEAD):
        return 1 if len(begun) < WAITED_FOR else None
    length = _read_length(begun[start:end])
    if length is None or end + length > WAITED_FOR:
        return None
    return max(0, end + length - len(begun))


def _read_length(head: bytes) -> int | None:
    """Return how long the body is; None where the head does not say it plainly."""
    if NOT_WAITED_FOR.search(head):
        return None
    said = LENGTH.findall(head)
    if not said:
        return 0
    number = A_LENGTH.fullmatch(said[0])
    return int(number[1]) if number and len(said) == 1 else None


def has_hung_up(line: socket.socket) -> bool:
    """Tell whether nothing more can come on it; where the system cannot say, that it can."""
    poll = select.poll()
    poll.register(line, HUNG_UP)
    return bool(poll.poll(0))


def wake_at(line: socket.socket, size: int) -> None:
    """Let the system call it readable when so many bytes are here; some call it so earlier."""
    with suppress(OSError):
        line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVLOWAT, size)


def peek(line: socket.socket) -> bytes | None:
    """Return what is here and leave it there; None: nothing will come any more."""
    try:
        return line.recv(WAITED_FOR, socket.MSG_PEEK | socket.MSG_DONTWAIT) or None
    except BlockingIOError:
        return b""
    except OSError:  # the line is broken: a thread will find out, and close it
        return None


def read_ahead(conn: Any) -> bytes:
    """Return what a thread has read already of the next request, if it came with the last one."""
    return b"" if conn.parser is None else bytes(conn.parser.unreader.buf.getvalue())
