"""How long the API takes to answer, for a shop that has been open for a while.

One client on one connection, as another system asks: each request waits for the one before it.
"""

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import requests

from bench import databases
from bench.api_shop import (
    COMMON,
    CUSTOMER,
    LABEL,
    LONG,
    LONG_MESSAGES,
    RARE,
    RARE_LABEL,
    RULES,
    fill,
)
from bench.counts import Counts
from bench.databases import tune
from bench.servers import Scenario, running
from bench.tables import percentile, table

PAGE = 20
TARGET = 100  # milliseconds, of the list's first page
WARM_UP = 5
SECONDS = 60  # for one answer, at most
ENOUGH = 10_000  # milliseconds of answers of a kind: no more of it is asked for
LIST = "conversations/"


@dataclass(frozen=True, slots=True)
class _Case:
    name: str
    path: str
    asked: Mapping[str, str] = field(default_factory=dict)
    body: Mapping[str, Any] | None = None  # None: it is a GET
    page: int = 1
    target: str = ""


class _Client:
    """Another system, with its token, behind the host's proxy."""

    def __init__(self, port: int, token: str) -> None:
        self.server = f"http://127.0.0.1:{port}"
        self.session = requests.Session()
        self.session.trust_env = False
        self.session.headers.update(
            {"Authorization": f"Token {token}", "X-Forwarded-Proto": "https"}
        )

    def prepared(self, case: _Case) -> requests.PreparedRequest:
        """Return the request; that for a later page is found as clients find it."""
        method = "GET" if case.body is None else "POST"
        url = f"{self.server}/api/v1/{case.path}"
        request = self.session.prepare_request(
            requests.Request(method, url, params=case.asked, json=case.body)
        )
        for _ in range(case.page - 1):
            query = self.send(request)["next"].partition("?")[2]
            request = self.session.prepare_request(requests.Request(method, f"{url}?{query}"))
        return request

    def send(self, request: requests.PreparedRequest) -> Any:
        """Return the answer; raise where it is none."""
        answer = self.session.send(request, timeout=SECONDS)
        if answer.status_code != 200:
            raise RuntimeError(f"{request.url}: {answer.status_code} {answer.text[:500]}")
        return answer.json()


def run(counts: Counts) -> str:
    """Measure; return the report."""
    database = databases.postgresql()
    tune(database, "api_rate=0")
    token = fill(database, counts.api_conversations)
    cases = _cases(counts.api_conversations)
    with running(database, Scenario(redis=False), "api") as scene:
        client = _Client(scene.port, token)
        rows = [_measure(client, case, counts.api_requests) for case in cases]
    messages = database.number("SELECT count(*) FROM conversations_message")
    return (
        "## API\n\n"
        f"Milliseconds from a request to its whole answer: {counts.api_conversations:,}"
        f" conversations, {messages:,} messages and {RULES} rules on PostgreSQL,"
        f" {counts.api_requests} requests of each kind, or as many as take"
        f" {ENOUGH / 1000:g} s, one after the other.\n\n"
        + table(["", "rows", "median", "p99", "target"], rows)
    )


def _cases(conversations: int) -> list[_Case]:
    now = datetime.now(UTC)
    period = {"first": f"{now - timedelta(days=29):%Y-%m-%d}"}  # to today
    days = {name: (now - timedelta(days=ago)).isoformat() for name, ago in _AGO.items()}
    filters = [
        {"needs_person": "true"},
        {"paused": "true"},
        {"window": "open"},
        {"window": "soon"},
        {"window": "closed"},
        {"failed_sends": "true"},
        {"failed_sends": "false"},
        {"label": LABEL},
        {"label": RARE_LABEL},
        {"customer": str(CUSTOMER + conversations // 2)},
    ]
    return [
        _Case("50 conversations", LIST, target=f"{TARGET}"),
        _Case(f"page {PAGE} of them", LIST, page=PAGE if conversations >= 50 * PAGE else 2),
        *(_Case(_said(one), LIST, one) for one in filters),
        _Case("since, until: a week", LIST, days),
        _Case(f"search={COMMON}, in each eighth question", LIST, {"search": COMMON}),
        _Case(f"search={RARE}, in ten messages", LIST, {"search": RARE}),
        _Case("search, in no message", LIST, {"search": "zeppelin"}),
        _Case("one conversation", f"{LIST}{conversations // 2}/"),
        _Case(f"50 of the {LONG_MESSAGES} messages of one", f"{LIST}{LONG}/messages/"),
        _Case("50 rules", "rules/"),
        _Case("statistics: days, of 30", "statistics/days/", period),
        _Case("statistics: rules, of 30 days", "statistics/rules/", period),
        _Case("statistics: days of a rule, of 30", "statistics/rules/1/days/", period),
        _Case("a message tried", "rules/try/", body={"text": "How much is bag number 117?"}),
    ]


_AGO = {"since": 30, "until": 23}


def _said(asked: Mapping[str, str]) -> str:
    return "".join(f"{name}={value}" for name, value in asked.items())


def _measure(client: _Client, case: _Case, count: int) -> list[str]:
    request = client.prepared(case)
    found = [client.send(request) for _ in range(min(WARM_UP, count))][-1]
    took: list[float] = []
    while len(took) < count and sum(took) < ENOUGH:
        begun = time.perf_counter()
        client.send(request)
        took.append((time.perf_counter() - begun) * 1000)
    rows = str(len(found["results"])) if "results" in found else ""
    times = (f"{percentile(took, percent):.1f}" for percent in (50, 99))
    return [case.name, rows, *times, case.target]
