"""Worker threads on SQLite: how many messages are answered, and what the door pays for it."""

import asyncio
import time
from dataclasses import dataclass

from bench import databases
from bench.counts import Counts
from bench.cpu import Sample
from bench.flood import LATENCY, wait_until_done
from bench.load import open_loop, signed
from bench.servers import Running, Scenario, running
from bench.tables import percentile, table
from tests.support.graph import text_body

CONNECTIONS = 16
WARM_UP = 64
TARGETS = ["target", "at least 100", "", "under 60", "", "", ""]


@dataclass(frozen=True, slots=True)
class _Found:
    answered: float  # in a second
    door: list[float]  # milliseconds until each 200
    cpu: list[float]  # milliseconds a message, of the web's processes and of the worker

    def row(self, threads: int) -> list[object]:
        times = [percentile(self.door, 50), percentile(self.door, 99), max(self.door), *self.cpu]
        return [threads, f"{self.answered:.0f}", *(f"{ms:.1f}" for ms in times)]


def run(counts: Counts) -> str:
    """Measure; return the report."""
    tried = [int(number) for number in counts.threads_tried.split(",")]
    rows = [_measure(counts, threads).row(threads) for threads in tried]
    return (
        "## Threads on SQLite\n\n"
        f"{counts.threads_messages} messages at {counts.threads_rate:g} a second, each from a new"
        f" customer, Graph latency {LATENCY * 1000:.0f} ms, echoes on, one worker; answered in a"
        " second, milliseconds until the webhook's 200, and milliseconds of CPU a message.\n\n"
        + table(
            ["threads", "answered", "200: p50", "200: p99", "most", "web CPU", "worker CPU"],
            [*rows, TARGETS],
        )
    )


def _measure(counts: Counts, threads: int) -> _Found:
    scenario = Scenario(redis=False, workers=1, threads=threads, latency=LATENCY, echoes=True)
    with running(databases.sqlite(), scenario, f"threads-{threads}") as scene:
        _post(scene, "8", WARM_UP, counts.threads_rate)
        wait_until_done(scene)
        known, before = len(scene.sends()), Sample.take(scene.pids)
        door = _post(scene, "9", counts.threads_messages, counts.threads_rate)
        wait_until_done(scene)
        spent = Sample.take(scene.pids).since(before)
        arrived = sorted(send["arrived"] for send in scene.sends()[known:] if send["accepted"])
    if len(arrived) != counts.threads_messages:
        raise RuntimeError(f"{len(arrived)} of {counts.threads_messages} were answered")
    # Between the first and the last send all threads are busy, if more come than are answered.
    rate = (len(arrived) - 1) / (arrived[-1] - arrived[0])
    return _Found(rate, door, [spent[kind] * 1000 / len(arrived) for kind in ("web", "workers")])


def _post(scene: Running, prefix: str, count: int, rate: float) -> list[float]:
    began = time.time()
    requests = [
        signed(
            text_body(f"{prefix}{number:014}", "Where is my order?", f"{prefix}-{number}", began)
        )
        for number in range(count)
    ]
    _, took = asyncio.run(open_loop(scene.port, requests, rate, CONNECTIONS))
    return [seconds * 1000 for seconds in took]
