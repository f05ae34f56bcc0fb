"""The inbox of a large shop while people look at it and customers write.

Messages arrive at a steady rate all the time, a quarter of them from customers who wait. First
alone; then with tabs that are open and ask once a second, as live.js does, and fetch what has
changed; then somebody opens pages, too.
"""

import asyncio
import http.client
import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from urllib.parse import urlencode

from bench import databases
from bench.admin_shop import CUSTOMER, LONG, fill, finish, log_in
from bench.counts import Counts
from bench.cpu import Sample
from bench.databases import Database
from bench.load import open_loop, signed
from bench.servers import Running, Scenario, running, wait_for
from bench.tables import percentile, table
from tests.support.graph import text_body

LIST = "/admin/conversations/conversation/"
TABS = (
    "waiting", "mine", "unassigned", "closing", "not_delivered", "put_off", "bot_only", "all",
)  # fmt: skip
UNKNOWN_WORDS = "Xyzzy plugh?"  # no rule has an answer
KNOWN_WORDS = "Hello!"
UNKNOWN_EVERY = 4  # messages
BUSY = 20  # customers who write what a rule answers, and as many others
TARGET_PAGE_MILLISECONDS, TARGET_POLLS_PERCENT = 200, 5
_numbers = count()


class Visitor:
    """One browser tab of somebody who is logged in."""

    def __init__(self, port: int, session: str) -> None:
        self.line = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        self.headers = {"Cookie": f"sessionid={session}", "X-Forwarded-Proto": "https"}

    def get(self, path: str, **headers: str) -> tuple[int, bytes, str]:
        """Return status, body and ETag; raise RuntimeError if it is an error."""
        named = {name.replace("_", "-"): value for name, value in headers.items() if value}
        self.line.request("GET", path, headers=self.headers | named)
        answer = self.line.getresponse()
        body = answer.read()
        if answer.status not in (200, 304):
            raise RuntimeError(f"{path}: {answer.status} {body[:300]!r}")
        return answer.status, body, answer.headers.get("ETag", "")


@dataclass
class _Polls:
    """What the tabs did."""

    milliseconds: list[float] = field(default_factory=list)
    unchanged: int = 0
    refreshed: int = 0

    def share_unchanged(self) -> float:
        return 100 * self.unchanged / max(len(self.milliseconds), 1)


@dataclass(frozen=True, slots=True)
class _Phase:
    """A time of steady load, and what it cost."""

    latencies: list[float]
    cpu: dict[str, float]  # seconds a second, by process

    def row(self, name: str, polls: _Polls | None) -> list[str]:
        found = [f"{percentile(self.latencies, percent):.1f}" for percent in (50, 95, 99)]
        cpu = [f"{100 * self.cpu.get(kind, 0):.1f}" for kind in ("web", "workers", "PostgreSQL")]
        if polls is None:
            return [name, *found, *cpu, "", "", "", ""]
        took = f"{percentile(polls.milliseconds, 50):.1f}"
        return [
            name, *found, *cpu, str(len(polls.milliseconds)), f"{polls.share_unchanged():.0f} %",
            str(polls.refreshed), took,
        ]  # fmt: skip


def run(counts: Counts) -> str:
    """Measure on PostgreSQL and on SQLite; return the report."""
    return "\n\n".join(
        [
            "## Admin",
            _measure("PostgreSQL + Redis", databases.postgresql(), counts, counts.admin_messages),
            _measure("SQLite", databases.sqlite(), counts, counts.admin_messages_sqlite),
        ]
    )


