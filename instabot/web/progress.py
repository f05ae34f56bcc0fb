"""Whether the other side takes what it is sent; Linux tells, and elsewhere nothing is known."""

import array
import fcntl
import socket
import struct
import sys

UNACKNOWLEDGED = 0x5411  # SIOCOUTQ: bytes that are written and were not received yet
TAKEN_AT = 120  # where struct tcp_info has tcpi_bytes_acked, 64 bits


def count_taken(line: socket.socket) -> int | None:
    """Return how many bytes the other side has ever received; None: it has all, or unknown."""
    if not _count_unacknowledged(line):
        return None
    try:
        told = line.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, TAKEN_AT + 8)
        return int(struct.unpack_from("=Q", told, TAKEN_AT)[0])
    except (OSError, struct.error):  # no TCP
        return None


def _count_unacknowledged(line: socket.socket) -> int:
    size = array.array("i", [0])
    if sys.platform == "linux":
        try:
            fcntl.ioctl(line.fileno(), UNACKNOWLEDGED, size)
        except (OSError, ValueError):  # closed meanwhile
            return 0
    return size[0]
