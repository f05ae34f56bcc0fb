"""How a ring travels: on Redis, in a SQLite file, or inside one process. Named in settings.HUEY."""

import time
from typing import Any

import structlog
from huey import MemoryHuey, RedisHuey, SqliteHuey
from huey.storage import MemoryStorage, RedisStorage, SqliteStorage
from redis import ConnectionPool, Redis
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import TimeoutError as RedisTimeoutError

from workqueue import shutdown

RING_TIMEOUT = 0.25  # seconds
LISTEN_SECONDS = 1
SAY_AGAIN_SECONDS = 60

log = structlog.get_logger("bell")


class _Bell:
    """What all bells share."""

    def create_consumer(self, **options: object) -> Any:
        """Make the worker's main loop; its flag stops turns too, not only its threads."""
        consumer = super().create_consumer(**options)  # type: ignore[misc] # Huey's, beside us
        shutdown.watch(consumer.stop_flag.is_set)
        return consumer

    # Our tasks are never revoked: Huey need not ask its storage before and after each.

    def is_revoked(self, *_args: object, **_kwargs: object) -> bool:
        return False

    def delete(self, *_args: object) -> None:
        return None


class _RedisLine(RedisStorage):  # type: ignore[misc] # Huey has no types
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
        self._said_at = float("-inf")

    def enqueue_all(self, rings: list[bytes]) -> None:
        self.conn.lpush(self.queue_key, *rings)

    def dequeue(self) -> Any:
        try:
            rung = self.listening.brpop([self.queue_key], timeout=self.read_timeout)
        except RedisTimeoutError:
            return None
        except RedisConnectionError:
            self._say_away()
            time.sleep(LISTEN_SECONDS)  # the ticker works without a bell meanwhile
            return None
        return rung[1] if rung else None

    def _say_away(self) -> None:
        """Say it once for all threads; Huey would log a traceback for each, again and again."""
        if time.monotonic() - self._said_at > SAY_AGAIN_SECONDS:
            self._said_at = time.monotonic()
            log.warning("redis_away", again_in=LISTEN_SECONDS)


class _FileLine(SqliteStorage):  # type: ignore[misc] # Huey has no types
    def enqueue_all(self, rings: list[bytes]) -> None:
        with self.db(commit=True) as cursor:
            cursor.executemany(
                "INSERT INTO task (queue, data, priority) VALUES (?, ?, 0)",
                [(self.name, self.to_blob(ring)) for ring in rings],
            )


class _LocalLine(MemoryStorage):  # type: ignore[misc] # Huey has no types
    def enqueue_all(self, rings: list[bytes]) -> None:
        for ring in rings:
            self.enqueue(ring)


class RedisBell(_Bell, RedisHuey):  # type: ignore[misc] # Huey has no types
    storage_class = _RedisLine


class FileBell(_Bell, SqliteHuey):  # type: ignore[misc] # Huey has no types
    """Web and worker on one disk."""

    storage_class = _FileLine


class LocalBell(_Bell, MemoryHuey):  # type: ignore[misc] # Huey has no types
    """PostgreSQL without Redis: rings stay inside a worker; the ticker hears the rest."""

    storage_class = _LocalLine
