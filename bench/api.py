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

LATER_PAGE = 20
TARGET_MILLISECONDS = 100  # for the first page of the list
WARM_UP_REQUESTS = 5
TIMEOUT_SECONDS = 60  # for one answer
MAX_MILLISECONDS = 10_000  # of all answers of a kind
LIST = "conversations/"


@dataclass(frozen=True, slots=True)
class _Case:
    name: str
    path: str
    query: Mapping[str, str] = field(default_factory=dict)
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

    def prepare(self, case: _Case) -> requests.PreparedRequest:
        """Return the request; a later page is found by the links, as clients do."""
        method = "GET" if case.body is None else "POST"
        url = f"{self.server}/api/v1/{case.path}"
        request = self.session.prepare_request(
            requests.Request(method, url, params=case.query, json=case.body)
        )
        for _ in range(case.page - 1):
            next_query = self.send(request)["next"].partition("?")[2]
            request = self.session.prepare_request(requests.Request(method, f"{url}?{next_query}"))
        return request

    def send(self, request: requests.PreparedRequest) -> Any:
        """Return the answer; raise RuntimeError if it is an error."""
        answer = self.session.send(request, timeout=TIMEOUT_SECONDS)
        if answer.status_code != 200:
            raise RuntimeError(f"{request.url}: {answer.status_code} {answer.text[:500]}")
        return answer.json()


def run(counts: Counts) -> str:
    """Measure; return the report."""
    database = databases.postgresql()
    tune(database, "api_rate=0")
    token = fill(database, counts.api_conversations)
    cases = _list_cases(counts.api_conversations)
    with running(database, Scenario(redis=False), "api") as scene:
        client = _Client(scene.port, token)
        rows = [_measure(client, case, counts.api_requests) for case in cases]
    messages = database.number("SELECT count(*) FROM conversations_message")
    return (
        "## API\n\n"
        f"Milliseconds from a request to its whole answer: {counts.api_conversations:,}"
        f" conversations, {messages:,} messages and {RULES} rules on PostgreSQL,"
        f" {counts.api_requests} requests of each kind, or as many as take"
        f" {MAX_MILLISECONDS / 1000:g} s, one after the other.\n\n"
        + table(["", "rows", "median", "p99", "target"], rows)
    )


def _list_cases(conversations: int) -> list[_Case]:
    now = datetime.now(UTC)
    period = {"first": f"{now - timedelta(days=29):%Y-%m-%d}"}  # to today
    days = {name: (now - timedelta(days=ago)).isoformat() for name, ago in _DAYS_AGO.items()}
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
    page = LATER_PAGE if conversations >= 50 * LATER_PAGE else 2
    return [
        _Case("50 conversations", LIST, target=f"{TARGET_MILLISECONDS}"),
        _Case(f"page {LATER_PAGE} of them", LIST, page=page),
        *(_Case(_describe(query), LIST, query) for query in filters),
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


_DAYS_AGO = {"since": 30, "until": 23}


def _describe(query: Mapping[str, str]) -> str:
    return "".join(f"{name}={value}" for name, value in query.items())


def _measure(client: _Client, case: _Case, count: int) -> list[str]:
    request = client.prepare(case)
    answer = [client.send(request) for _ in range(min(WARM_UP_REQUESTS, count))][-1]
    took: list[float] = []
    while len(took) < count and sum(took) < MAX_MILLISECONDS:
        started = time.perf_counter()
        client.send(request)
        took.append((time.perf_counter() - started) * 1000)
    rows = str(len(answer["results"])) if "results" in answer else ""
    times = (f"{percentile(took, percent):.1f}" for percent in (50, 99))
    return [case.name, rows, *times, case.target]
