"""What a worker costs that has nothing to do."""

import time
from contextlib import ExitStack
from dataclasses import dataclass

from bench import databases
from bench.counts import Counts
from bench.cpu import Sample
from bench.databases import Database
from bench.servers import Running, Scenario, running
from bench.tables import table


@dataclass(frozen=True, slots=True)
class _Case:
    name: str
    folder: str
    on_sqlite: bool
    threads: int
    target: str

    def database(self) -> Database:
        return databases.sqlite() if self.on_sqlite else databases.postgresql()


CASES = (
    _Case("PostgreSQL + Redis, 32 threads", "rest-redis", on_sqlite=False, threads=32, target="2"),
    _Case("SQLite, 32 threads", "rest-sqlite", on_sqlite=True, threads=32, target="5"),
)


def run(counts: Counts) -> str:
    """Measure all cases side by side, since together they hardly use the machine; report."""
    with ExitStack() as stack:
        scenes = {
            case: stack.enter_context(running(case.database(), _scenario(case), case.folder))
            for case in CASES
        }
        time.sleep(counts.rest_quiet)
        before = {case: Sample.take(scene.pids) for case, scene in scenes.items()}
        time.sleep(counts.rest_seconds)
        rows = [_row(case, scene, before[case]) for case, scene in scenes.items()]
    return (
        "## At rest\n\n"
        f"Percent of one core during {counts.rest_seconds:g} s in which nothing happens.\n\n"
        + table(["", "worker", "target", "PostgreSQL", "Valkey"], rows)
    )


def _scenario(case: _Case) -> Scenario:
    return Scenario(redis=not case.on_sqlite, workers=1, threads=case.threads, web=False)


def _row(case: _Case, scene: Running, before: Sample) -> list[str]:
    after = Sample.take(scene.pids)
    percent = {
        kind: 100 * spent / (after.at - before.at) for kind, spent in after.since(before).items()
    }
    beside = [
        f"{percent[kind]:.1f}" if kind in percent else "" for kind in ("PostgreSQL", "Valkey")
    ]
    return [case.name, f"{percent['workers']:.1f}", case.target, *beside]
