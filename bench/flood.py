"""Thousands of messages at once: answered in a second, what each costs, what went wrong."""

import asyncio
import time
from collections.abc import Mapping

from bench import databases
from bench.counts import Counts
from bench.cpu import Sample
from bench.load import closed_loop, signed
from bench.promises import broken
from bench.servers import Running, Scenario, running, wait_for
from bench.tables import table
from tests.support.graph import text_body

TEXTS = ("Where is my order?", "How much is delivery?", "Hello!", "Can I return it?")
LATENCY = 0.2
CONNECTIONS = 16
PATIENCE = 150.0  # seconds
TARGETS = {"lost": "0", "twice": "0", "out of order": "0"}
OURS = ("web", "workers", "PostgreSQL", "Valkey")
OF_THE_BENCH = ("stand-in", "load")


def run(counts: Counts) -> str:
    """Measure; return the report."""
    scenario = Scenario(
        workers=counts.flood_workers, threads=counts.flood_threads, latency=LATENCY, echoes=True
    )
    with running(databases.postgresql(), scenario, "flood") as scene:
        post(scene, requests("warm", counts.flood_workers * counts.flood_threads, 64))
        wait_until_done(scene)
        time.sleep(1)
        known = len(scene.sends())
        before = Sample.take(scene.pids)
        started = time.time()
        post(scene, requests("flood", counts.flood_messages, counts.flood_conversations))
        posted = time.time()
        wait_until_done(scene)
        spent = Sample.take(scene.pids).since(before)
        sends = [send for send in scene.sends()[known:] if send["accepted"]]
        found = broken(scene.database, "flood", counts.flood_messages, sends)
    # The stand-in answers a send when its latency is over: that is when it is accepted.
    ended = max(send["arrived"] for send in sends) + LATENCY
    rate = len(sends) / (ended - started)
    taken = counts.flood_messages / (posted - started)
    return _report(counts, rate, taken, spent, found)


def requests(name: str, count: int, conversations: int) -> list[bytes]:
    """Make the messages, in turn from each customer, each a little later than the one before."""
    begin = time.time() - 60
    return [
        signed(
            text_body(
                f"{name}{number % conversations:05}",
                TEXTS[number // conversations % len(TEXTS)],
                f"{name}-{number:06}",
                begin + number * 0.01,
            )
        )
        for number in range(count)
    ]


def post(scene: Running, messages: list[bytes]) -> None:
    """Post as fast as the door takes them; raises RuntimeError where it does not."""
    statuses = asyncio.run(closed_loop(scene.port, messages, CONNECTIONS))
    if set(statuses) != {200}:
        raise RuntimeError(f"the door answered {dict(statuses)}")


def wait_until_done(scene: Running, patience: float = PATIENCE) -> None:
    """Wait until nothing is due any more and nothing new comes: echoes are worked off too."""
    waiting = """
        SELECT (SELECT count(*) FROM webhooks_webhookevent WHERE due_at IS NOT NULL)
             + (SELECT count(*) FROM conversations_conversation WHERE due_at IS NOT NULL)
    """
    quiet = 0

    def done() -> bool:
        nonlocal quiet
        quiet = quiet + 1 if scene.database.number(waiting) == 0 else 0
        return quiet >= 5

    wait_for(done, "an end of the flood", patience)


def _report(
    counts: Counts,
    rate: float,
    taken: float,
    spent: Mapping[str, float],
    found: Mapping[str, int],
) -> str:
    each = {kind: seconds / counts.flood_messages * 1000 for kind, seconds in spent.items()}
    ours = sum(each[kind] for kind in OURS)
    figures: list[list[object]] = [
        ["answered in a second", f"{rate:.0f}", "at least 200"],
        ["taken by the door in a second", f"{taken:.0f}", ""],
        ["CPU ms a message", f"{ours:.1f}", "under 10"],
        *([what, number, TARGETS.get(what, "")] for what, number in found.items()),
    ]
    kinds = [[kind, f"{each[kind]:.2f}"] for kind in (*OURS, *OF_THE_BENCH)]
    return (
        "## Flood\n\n"
        f"{counts.flood_messages} messages in {counts.flood_conversations} conversations, Graph"
        f" latency {LATENCY * 1000:.0f} ms, echoes on,"
        f" {counts.flood_workers * counts.flood_threads} threads in {counts.flood_workers} worker"
        " processes.\n\n"
        + table(["", "measured", "target"], figures)
        + "\n\nCPU milliseconds a message, by kind of process (the last two are the bench's own"
        " and not in the sum above):\n\n" + table(["", "ms"], kinds)
    )
