"""Threads of a server under test: each holds a connection to the test's database."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def all_ends(*names: str) -> Iterator[None]:
    """Wait at the end for threads of such names that began meanwhile.

    Older ones are of other tests, kept by a browser for example.
    """
    before = set(threading.enumerate())
    yield
    for thread in set(threading.enumerate()) - before:
        if any(name in thread.name for name in names):
            thread.join(10)
