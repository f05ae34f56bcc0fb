"""The pages of the admin: how long each takes, and how many queries."""

import json
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from itertools import cycle
from urllib.parse import urlencode

from bench.admin_shop import LONG, OUTCOMES, PER_PAGE, THINGS
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
client.force_login(User.objects.order_by("-is_superuser", "pk").first())
found = {{}}
for name, (path, form) in json.loads({pages!r}).items():
    def look():
        return client.post(path, form) if form else client.get(path)
    look()
    with CaptureQueriesContext(connection) as caught:
        assert look().status_code == 200, path
    found[name] = len(caught)
print("counted", json.dumps(found))
"""

ADMIN = "/admin/"
OUTBOX = f"{ADMIN}conversations/outboxmessage/"
EVENTS = f"{ADMIN}webhooks/webhookevent/"
REPORTS = f"{ADMIN}conversations/dayfigures/"
RULES = f"{ADMIN}rules/responserule/"
FORM = {
    "name": "Product 1", "active": "on", "order": "40", "match": "words",
    "keywords": "delivery\r\nshoes", "for_messages": "on", "reply": "In 3 days.", "typos": "0",
    "once_in_hours": "0", "pause_hours": "0", "cards-TOTAL_FORMS": "0", "cards-INITIAL_FORMS": "0",
}  # fmt: skip
# Words of the shop of bench.admin_shop: in a fifth of all messages, in few, and in none.
SEARCHES = {
    "a name": "mia 4711", "one word": "delivery", "a common word": "that",
    "two words": "delivery shoes", "a rare word": THINGS[-1], "nothing": "xyzzy",
    "two rare words": " ".join(THINGS[-2:]), "one letter": "d",
}  # fmt: skip
LAST_HITS = 1000 // PER_PAGE


@dataclass(frozen=True, slots=True)
class Address:
    """A page; form: what is posted to it."""

    path: str
    form: Mapping[str, str] = field(default_factory=dict)


Pages = dict[str, list[Address]]


def pages(database: Database, conversations: int) -> Pages:
    """Return the addresses of each kind of page."""
    found = _inbox(database, conversations) | _searches() | _around(database)
    return {
        name: [one if isinstance(one, Address) else Address(one) for one in addresses]
        for name, addresses in found.items()
    }


def _searches() -> dict[str, list[str | Address]]:
    def hits(words: str, tab: str = "all", page: int = 1) -> list[str | Address]:
        return [page_of(urlencode({"tab": tab, "q": words, "p": page}))]

    return {
        **{f"search: {what}": hits(words) for what, words in SEARCHES.items()},
        "search: one word, last page": hits("delivery", page=LAST_HITS),
        "search: two words, last page": hits("delivery shoes", page=LAST_HITS),
        "search: a name, last page": hits("mia", page=LAST_HITS),
        "search: one word, of those who wait": hits("delivery", "waiting"),
        "search: two words, of bot only": hits("delivery shoes", "bot_only"),
        "palette": [f"{ADMIN}find/?q=mia"],
    }


def _around(database: Database) -> dict[str, list[str | Address]]:
    """Return what is not the inbox: home, reports, rules, and the lists of what happened."""
    events = database.number("SELECT COUNT(*) FROM webhooks_webhookevent")
    outbox = database.number("SELECT COUNT(*) FROM conversations_message WHERE state = 'failed'")
    rule = database.number("SELECT id FROM rules_responserule WHERE name = 'Product 1'")
    changed = f"{RULES}{rule}/change/"
    return {
        "home": [ADMIN],
        "reports, a month": [REPORTS],
        "reports, a year": [f"{REPORTS}?days=365"],
        "reports, a file of a year": [f"{REPORTS}days.csv?days=365"],
        "rules": [RULES],
        "rules, a search": [f"{RULES}?q=delivery"],
        "rules, not used lately": [f"{RULES}?unused=month"],
        "rules, never used": [f"{RULES}?unused=ever"],
        "rules, by use": [f"{RULES}?o=-6"],
        "a rule": [changed],
        "a new rule": [f"{RULES}add/"],
        "before a rule is saved": [Address(f"{changed}before/", FORM)],
        "before a rule with typos is saved": [Address(f"{changed}before/", FORM | {"typos": "1"})],
        "a rule's history": [f"{changed[:-7]}history/"],
        "a rule tried": [Address(f"{changed}try/", FORM | {"trial-text": "delivery?"})],
        "unanswered": [f"{ADMIN}rules/dismissedgroup/"],
        "events": [EVENTS],
        "events, last page": [f"{EVENTS}?p={events // PER_PAGE}"],
        "events that failed": [f"{EVENTS}?state__exact=failed"],
        "events, not read yet": [f"{EVENTS}?state__exact=received"],
        "events that were processed": [f"{EVENTS}?state__exact=processed"],
        **{
            f"events, {name}": [f"{EVENTS}?{urlencode({'item': name})}"]
            for name in (*OUTCOMES, "failed", "early", "late", "kept", "standby")
        },
        "events, processed and unknown": [f"{EVENTS}?state__exact=processed&item=unknown"],
        "an event": [f"{EVENTS}1/change/"],
        "outbox": [OUTBOX],
        "outbox, failed": [f"{OUTBOX}?is=failed"],
        "outbox, last page": [f"{OUTBOX}?p={max(outbox // 100, 1)}"],
        "late": [f"{ADMIN}conversations/latequestion/"],
        "settings": [f"{ADMIN}shop/tuning/"],
        "people": [f"{ADMIN}auth/user/"],
        "the inbox's settings": [f"{ADMIN}conversations/savedreply/"],
    }


def _inbox(database: Database, conversations: int) -> dict[str, list[str | Address]]:
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
                address = next(links[name])
                visitor.open(address.path, address.form)
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
    first = json.dumps(
        {name: (addresses[0].path, dict(addresses[0].form)) for name, addresses in found.items()}
    )
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
