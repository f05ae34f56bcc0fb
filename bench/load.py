"""The load: signed webhooks on connections that are kept open, as Meta's are."""

import asyncio
import re
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Self

from instagram.signature import sign

SECRET = "secret-of-benchmarks"
_LENGTH = re.compile(rb"content-length: *(\d+)", re.IGNORECASE)


def signed(body: bytes, secret: str = SECRET) -> bytes:
    """Return the whole request, as a host's proxy hands it on."""
    head = (
        "POST /webhooks/instagram HTTP/1.1\r\n"
        "Host: 127.0.0.1\r\n"
        "User-Agent: facebookexternalua\r\n"
        "Accept: */*\r\n"
        "X-Forwarded-Proto: https\r\n"
        "Content-Type: application/json\r\n"
        f"X-Hub-Signature-256: {sign(body, secret)}\r\n"
        f"Content-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


class Line(asyncio.Protocol):
    """One connection; one request at a time."""

    @classmethod
    async def open(cls, port: int) -> Self:
        """Connect; raises ConnectionError where nobody listens."""
        _, line = await asyncio.get_running_loop().create_connection(cls, "127.0.0.1", port)
        return line

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._answered: asyncio.Future[int] | None = None
        self._got = b""

    def data_received(self, data: bytes) -> None:
        self._got += data
        head, end, rest = self._got.partition(b"\r\n\r\n")
        length = _LENGTH.search(head)
        # An answer without a length comes in chunks.
        whole = len(rest) >= int(length[1]) if length else rest.endswith(b"0\r\n\r\n")
        if not end or not whole:
            return
        self._got = b""
        if self._answered and not self._answered.done():
            self._answered.set_result(int(head[9:12]))

    def connection_lost(self, exc: Exception | None) -> None:
        if self._answered and not self._answered.done():
            self._answered.set_exception(exc or ConnectionResetError("closed by the server"))

    async def post(self, request: bytes) -> int:
        """Send a request; return the status; raises ConnectionError when it broke."""
        self._answered = asyncio.get_running_loop().create_future()
        if self._transport.is_closing():
            raise ConnectionResetError("closed by the server")
        self._transport.write(request)
        return await self._answered

    def close(self) -> None:
        self._transport.close()


def until(moment: float, requests: Iterable[bytes]) -> Iterator[bytes]:
    """Yield requests until this moment of time.monotonic()."""
    for request in requests:
        if time.monotonic() >= moment:
            return
        yield request
    raise RuntimeError("the load ran out of requests before the time was over")


async def _keep_posting(line: Line, requests: Iterator[bytes], statuses: Counter[int]) -> None:
    for request in requests:
        statuses[await line.post(request)] += 1


async def closed_loop(port: int, requests: Iterable[bytes], connections: int) -> Counter[int]:
    """Post as fast as the door takes it: each connection posts the next when it was answered."""
    shared = iter(requests)
    statuses: Counter[int] = Counter()
    lines = [await Line.open(port) for _ in range(connections)]
    try:
        await asyncio.gather(*(_keep_posting(line, shared, statuses) for line in lines))
    finally:
        for line in lines:
            line.close()
    return statuses


async def open_loop(
    port: int, requests: Iterable[bytes], rate: float, connections: int = 8
) -> tuple[list[float], list[float]]:
    """Post by the clock, whatever the answers do; return when each left and how long its 200 took.

    Raises RuntimeError for any other status.
    """
    free: asyncio.Queue[Line] = asyncio.Queue()
    lines = [await Line.open(port) for _ in range(connections)]
    for line in lines:
        free.put_nowait(line)
    left: list[float] = []

    async def post(request: bytes) -> float:
        line = await free.get()
        left.append(time.time())
        started = time.perf_counter()
        if await line.post(request) != 200:
            raise RuntimeError("the webhook was not answered by 200")
        free.put_nowait(line)
        return time.perf_counter() - started

    begin = time.monotonic()
    tasks = []
    for number, request in enumerate(requests):
        await asyncio.sleep(begin + number / rate - time.monotonic())
        tasks.append(asyncio.create_task(post(request)))
    took = await asyncio.gather(*tasks)
    for line in lines:
        line.close()
    return left, took


AGAIN_AFTER = 0.3  # seconds; Meta takes its time, and a run has little
PATIENCE = 5.0  # seconds for one answer


async def deliver(port: int, request: bytes) -> int:
    """Post until it is answered by 200, as Meta does; return how often it was not."""
    refused = 0
    while await _status(port, request) != 200:
        refused += 1
        await asyncio.sleep(AGAIN_AFTER)
    return refused


async def _status(port: int, request: bytes) -> int:
    """Post on a connection of its own; 0 where no answer came."""
    try:
        async with asyncio.timeout(PATIENCE):
            line = await Line.open(port)
            try:
                return await line.post(request)
            finally:
                line.close()
    except (OSError, TimeoutError):
        return 0