def _measure(name: str, database: Database, counts: Counts, messages: int) -> str:
    conversations = max(messages // 20, BUSY * 3)
    fill(database, conversations, messages)
    sessions = log_in(database, counts.admin_tabs + 1)
    finish(database)
    is_sqlite = database.url.startswith("sqlite")
    scenario = Scenario(redis=not is_sqlite, workers=1)
    with running(database, scenario, f"admin-{'sqlite' if is_sqlite else 'redis'}") as scene:
        _phase(scene, counts, seconds=2)
        alone = _phase(scene, counts, seconds=counts.admin_seconds)
        asking, looking, watching = _Polls(), _Polls(), _Polls()
        with _tabs(scene, sessions, conversations, asking, fetch=False):
            with_polls = _phase(scene, counts, seconds=counts.admin_seconds)
        with _tabs(scene, sessions, conversations, looking, fetch=True):
            with_tabs = _phase(scene, counts, seconds=counts.admin_seconds)
        with _tabs(scene, sessions, conversations, watching, fetch=True):
            pages = _open_pages(scene, sessions[-1], counts, conversations)
    head = [
        "", "p50", "p95", "p99", "web %", "workers %", "PostgreSQL %", "polls", "304", "fetched",
        "poll ms",
    ]  # fmt: skip
    polls = 100 * (with_polls.cpu["web"] - alone.cpu["web"])
    rows = [
        alone.row("messages alone", None),
        with_polls.row("and polls", asking),
        with_tabs.row("and what changed is fetched", looking),
    ]
    return (
        f"### {name}\n\n"
        f"{conversations:,} conversations, {messages:,} messages; {counts.admin_rate:g} messages a"
        f" second arrive, {counts.admin_tabs} tabs ask once a second. Milliseconds from a webhook"
        " to its answer at the Graph stand-in, and percent of one core.\n\n"
        + table(head, rows)
        + f"\n\nThe polls took {polls:.1f} % of a core in the web processes (target"
        f" {TARGET_POLLS_PERCENT}).\n\nMilliseconds of a page meanwhile, by one visitor, with"
        f" {counts.admin_requests} requests each (target p95 {TARGET_PAGE_MILLISECONDS}):\n\n"
        + table(["", "p50", "p95", "most"], pages)
    )


def _phase(scene: Running, counts: Counts, *, seconds: float) -> _Phase:
    """Let messages come for a while, and wait for all answers."""
    start, known = Sample.take(scene.pids), len(_answers(scene))
    number = max(int(seconds * counts.admin_rate), 1)
    messages = [_message(next(_numbers)) for _ in range(number)]
    requests = (request for request, _ in messages)
    left, _ = asyncio.run(open_loop(scene.port, requests, counts.admin_rate))
    spent = Sample.take(scene.pids)
    asked = [at for at, (_, is_answered) in zip(left, messages, strict=True) if is_answered]
    wait_for(lambda: len(_answers(scene)) >= known + len(asked), "an answer to each message")
    arrived = _answers(scene)[known:]
    took = [(there - at) * 1000 for at, there in zip(asked, arrived, strict=True)]
    length = spent.at - start.at
    return _Phase(took, {kind: cpu / length for kind, cpu in spent.since(start).items()})


def _answers(scene: Running) -> list[float]:
    """Return when the answers to what a rule knows arrived, in the order in which they did."""
    answered = {_customer(number, is_answered=True) for number in range(BUSY)}
    return sorted(send["arrived"] for send in scene.sends() if send["recipient"] in answered)


def _customer(number: int, *, is_answered: bool) -> str:
    return str(CUSTOMER + 2 + number % BUSY + (0 if is_answered else BUSY))


def _message(number: int) -> tuple[bytes, bool]:
    """Return a webhook, and whether a rule answers it."""
    is_answered = number % UNKNOWN_EVERY != 0
    words = KNOWN_WORDS if is_answered else UNKNOWN_WORDS
    customer = _customer(number, is_answered=is_answered)
    return signed(text_body(customer, words, f"aWdfBench{number}")), is_answered


@contextmanager
def _tabs(
    scene: Running, sessions: list[str], conversations: int, polls: _Polls, *, fetch: bool
) -> Iterator[None]:
    """Keep tabs open: most show who waits, each fifth all, each fourth a conversation beside it."""
    over, errors = threading.Event(), list[BaseException]()

    def stay(number: int, session: str) -> None:
        tab = "all" if number % 5 == 4 else "waiting"
        opened = 2 + number % min(BUSY, conversations) if number % 4 == 3 else None
        try:
            _stay(Visitor(scene.port, session), tab, opened, polls, over, fetch=fetch)
        except BaseException as error:  # noqa: BLE001 - it is raised again below
            errors.append(error)

    threads = [
        threading.Thread(target=stay, args=(number, session))
        for number, session in enumerate(sessions[:-1])
    ]
    for thread in threads:
        thread.start()
        time.sleep(1 / len(threads))  # not all at once
    try:
        yield
    finally:
        over.set()
        for thread in threads:
            thread.join()
    if errors:
        raise errors[0]


def _stay(  # noqa: PLR0913 - a tab, and what it is to do
    visitor: Visitor,
    tab: str,
    opened: int | None,
    polls: _Polls,
    over: threading.Event,
    *,
    fetch: bool,
) -> None:
    asked = {"tab": tab} | ({"open": str(opened)} if opened else {})
    etag, rows, version = "", None, None
    while not over.wait(1):
        started = time.perf_counter()
        status, body, etag = visitor.get(f"{LIST}live/?{urlencode(asked)}", If_None_Match=etag)
        polls.milliseconds.append((time.perf_counter() - started) * 1000)
        if status != 200:
            polls.unchanged += 1
            continue
        answer = json.loads(body)
        parts = ["list"] if answer["rows"] != rows else []
        parts += ["head", "thread", "customer"] if answer["open"] != version else []
        rows, version = answer["rows"], answer["open"]
        if fetch and parts:
            polls.refreshed += 1
            visitor.get(_page_of(tab, opened), X_Parts=" ".join(parts))


def _page_of(tab: str, opened: int | None) -> str:
    if opened is None:
        return f"{LIST}?tab={tab}"
    return f"{LIST}{opened}/change/?{urlencode({'_changelist_filters': f'tab={tab}'})}"


def _open_pages(
    scene: Running, session: str, counts: Counts, conversations: int
) -> list[list[str]]:
    """Open each page some times while messages come and tabs are open."""
    visitor = Visitor(scene.port, session)
    pages: dict[str, list[str]] = {
        **{f"tab {tab}": [_page_of(tab, None)] for tab in TABS},
        "a thread": [_page_of("waiting", pk) for pk in range(2, conversations, 37)],
        "the longest thread": [_page_of("waiting", LONG)],
    }
    found: dict[str, list[float]] = {name: [] for name in pages}

    def visit() -> None:
        for number in range(counts.admin_requests):
            for name, links in pages.items():
                started = time.perf_counter()
                visitor.get(links[number % len(links)])
                found[name].append((time.perf_counter() - started) * 1000)

    thread = threading.Thread(target=visit)
    thread.start()
    while thread.is_alive():
        _phase(scene, counts, seconds=2)
    thread.join()
    return [
        [name, *(f"{percentile(took, percent):.1f}" for percent in (50, 95)), f"{max(took):.1f}"]
        for name, took in found.items()
    ]
