"""What figures cost in a large shop: to count a day and all days, to open home and a year."""

import json

from bench import databases
from bench.admin_shop import DAYS, fill, finish
from bench.counts import Counts
from bench.databases import Database, manage
from bench.tables import percentile, table

TARGET_YEAR_MILLISECONDS = 300
# In a process of its own: it prints milliseconds by what took them.
MEASURE = """
import copy, json, time
from datetime import timedelta
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone
from conversations.models import AccountDay, FiguresUpkeep
from conversations.statistics import day, upkeep
from shop.current import current_shop

def took(act):
    started = time.perf_counter()
    act()
    return (time.perf_counter() - started) * 1000

def look():
    FiguresUpkeep.objects.update(looked_at=None)
    upkeep.look()

shop, today = current_shop(), timezone.now().date()
found = {{"a day is counted": [
    took(lambda: day.count(today - timedelta(days=1 + number), shop)) for number in range({times})
]}}
upkeep.BUDGET_SECONDS = float("inf")
found["the first look counts all days"] = [took(look)]
found["a look where little has changed"] = [took(look) for _ in range({times})]
row = AccountDay.objects.get(day=today - timedelta(days=2))
for number in range(365):
    one = copy.copy(row)
    one.day = today - timedelta(days=number)
    one.pk = None
    AccountDay.objects.filter(day=one.day).exists() or one.save(force_insert=True)
client = Client(headers={{"X-Forwarded-Proto": "https"}})
client.force_login(User.objects.create_superuser("anna"))
for name, path in (
    ("home opens", "/admin/"),
    ("30 days open", "/admin/conversations/dayfigures/"),
    ("a year opens", "/admin/conversations/dayfigures/?days=365"),
):
    def get():
        assert client.get(path, secure=True, headers={{"Host": "localhost"}}).status_code == 200
    get()
    found[name] = [took(get) for _ in range({times})]
print("found " + json.dumps(found))
"""


def run(counts: Counts) -> str:
    """Measure on PostgreSQL and on SQLite; return the report."""
    return "\n\n".join(
        [
            "## Reports",
            _measure("PostgreSQL", databases.postgresql(), counts, counts.admin_messages),
            _measure("SQLite", databases.sqlite(), counts, counts.admin_messages_sqlite),
        ]
    )


def _measure(name: str, database: Database, counts: Counts, messages: int) -> str:
    fill(database, max(messages // 20, 60), messages)
    finish(database, 1)
    script = MEASURE.format(times=counts.admin_requests)
    printed = manage(database.url, "shell", "--no-imports", "-c", script).splitlines()
    said = next(line for line in printed if line.startswith("found "))
    found: dict[str, list[float]] = json.loads(said.removeprefix("found "))
    rows = [
        [what, *(f"{percentile(took, percent):,.0f}" for percent in (50, 95)), f"{max(took):,.0f}"]
        for what, took in found.items()
    ]
    return (
        f"### {name}\n\n{messages:,} messages on {DAYS} days, {messages // DAYS:,} a day."
        f" Milliseconds (target for a year: {TARGET_YEAR_MILLISECONDS}):\n\n"
        + table(["", "p50", "p95", "most"], rows)
    )
