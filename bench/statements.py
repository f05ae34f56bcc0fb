"""The statements that one message costs: how often each, and how long, on PostgreSQL with Redis.

Not part of a whole run, since logging every statement slows what is measured.
"""

import asyncio
import re
from collections import Counter, defaultdict
from itertools import count

from bench import databases
from bench.counts import Counts
from bench.databases import FOLDER, Database
from bench.load import open_loop, signed
from bench.servers import Scenario, running, wait_for
from bench.tables import table
from tests.support.graph import text_body

CUSTOMERS = 20
SHOWN = 130  # characters of a statement
_LOGGED = re.compile(r"duration: ([\d.]+) ms  statement: (.*?)(?=\n\d{4}-\d\d-\d\d |\Z)", re.DOTALL)
_SHORTER = (
    (re.compile(r"\s+"), " "),
    (re.compile(r"'(?:[^']|'')*'(::\w+)?"), "?"),
    (re.compile(r"\b\d+\b"), "?"),
    (re.compile(r'"(?:(?:conversations|webhooks|rules)_)?(\w+)"'), r"\1"),
    (re.compile(r"(?<=SELECT )(?:\w+\.\w+(?: AS \w+)?, ){3,}\w+\.\w+(?: AS \w+)?"), "…"),
    (re.compile(r"(?<=\()(?:\w+, ){3,}\w+\) VALUES .*"), "…"),
)
_numbers = count()


def run(counts: Counts) -> str:
    """Measure; return the report."""
    messages = counts.latency_messages // 2
    database = databases.postgresql()
    databases.log_statements(database)
    log = FOLDER / "postgres" / "log"
    with running(database, Scenario(workers=1, echoes=True), "statements") as scene:
        asyncio.run(open_loop(scene.port, _requests(CUSTOMERS), counts.latency_rate))
        wait_for(lambda: _settled(database, len(scene.sends()), CUSTOMERS), "answers")
        start = log.stat().st_size
        asyncio.run(open_loop(scene.port, _requests(messages), counts.latency_rate))
        wait_for(lambda: _settled(database, len(scene.sends()), CUSTOMERS + messages), "answers")
        with log.open("rb") as file:
            file.seek(start)
            text = file.read().decode(errors="replace")
    return _report(text, messages)


def _requests(messages: int) -> list[bytes]:
    return [
        signed(text_body(f"6{number % CUSTOMERS:014}", "Hello!", f"aWdf{next(_numbers)}"))
        for number in range(messages)
    ]


def _settled(database: Database, sends: int, expected: int) -> bool:
    waiting = "SELECT count(*) FROM webhooks_webhookevent WHERE due_at IS NOT NULL"
    return sends == expected and database.number(waiting) == 0


def _report(text: str, messages: int) -> str:
    times: Counter[str] = Counter()
    spent: dict[str, float] = defaultdict(float)
    for took, statement in _LOGGED.findall(text):
        short = _shorten(statement)
        times[short] += 1
        spent[short] += float(took)
    rows = [
        [f"`{short}`", f"{number / messages:.2f}", f"{spent[short] / messages:.2f}"]
        for short, number in times.most_common()
        if number >= messages / 20
    ]
    whole = ["all", f"{times.total() / messages:.1f}", f"{sum(spent.values()) / messages:.1f}"]
    return (
        "## Statements\n\n"
        f"Statements for each of {messages} messages, their echoes included, and milliseconds"
        " spent in them.\n\n" + table(["", "a message", "ms a message"], [whole, *rows])
    )


def _shorten(statement: str) -> str:
    for pattern, by in _SHORTER:
        statement = pattern.sub(by, statement)
    return statement if len(statement) <= SHOWN else statement[: SHOWN - 1] + "…"
