"""The inbox of a large shop while people look at it and customers write.

Messages arrive at a steady rate all the time, from customers all over the shop; a rule answers
three of four, and the others wait. First alone and with tabs that are open and ask once a second,
in turn, so that a noisy machine disturbs both; then the tabs fetch what has changed, as live.js
does; then somebody opens pages, too.
"""

import asyncio
from collections import defaultdict
from dataclasses import dataclass, field
from itertools import count

from bench import admin_pages, databases
from bench.admin_shop import (
    ANSWERED,
    CUSTOMER,
    EVERY,
    UNANSWERED,
    fill,
    finish,
    is_sqlite,
    log_in,
    settle,
)
from bench.admin_tabs import Polls, open_tabs
from bench.counts import Counts
from bench.cpu import Sample
from bench.databases import Database
from bench.load import open_loop, signed
from bench.servers import Running, Scenario, running, wait_for
from bench.tables import percentile, table
from tests.support.graph import text_body

UNKNOWN_WORDS = "Xyzzy plugh?"  # no rule has an answer
KNOWN_WORDS = "Hello!"
UNKNOWN_EVERY = 4  # messages
TARGET_PAGE_MILLISECONDS, TARGET_POLLS_PERCENT = 200, 5
ANSWER_SECONDS = 60.0  # until all are there, on a machine that others use
KINDS = ("web", "workers", "PostgreSQL")
_numbers = count()


@dataclass
class _Phase:
    """Times of steady load, and what they cost."""

    latencies: list[float] = field(default_factory=list)
    seconds: float = 0
    cpu: dict[str, float] = field(default_factory=lambda: defaultdict(float))  # seconds, by process

    def percent(self, *kinds: str) -> float:
        return 100 * sum(self.cpu[kind] for kind in kinds) / self.seconds

    def cells(self) -> list[str]:
        found = [f"{percentile(self.latencies, percent):.1f}" for percent in (50, 95, 99)]
        return [*found, *(f"{self.percent(kind):.1f}" for kind in KINDS)]


def run(counts: Counts) -> str:
    """Measure on PostgreSQL, on SQLite, or on both; return the report."""
    which = counts.admin_database
    found = ["## Admin"]
    if which in ("both", "postgresql"):
        database = databases.postgresql()
        found.append(_measure("PostgreSQL + Redis", database, counts, counts.admin_messages))
    if which in ("both", "sqlite"):
        found.append(_measure("SQLite", databases.sqlite(), counts, counts.admin_messages_sqlite))
    return "\n\n".join(found)


