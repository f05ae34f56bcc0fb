"""The search of a large inbox: rare words and common ones, by one person and by eight at once.

And what the index costs whoever writes a message: inserts with it and without.
"""

import threading
import time
from urllib.parse import urlencode

from bench import databases
from bench.admin_shop import fill, finish, log_in
from bench.admin_tabs import LIST, Visitor
from bench.counts import Counts
from bench.databases import Database, manage
from bench.servers import Scenario, running
from bench.tables import percentile, table

PEOPLE = 8
TARGET_MILLISECONDS = 200
# The shop of bench.admin_shop says five things, each in a fifth of a million messages.
ASKED = {
    "a name that few have": "mia 4711",
    "a name that all have": "mia",
    "a word in most messages": "that",
    "a word in a fifth": "delivery",
    "a beginning of one letter": "d",
    "two common words that never stand together": "delivery shoes",
    "a common word and a rare beginning": "delivery x",
    "a word in ten messages": "kimono",
    "a word in no message": "xyzzy",
    "another script": "сумка",
}
# Ten messages of long ago.
RARE = """
UPDATE conversations_message SET text = 'Do you have a kimono?', search_text = NULL
WHERE id IN (SELECT id FROM conversations_message ORDER BY id LIMIT 10)"""
CATCH_UP = "from conversations.search import upkeep; upkeep.catch_up()"
# Prints microseconds for each message that is written, a hundred in a transaction so that the disk
# is not what is measured; 100,000 in turn with and without the index.
WRITE = """
import time
from django.db import transaction
from django.utils import timezone
from conversations.models import Conversation, Message
from conversations.search import index
pk = Conversation.objects.values_list("pk", flat=True)[0]
for with_index in (True, False, True, False):
    index.create() if with_index else index.drop()
    began = time.perf_counter()
    for first in range(0, 25_000, 100):
        with transaction.atomic():
            for number in range(first, first + 100):
                now = timezone.now()
                Message.objects.insert({
                    "conversation_id": pk, "origin": "customer", "kind": "text",
                    "verdict": "undecided", "mid": f"bench-{began}-{number}", "at": now,
                    "created_at": now,
                    "text": f"How long does delivery {number} to Germany take, and what is it?",
                })
    print("with" if with_index else "without", (time.perf_counter() - began) / 25_000 * 1e6)
index.create()
"""


def run(counts: Counts) -> str:
    """Measure on PostgreSQL and on SQLite; return the report."""
    return "\n\n".join(
        [
            "## Search",
            _measure("PostgreSQL", databases.postgresql(), counts, counts.admin_messages),
            _measure("SQLite", databases.sqlite(), counts, counts.admin_messages_sqlite),
        ]
    )


def _measure(name: str, database: Database, counts: Counts, messages: int) -> str:
    fill(database, max(messages // 20, 60), messages, searchable=False)
    database.change(RARE)
    began = time.perf_counter()
    manage(database.url, "shell", "--no-imports", "-c", CATCH_UP)
    filled = time.perf_counter() - began
    finish(database, PEOPLE)
    sessions = log_in(database, PEOPLE)
    is_sqlite = database.url.startswith("sqlite")
    with running(database, Scenario(redis=not is_sqlite, workers=1), f"search-{name}") as scene:
        rows = []
        for what, words in ASKED.items():
            alone = _ask(scene.port, sessions[:1], words, counts.admin_requests)
            at_once = _ask(scene.port, sessions, words, counts.admin_requests)
            figures = [f"{percentile(took, p):.0f}" for took in (alone, at_once) for p in (50, 95)]
            rows.append([f"{what}: {words}", *figures])
    written = manage(database.url, "shell", "--no-imports", "-c", WRITE).split()
    costs = dict.fromkeys(written[::2], float("inf"))
    for kind, took in zip(written[::2], written[1::2], strict=True):
        costs[kind] = min(costs[kind], float(took))
    return (
        f"### {name}\n\n{messages:,} messages. Milliseconds of the page of hits (target p95"
        f" {TARGET_MILLISECONDS}).\n\n"
        + table(["", "p50", "p95", f"{PEOPLE} at once: p50", "p95"], rows)
        + f"\n\nA message is written in {costs['with']:.0f} us with the index, in"
        f" {costs['without']:.0f} us without. Messages of before were filled in {filled:.0f} s."
    )


def _ask(port: int, sessions: list[str], words: str, times: int) -> list[float]:
    """Have each of these people search so often, all at once; return milliseconds."""
    took = list[float]()
    errors = list[BaseException]()

    def look(session: str) -> None:
        try:
            visitor = Visitor(port, session)
            for _ in range(times):
                began = time.perf_counter()
                visitor.get(f"{LIST}?{urlencode({'tab': 'all', 'q': words})}")
                took.append((time.perf_counter() - began) * 1000)
        except BaseException as error:  # noqa: BLE001 - it is raised again below
            errors.append(error)

    people = [threading.Thread(target=look, args=(session,)) for session in sessions]
    for person in people:
        person.start()
    for person in people:
        person.join()
    if errors:
        raise errors[0]
    return took
