"""When what a process writes has to be on the disk: at each commit, or for a worker later.

After a crash of the machine all that a worker wrote is derived again from the stored event, in the
order in which it was written: a crash takes a last piece, never one from the middle. Only a mark
before a call to Meta must not be lost: see sql.fetch().
"""

import threading

_relaxed = threading.Event()


def relax() -> None:
    """Say that this process is a worker: what it writes need not be on the disk at once."""
    _relaxed.set()


def is_relaxed() -> bool:
    return _relaxed.is_set()
