"""How a ring travels: on Redis, in a SQLite file, or inside one process. Named in settings.HUEY."""

from typing import Any

from huey import MemoryHuey, RedisHuey, SqliteHuey
from huey.storage import RedisStorage
from redis import ConnectionPool, Redis
from redis.exceptions import TimeoutError as RedisTimeoutError

RING_TIMEOUT = 0.25  # seconds
LISTEN_SECONDS = 1


class _NeverRevoked:
    """Our tasks are never revoked: Huey need not ask its storage before and after each."""

    def is_revoked(self, *_args: object, **_kwargs: object) -> bool:
        return False

    def delete(self, *_args: object) -> None:
        return None


class _Line(RedisStorage):  # type: ignore[misc] # Huey has no types
    """Rings fail fast, listening waits: two pools of connections."""

    def __init__(self, name: str, url: str, **options: object) -> None:
        ringing = ConnectionPool.from_url(
            url, socket_timeout=RING_TIMEOUT, socket_connect_timeout=RING_TIMEOUT, retry=None
        )
        super().__init__(name, connection_pool=ringing, read_timeout=LISTEN_SECONDS, **options)
        listening = ConnectionPool.from_url(
            url, socket_timeout=LISTEN_SECONDS + 2, socket_connect_timeout=2, retry=None
        )
        self.listening = Redis(connection_pool=listening)

    def dequeue(self) -> Any:
        try:
            rung = self.listening.brpop([self.queue_key], timeout=self.read_timeout)
        except RedisTimeoutError:
            return None
        return rung[1] if rung else None


class RedisBell(_NeverRevoked, RedisHuey):  # type: ignore[misc] # Huey has no types
    storage_class = _Line


class FileBell(_NeverRevoked, SqliteHuey):  # type: ignore[misc] # Huey has no types
    """Web and worker on one disk."""


class LocalBell(_NeverRevoked, MemoryHuey):  # type: ignore[misc] # Huey has no types
    """PostgreSQL without Redis: rings stay inside a worker; the ticker hears the rest."""
