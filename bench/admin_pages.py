"""The pages of the inbox that are opened meanwhile: how long each takes, and how many queries."""

import json
import threading
import time
from collections.abc import Callable
from itertools import cycle

from bench.admin_shop import LONG, PER_PAGE
from bench.admin_tabs import Visitor, page_of
from bench.databases import Database, manage
from bench.tables import percentile

TABS = (
    "waiting", "mine", "unassigned", "closing", "not_delivered", "put_off", "bot_only", "all",
)  # fmt: skip
FILTERS = (
    "tab=all&labels__id__exact=1", "tab=all&labels__id__exact=3", "tab=all&assignee=me",
    "tab=all&assignee=nobody", "tab=all&paused=yes", "tab=all&window=soon",
    "tab=all&window=closed", "tab=all&origin=story", "tab=all&origin=comment",
    "tab=all&origin=ad", "tab=all&origin=direct", "tab=all&opted_out=yes",
    "tab=all&sends=failed", "tab=all&labels__id__exact=1&paused=yes",
    "tab=all&labels__id__exact=3&window=closed", "tab=waiting&labels__id__exact=1",
    "tab=waiting&origin=story&assignee=nobody", "tab=bot_only&labels__id__exact=1",
)  # fmt: skip
MIDDLE = f"""
SELECT id FROM conversations_message WHERE conversation_id = {LONG} ORDER BY at, id
LIMIT 1 OFFSET (SELECT COUNT(*) / 2 FROM conversations_message WHERE conversation_id = {LONG})"""
# Prints how many statements the database gets for each page, in a process of its own.
COUNT_QUERIES = """
import json
import structlog
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
def drop(*_):
    raise structlog.DropEvent
structlog.configure(processors=[drop])
client = Client(headers={{"X-Forwarded-Proto": "https", "Host": "127.0.0.1"}})
client.force_login(User.objects.order_by("pk").first())
found = {{}}
for name, path in json.loads({pages!r}).items():
    client.get(path)
    with CaptureQueriesContext(connection) as caught:
        assert client.get(path).status_code == 200, path
    found[name] = len(caught)
print("counted", json.dumps(found))
"""

Pages = dict[str, list[str]]


def pages(database: Database, conversations: int) -> Pages:
    """Return the addresses of each kind of page."""
    last = conversations // PER_PAGE
    bot_only = database.number(
        "SELECT COUNT(*) FROM conversations_conversation"
        " WHERE waiting_since IS NULL AND assignee_id IS NULL"
    )
    found = database.number(MIDDLE)
    return {
        **{f"tab {tab}": [page_of(f"tab={tab}")] for tab in TABS},
        **{query.removeprefix("tab="): [page_of(query)] for query in FILTERS},
        "all, last page": [page_of(f"tab=all&p={last}")],
        "bot_only, last page": [page_of(f"tab=bot_only&p={bot_only // PER_PAGE}")],
        "a thread": [page_of("tab=waiting", pk) for pk in range(2, conversations, 37)],
        "the longest thread": [page_of("tab=waiting", LONG)],
        "a message found in it": [page_of("tab=waiting", LONG, at=found)],
    }


def visit(
    port: int, session: str, found: Pages, requests: int, meanwhile: Callable[[], object]
) -> dict[str, list[float]]:
    """Open each page so often, by one visitor; return the milliseconds of each."""
    visitor = Visitor(port, session)
    took: dict[str, list[float]] = {name: [] for name in found}
    links = {name: cycle(addresses) for name, addresses in found.items()}

    def go() -> None:
        for _ in range(requests):
            for name in found:
                started = time.perf_counter()
                visitor.get(next(links[name]))
                took[name].append((time.perf_counter() - started) * 1000)

    thread = threading.Thread(target=go)
    thread.start()
    while thread.is_alive():
        meanwhile()
    thread.join()
    if not all(took.values()):
        raise RuntimeError("the visitor could not open a page")
    return took


def rows(database: Database, found: Pages, took: dict[str, list[float]]) -> list[list[str]]:
    """Return the lines of the report: p50, p95, most, and the number of queries."""
    first = json.dumps({name: addresses[0] for name, addresses in found.items()})
    printed = manage(database.url, "shell", "--no-imports", "-c", COUNT_QUERIES.format(pages=first))
    counted = json.loads(printed.rpartition("counted ")[2])
    return [
        [
            name,
            *(f"{percentile(times, percent):.0f}" for percent in (50, 95)),
            f"{max(times):.0f}",
            str(counted[name]),
        ]
        for name, times in took.items()
    ]
