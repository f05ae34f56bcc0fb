"""One host, then two behind a load balancer and PgBouncer: the same messages, the same promises.

All of it is on one machine, so the rates say nothing of two: what is shown is that more hosts on
the same rows lose nothing, answer once and in order, and how many connections PostgreSQL has.
"""

import asyncio
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from bench import databases
from bench.counts import Counts
from bench.cpu import Sample
from bench.databases import FOLDER
from bench.flood import CONNECTIONS, LATENCY, OURS, requests, wait_until_done
from bench.load import closed_loop
from bench.promises import broken
from bench.servers import Running, Scenario, free_port, running, start, start_web, stop, wait_for
from bench.tables import table
from tests.support.pgbouncer import PROGRAM, WHY_NOT, PgBouncer

WORKERS_OF_A_HOST = 2
THREADS = 32
COUNTED_EACH = 0.25  # seconds
PATIENCE = 600.0  # the same; two hosts share one machine
ALIVE = "SELECT count(*) FROM conversations_worker"
KNOWN = "SELECT count(*) FROM conversations_account WHERE instagram_id <> ''"
# With their indexes.
BYTES = "SELECT relname, pg_total_relation_size(relid) FROM pg_stat_user_tables"
STORED = {
    "webhooks_webhookevent": "webhook events",
    "conversations_message": "messages",
    "conversations_attempt": "calls",
}
BACKENDS = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"


@dataclass
class Setup:
    """Hosts that run. ports: where each one's web process listens."""

    scene: Running
    ports: list[int] = field(default_factory=list)
    most_connections: int = 0
    _over: threading.Event = field(default_factory=threading.Event)

    def count_connections(self) -> None:
        """Look again and again how many connections PostgreSQL has, without this one."""
        while not self._over.wait(COUNTED_EACH):
            now = self.scene.database.number(BACKENDS) - 1
            self.most_connections = max(self.most_connections, now)

    def end(self) -> None:
        self._over.set()


def run(counts: Counts) -> str:
    """Measure; return the report."""
    if PROGRAM is None:
        return f"## Hosts\n\nNot measured: {WHY_NOT}."
    alone = _measure(counts, hosts=1, pool=0)
    two = _measure(counts, hosts=2, pool=counts.hosts_pool)
    rows: list[list[object]] = [
        [what, alone[what], two[what], TARGETS.get(what, "")] for what in two
    ]
    return (
        "## Hosts\n\n"
        f"{counts.hosts_messages} messages in {counts.hosts_conversations} conversations, Graph"
        f" latency {LATENCY * 1000:.0f} ms, echoes on. Each host has a gunicorn and"
        f" {WORKERS_OF_A_HOST} workers of {THREADS} threads; a customer's messages go to the hosts"
        f" by turns. PgBouncer: transaction mode, {counts.hosts_pool} connections.\n\n"
        + table(["", "one host", "two hosts, PgBouncer", "target"], rows)
    )


TARGETS = {"lost": 0, "twice": 0, "out of order": 0}


def _measure(counts: Counts, *, hosts: int, pool: int) -> dict[str, object]:
    name = f"hosts{hosts}"
    with _hosts(name, hosts, pool) as setup:
        scene, many = setup.scene, counts.hosts_messages
        _post(setup, requests("warm", 128, 64), 64)
        wait_until_done(scene, PATIENCE)
        bytes_before = _bytes(scene)
        known, before, started = len(scene.sends()), Sample.take(scene.pids), time.time()
        _post(setup, requests(name, many, counts.hosts_conversations), counts.hosts_conversations)
        wait_until_done(scene, PATIENCE)
        spent = Sample.take(scene.pids).since(before)
        sends = [send for send in scene.sends()[known:] if send["accepted"]]
        found = broken(scene.database, name, many, sends)
        ended = max(float(send["arrived"]) for send in sends) + LATENCY
        stored = {what: size - bytes_before[what] for what, size in _bytes(scene).items()}
        ours = sum(spent.get(kind, 0.0) for kind in (*OURS, "PgBouncer"))
        return {
            "answered in a second": f"{len(sends) / (ended - started):.0f}",
            "CPU ms a message": f"{ours / many * 1000:.1f}",
            "of that PgBouncer": f"{spent.get('PgBouncer', 0.0) / many * 1000:.2f}",
            "connections of PostgreSQL, at most": setup.most_connections,
            **{f"bytes a message: {what}": f"{size / many:,.0f}" for what, size in stored.items()},
            **found,
        }


def _bytes(scene: Running) -> Counter[str]:
    """Return how many bytes there are on disk, by what is stored in them."""
    found = Counter(dict.fromkeys((*STORED.values(), "others"), 0))
    for name, size in scene.database.rows(BYTES):
        found[STORED.get(name, "others")] += size
    return found


@contextmanager
def _hosts(name: str, count: int, pool: int) -> Iterator[Setup]:
    """Start so many hosts, and a PgBouncer in front of PostgreSQL if there is a pool."""
    scenario = Scenario(web=False, latency=LATENCY, echoes=True)
    with running(databases.postgresql(), scenario, name) as scene, _pooler(scene, pool) as more:
        setup, started = Setup(scene), list[subprocess.Popen[bytes]]()
        counter = threading.Thread(target=setup.count_connections, daemon=True)
        try:
            for number in range(count):
                port = free_port() if number else scene.port  # where echoes go
                started.append(start_web(scene, "instabot.wsgi", port, **more))
                started += [_start_worker(scene, more) for _ in range(WORKERS_OF_A_HOST)]
                setup.ports.append(port)
            workers = count * WORKERS_OF_A_HOST
            wait_for(lambda: scene.database.number(ALIVE) >= workers, "the workers")
            wait_for(lambda: scene.database.number(KNOWN) > 0, "the account's identity")
            counter.start()
            yield setup
        finally:
            setup.end()
            stop(started)


@contextmanager
def _pooler(scene: Running, pool: int) -> Iterator[dict[str, str]]:
    """Give the variables by which instabot finds its database."""
    if not pool:
        yield {}
        return
    # Not in the scenario's folder: PgBouncer may run as another user.
    folder = FOLDER / f"pooler-{scene.folder.name}"
    folder.mkdir()
    folder.chmod(0o777)
    with PgBouncer(scene.database.url, folder, "postgres", pool=pool, strict=False) as pooler:
        scene.pids["PgBouncer"] = [pooler.pid]
        database = scene.database.rows("SELECT current_database()")[0][0]
        yield {"DATABASE_URL": pooler.url(database), "PREPARED_STATEMENTS": "off"}


def _start_worker(scene: Running, more: dict[str, str]) -> subprocess.Popen[bytes]:
    return start(
        scene, "workers", sys.executable, "manage.py", "run_huey", "-w", str(THREADS), **more
    )


def _post(setup: Setup, messages: Sequence[bytes], conversations: int) -> None:
    """Post to the hosts by turns, so that no customer has a host of their own."""
    hosts = len(setup.ports)
    shares: list[list[bytes]] = [[] for _ in range(hosts)]
    for number, message in enumerate(messages):
        shares[(number + number // conversations) % hosts].append(message)

    async def post() -> list[dict[int, int]]:
        lines = CONNECTIONS // hosts
        pairs = zip(setup.ports, shares, strict=True)
        loops = [closed_loop(port, share, lines) for port, share in pairs]
        return [dict(found) for found in await asyncio.gather(*loops)]

    answered = asyncio.run(post())
    if any(set(statuses) != {200} for statuses in answered):
        raise RuntimeError(f"the door answered {answered}")
