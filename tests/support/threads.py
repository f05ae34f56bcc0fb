"""Threads of tests: each holds a connection to the test's database."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from django.db import connection

ROUNDS = 15


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


def all_at_once(*tasks: Callable[[int], None]) -> None:
    """Do each task so many times in a thread of its own; fail as the first that failed."""
    errors: list[BaseException] = []
    barrier = threading.Barrier(len(tasks))

    def work(task: Callable[[int], None]) -> None:
        try:
            barrier.wait()
            for number in range(ROUNDS):
                task(number)
        except BaseException as error:  # noqa: BLE001 - it is raised again below
            errors.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=work, args=(task,)) for task in tasks]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if errors:
        raise errors[0]
