"""CPU seconds of processes, read from /proc."""

import os
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Self

_TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class _Stat:
    parent: int
    seconds: float


def _stats() -> dict[int, _Stat]:
    found = {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):  # it has ended meanwhile
            # The name, in brackets, may hold spaces.
            fields = path.read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
            # utime, stime, and both again of children that have ended: PostgreSQL's backends do.
            spent = sum(int(field) for field in fields[11:15])
            found[int(path.parent.name)] = _Stat(int(fields[1]), spent / _TICKS)
    return found


def children(pid: int) -> list[int]:
    """Return the processes that a process has started."""
    return [child for child, stat in _stats().items() if stat.parent == pid]


def _tree(pid: int, stats: Mapping[int, _Stat]) -> float:
    own = stats[pid].seconds if pid in stats else 0.0
    return own + sum(_tree(child, stats) for child, stat in stats.items() if stat.parent == pid)


@dataclass(frozen=True, slots=True)
class Sample:
    """CPU seconds by kind of process, children included, and when they were read."""

    seconds: dict[str, float]
    at: float

    @classmethod
    def take(cls, kinds: Mapping[str, Sequence[int]]) -> Self:
        """Read the processes of each kind; this process counts as "load"."""
        stats = _stats()
        seconds = {kind: sum(_tree(pid, stats) for pid in pids) for kind, pids in kinds.items()}
        seconds["load"] = time.process_time()  # alone: the servers are its children
        return cls(seconds, time.monotonic())

    def since(self, before: "Sample") -> dict[str, float]:
        """Return the CPU seconds by kind that were spent between two samples."""
        return {kind: spent - before.seconds[kind] for kind, spent in self.seconds.items()}
