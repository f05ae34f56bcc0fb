"""From a webhook's POST to the send that arrives at Meta, at a steady rate, waiting time 0."""

import asyncio
import time
from dataclasses import dataclass

from bench import databases
from bench.counts import Counts
from bench.databases import Database
from bench.load import open_loop, signed
from bench.servers import Running, Scenario, running, wait_for
from bench.tables import percentile, table
from tests.support.graph import text_body

TEXTS = ("Where is my order?", "How much is delivery?", "Hello!", "Do you have size 38?")


@dataclass(frozen=True, slots=True)
class _Case:
    name: str
    folder: str
    on_sqlite: bool
    redis: bool
    target: str

    def database(self) -> Database:
        return databases.sqlite() if self.on_sqlite else databases.postgresql()


CASES = (
    _Case("PostgreSQL + Redis", "latency-redis", on_sqlite=False, redis=True, target="12 / 30"),
    _Case("SQLite + its bell", "latency-sqlite", on_sqlite=True, redis=False, target="20 / 50"),
    _Case("PostgreSQL alone", "latency-ticker", on_sqlite=False, redis=False, target="200 / 400"),
)


def run(counts: Counts) -> str:
    """Measure; return the report."""
    rows = [_measure(case, counts) for case in CASES]
    return (
        "## Latency\n\n"
        f"Milliseconds from the POST of a webhook to its answer's arrival at the Graph stand-in,"
        f" {counts.latency_messages} messages at {counts.latency_rate:g} a second, each from a new"
        " customer; beside them how long the webhook's own 200 took.\n\n"
        + table(
            ["", "p50", "p99", "most", "target p50 / p99", "200: p50", "200: p99"],
            rows,
        )
    )


def _measure(case: _Case, counts: Counts) -> list[str]:
    with running(case.database(), Scenario(redis=case.redis, workers=1), case.folder) as scene:
        _post(scene, counts, "8", counts.latency_warmup)
        time.sleep(0.5)
        left, answered = _post(scene, counts, "9", counts.latency_messages)
        arrived = {send["recipient"]: send["arrived"] for send in scene.sends()}
    took = [(arrived[customer] - at) * 1000 for customer, at in left.items()]
    ms = [second * 1000 for second in answered]
    found = [percentile(took, 50), percentile(took, 99), max(took)]
    doors = [percentile(ms, 50), percentile(ms, 99)]
    return [
        case.name,
        *(f"{value:.1f}" for value in found),
        case.target,
        *(f"{value:.1f}" for value in doors),
    ]


def _post(
    scene: Running, counts: Counts, prefix: str, count: int
) -> tuple[dict[str, float], list[float]]:
    """Post by the clock and wait for all answers; return when each left, and the 200s' times."""
    customers = [f"{prefix}{number:014}" for number in range(count)]
    requests = (
        signed(text_body(customer, TEXTS[number % len(TEXTS)], f"aWdf{customer}"))
        for number, customer in enumerate(customers)
    )
    left, answered = asyncio.run(open_loop(scene.port, requests, counts.latency_rate))
    expected = set(customers)
    wait_for(
        lambda: expected <= {send["recipient"] for send in scene.sends()},
        "an answer to each message",
    )
    return dict(zip(customers, left, strict=True)), answered