def _measure(name: str, database: Database, counts: Counts, messages: int) -> str:
    conversations = max(messages // 20, EVERY * 20)
    fill(database, conversations, messages)
    sessions = log_in(database, counts.admin_tabs + 1)
    finish(database, counts.admin_tabs)
    settle(database)
    scenario = Scenario(redis=not is_sqlite(database), workers=1)
    with running(database, scenario, f"admin-{'sqlite' if is_sqlite(database) else 'redis'}") as on:
        alone, asked, fetched = _Phase(), _Phase(), _Phase()
        asking, looking = Polls(), Polls()
        shop = _Shop(on, conversations, counts)
        with open_tabs(on.port, sessions[:-1], Polls(), fetch=True):
            shop.write(_Phase(), 3)  # each process has loaded what it needs
        for _ in range(counts.admin_rounds):
            shop.write(alone, counts.admin_seconds)
            with open_tabs(on.port, sessions[:-1], asking, fetch=False):
                shop.write(asked, counts.admin_seconds)
        with open_tabs(on.port, sessions[:-1], looking, fetch=True):
            shop.write(fetched, counts.admin_seconds)
        found = admin_pages.pages(database, conversations)
        with open_tabs(on.port, sessions[:-1], Polls(), fetch=True):
            took = admin_pages.visit(
                on.port, sessions[-1], found, counts.admin_requests,
                lambda: shop.write(_Phase(), 2),
            )  # fmt: skip
    polls = asked.percent("web", "PostgreSQL") - alone.percent("web", "PostgreSQL")
    nothing = [""] * 5
    rows = [
        ["messages alone", *alone.cells(), *nothing],
        ["and polls", *asked.cells(), *asking.cells()],
        ["and what changed is fetched", *fetched.cells(), *looking.cells()],
    ]
    head = ["", "p50", "p95", "p99", *(f"{kind} %" for kind in KINDS)]
    head += ["polls", "304", "rows", "parts", "poll ms"]
    return (
        f"### {name}\n\n"
        f"{conversations:,} conversations, {messages:,} messages; {counts.admin_rate:g} messages a"
        f" second arrive, {counts.admin_tabs} tabs ask once a second. Milliseconds from a webhook"
        " to its answer at the Graph stand-in, and percent of one core; then how often the tabs"
        " asked, were told that nothing had changed, fetched rows, and fetched parts of a page.\n\n"
        + table(head, rows)
        + f"\n\nThe polls took {polls:.1f} % of a core in web processes and PostgreSQL together"
        f" (target {TARGET_POLLS_PERCENT}).\n\nMilliseconds of a page meanwhile, by one visitor,"
        f" {counts.admin_requests} requests each (target p95 {TARGET_PAGE_MILLISECONDS}), and its"
        " number of queries:\n\n"
        + table(["", "p50", "p95", "most", "queries"], admin_pages.rows(database, found, took))
    )


class _Shop:
    """Customers who write to it."""

    def __init__(self, scene: Running, conversations: int, counts: Counts) -> None:
        self.scene, self.rate = scene, counts.admin_rate
        self.customers = conversations // EVERY - 1  # of each kind

    def write(self, phase: _Phase, seconds: float) -> None:
        """Let messages come for a while, and wait for all answers."""
        start = Sample.take(self.scene.pids)
        messages = [self._message() for _ in range(max(int(seconds * self.rate), 1))]
        known = {customer: len(times) for customer, times in self._answers().items()}
        requests = (request for request, _ in messages)
        left, _ = asyncio.run(open_loop(self.scene.port, requests, self.rate))
        asked: dict[str, list[float]] = defaultdict(list)
        for at, (_, customer) in zip(left, messages, strict=True):
            if customer:
                asked[customer].append(at)
        wait_for(
            lambda: self._all_answered(asked, known), "an answer to each message", ANSWER_SECONDS
        )
        spent = Sample.take(self.scene.pids)
        answers = self._answers()
        for customer, times in asked.items():
            there = answers[customer][known.get(customer, 0) :]
            phase.latencies += [(b - a) * 1000 for a, b in zip(times, there, strict=False)]
        phase.seconds += spent.at - start.at
        for kind, cpu in spent.since(start).items():
            phase.cpu[kind] += cpu

    def _all_answered(self, asked: dict[str, list[float]], known: dict[str, int]) -> bool:
        there = self._answers()
        return all(
            len(there.get(customer, ())) - known.get(customer, 0) >= len(times)
            for customer, times in asked.items()
        )

    def _answers(self) -> dict[str, list[float]]:
        """Return when answers arrived, by customer, in the order in which they did."""
        found: dict[str, list[float]] = defaultdict(list)
        for send in self.scene.sends():
            found[send["recipient"]].append(send["arrived"])
        return found

    def _message(self) -> tuple[bytes, str]:
        """Return a webhook, and who is answered by a rule."""
        number = next(_numbers)
        is_answered = number % UNKNOWN_EVERY != 0
        first = ANSWERED if is_answered else UNANSWERED
        customer = str(CUSTOMER + first + EVERY * (number * 7919 % self.customers))
        words = KNOWN_WORDS if is_answered else UNKNOWN_WORDS
        request = signed(text_body(customer, words, f"aWdfBench{number}"))
        return request, customer if is_answered else ""
