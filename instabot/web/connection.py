"""A line to this process, and what is known of the request that is coming on it."""

from typing import Any

from gunicorn.workers.gthread import TConn

from instabot.web import arrival


class Connection(TConn):  # type: ignore[misc] # gunicorn has no types
    """gunicorn's connection, which remembers how much of a request it has seen and until when."""

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self.seen: int | None = None  # bytes of a request that is waited for
        self.taken: tuple[int, float] | None = None  # bytes of the answer, and since when as many

    def look(self) -> tuple[bytes, int] | None:
        """Return what is here of a request, and how much of it is with the system; None: its end.

        What a thread has read ahead is a part of it.
        """
        ahead = arrival.read_ahead(self)
        here = arrival.peek(self.sock)
        if here is None:
            return None
        return ahead + here, len(here)

    def count_stopped(self, taken: int | None, now: float) -> float:
        """Return for how many seconds nothing more of its answer has been taken.

        taken: bytes, as `progress.count_taken` says.
        """
        if taken is None:
            self.taken = None
        elif self.taken is None or self.taken[0] != taken:
            self.taken = (taken, now)
        return now - self.taken[1] if self.taken else 0.0
