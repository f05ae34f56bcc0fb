"""A folder that has its name only when all that belongs into it is on the disk."""

import os
import shutil
import signal
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path

from backups.manifest import NAME, BackupError

ONLY_OURS = 0o600
UNFINISHED = ".unfinished"  # at the end of its name


@contextmanager
def unfinished(target: Path) -> Iterator[Path]:
    """Give a new folder to write to, which is called `target` at the end, whole or not at all.

    Nobody else may read it. Raises BackupError where something is there already, or nothing can be
    written.
    """
    if os.path.lexists(target):
        raise BackupError(
            f"{target} is there already. Name a folder that is not, like {_next(target)}."
        )
    try:
        made = Path(
            tempfile.mkdtemp(prefix=f".{target.name}.", suffix=UNFINISHED, dir=target.parent)
        )  # 0700
    except OSError as error:
        raise BackupError(
            f"Nothing can be written to {target.parent}: {error.strerror}."
        ) from error
    try:
        yield made
        for file in made.iterdir():
            _write_out(file)
        _write_out(made)
        made.rename(target)  # never over another backup: a folder with files is not replaced
        _write_out(target.parent)
    except OSError as error:
        raise BackupError(f"The backup was not written: {error.strerror or error}.") from error
    finally:
        shutil.rmtree(made, ignore_errors=True)


def leftovers(parent: Path) -> list[Path]:
    """Return what backups have left here that were killed; one that is written now is among them.

    They have customers' data.
    """
    return sorted(path for path in parent.glob(f".*{UNFINISHED}") if path.is_dir())


@contextmanager
def ended_in_order() -> Iterator[None]:
    """Have SIGTERM raise SystemExit, so that all is cleared up before the process ends."""
    before = signal.signal(signal.SIGTERM, _leave)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _leave(number: int, _: object) -> None:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)  # a second one must not stop the clearing up
    sys.exit(128 + number)  # as a shell tells of it


def _next(target: Path) -> Path:
    """Return a name that is free: in a folder for backups, and beside a backup."""
    if target.is_dir() and not (target / NAME).exists():
        target /= "2026-01-31"
        if not os.path.lexists(target):
            return target
    beside = (target.with_name(f"{target.name}-{number}") for number in count(2))
    return next(one for one in beside if not os.path.lexists(one))


def _write_out(path: Path) -> None:
    opened = os.open(path, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)


def create(path: Path) -> int:
    """Make a file that only we may read; return it, open for writing."""
    return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, ONLY_OURS)
