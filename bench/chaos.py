"""Everything dies while customers write; nothing may be lost, doubled or out of order.

The real gunicorn, workers, database and Redis; a stand-in for Meta that fails as Meta does. Ends
with an error where a promise was broken.
"""

import asyncio
import shutil
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from random import Random

from bench import audit, databases, stream
from bench.counts import Counts
from bench.databases import FOLDER, Database
from bench.faults import FaultyGraph, spells
from bench.host import Host, Redis
from bench.load import SECRET
from bench.servers import Running, answers, free_port, wait_for
from bench.tables import table
from tests.support.graph import Echoes

THREADS = 16
REST_SECONDS = 240.0  # at most, for what is unsure to be settled or left to staff
TUNED = ("throttle_pause_minutes=0.05", "send_rate=50", "conversation_rate=20")
RUNS = {"postgresql": "PostgreSQL + Redis", "sqlite": "SQLite"}
AT_REST = """
SELECT (SELECT count(*) FROM webhooks_webhookevent WHERE due_at IS NOT NULL)
     + (SELECT count(*) FROM conversations_conversation WHERE due_at IS NOT NULL)"""


def run(counts: Counts) -> str:
    """Break everything; return the report. Raises SystemExit where a promise was broken."""
    chosen = [name for name in RUNS if counts.chaos_database in (name, "both")]
    results = {name: _storm(name, counts) for name in chosen}
    rows = [
        [what, *(result.get(what, "") for result in results.values())]
        for what in _list_rows(results)
    ]
    report = (
        "## Chaos\n\n"
        f"{counts.chaos_messages} messages in {counts.chaos_conversations} conversations, seed"
        f" {counts.chaos_seed}; {counts.chaos_workers} worker processes on PostgreSQL, one on"
        " SQLite.\n\n" + table(["", *(RUNS[name] for name in results)], rows)
    )
    if any(result[what] for result in results.values() for what in audit.MUST_BE_0):
        sys.exit(f"{report}\n\nA promise was broken.")
    return report


def _list_rows(results: dict[str, dict[str, int]]) -> list[str]:
    return list(dict.fromkeys(what for result in results.values() for what in result))


@dataclass(frozen=True, slots=True)
class _Scene:
    running: Running
    host: Host
    graph: FaultyGraph
    redis: Redis | None


def _storm(name: str, counts: Counts) -> dict[str, int]:
    """One run: customers write while processes and servers die; then wait, and count."""
    seconds = counts.chaos_kills * counts.chaos_every
    with _scene(name, counts) as scene, ThreadPoolExecutor() as beside:
        begin = time.time() + 1
        scene.graph.spells = spells(begin, seconds)
        written = stream.write(
            counts.chaos_messages, counts.chaos_conversations, begin, seconds, counts.chaos_seed
        )
        killing = beside.submit(scene.host.kill, counts.chaos_kills, seconds)
        restarting = (
            beside.submit(scene.host.restart_servers, scene.redis, seconds) if scene.redis else None
        )
        try:
            taken = asyncio.run(stream.post(scene.running.port, written, scene.graph.heard))
        except BaseException:
            scene.host.give_up()  # or we would wait for all the kills that are still to come
            raise
        killing.result()
        restarts = restarting.result() if restarting else Counter[str]()
        _wait_for_rest(scene.running.database)
        ended = time.time()
        found = audit.count(scene.running.database, "chaos", taken.mids, scene.graph.sent)
    return {
        **_done(scene, taken, restarts),
        **found,
        "seconds": round(ended - begin),
    }


def _done(scene: _Scene, taken: stream.Taken, restarts: Counter[str]) -> dict[str, int]:
    graph, killed = scene.graph, scene.host.killed
    return {
        "posts of messages, with duplicates": taken.posts,
        "posts not answered by 200, posted again": taken.refused,
        "messages acknowledged": len(taken.mids),
        "calls to send": graph.attempts,
        "sends that Meta accepted": len(graph.sent),
        **{f"calls: {name}": number for name, number in sorted(graph.seen.items())},
        **{f"killed: {name}": killed[name] for name in sorted(killed)},
        "kills": killed.total(),
        **{f"{name} restarted": number for name, number in restarts.items()},
    }


@contextmanager
def _scene(name: str, counts: Counts) -> Iterator[_Scene]:
    """Start everything, and stop it again in any case."""
    make: Callable[[], Database] = getattr(databases, name)
    database, folder = make(), FOLDER / f"chaos-{name}"
    databases.tune(database, *TUNED)
    folder.mkdir()
    running = Running(database, folder, free_port(), 0)
    redis = Redis(folder, free_port()) if name == "postgresql" else None
    if redis:
        redis.start()
        running.redis_url = redis.url
    echoes = Echoes("", SECRET, of_ten=9)
    with FaultyGraph(echoes=echoes, seed=counts.chaos_seed, webhook_port=running.port) as graph:
        running.graph_port = graph.port
        workers = counts.chaos_workers if redis else 1
        host = Host(running, workers, THREADS if redis else 8, Random(counts.chaos_seed))
        host.start()
        try:
            _wait_until_ready(running)
            yield _Scene(running, host, graph, redis)
        finally:
            host.stop()
            if redis:
                redis.stop()
            if counts.chaos_logs:
                _keep_logs(folder, Path(counts.chaos_logs))


def _wait_until_ready(scene: Running) -> None:
    known = "SELECT count(*) FROM conversations_account WHERE instagram_id <> ''"
    wait_for(lambda: answers(scene.port), "the web process")
    wait_for(lambda: scene.database.number(known) > 0, "the account's identity")


def _wait_for_rest(database: Database) -> None:
    quiet = 0

    def done() -> bool:
        nonlocal quiet
        quiet = quiet + 1 if database.number(AT_REST) == 0 else 0
        return quiet >= 20  # echoes may still be on their way

    wait_for(done, "an end", REST_SECONDS)


def _keep_logs(folder: Path, where: Path) -> None:
    for log in folder.glob("*.log"):
        shutil.copy(log, where / f"{folder.name}-{log.name}")
