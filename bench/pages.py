"""Every page of the admin in a large shop where nothing else happens: what each costs by itself."""

import time

from bench import admin_pages, databases
from bench.admin_shop import fill, finish, is_sqlite, log_in, settle
from bench.counts import Counts
from bench.databases import Database
from bench.servers import Scenario, running
from bench.tables import table

TARGET_MILLISECONDS = 200


def run(counts: Counts) -> str:
    """Measure on PostgreSQL, on SQLite, or on both, or on a database that is kept."""
    found = ["## Pages"]
    if counts.pages_kept:
        database = Database(counts.pages_kept, None)
        if not _is_filled(database):
            databases.prepare(database.url)
            _fill(database, counts.admin_messages)
        return "\n\n".join([*found, _measure("Kept", database, counts)])
    which = counts.admin_database
    if which in ("both", "postgresql"):
        database = databases.postgresql()
        _fill(database, counts.admin_messages)
        found.append(_measure("PostgreSQL", database, counts))
    if which in ("both", "sqlite"):
        database = databases.sqlite()
        _fill(database, counts.admin_messages_sqlite)
        found.append(_measure("SQLite", database, counts))
    return "\n\n".join(found)


def _is_filled(database: Database) -> bool:
    tables = "SELECT COUNT(*) FROM information_schema.tables WHERE table_name = 'auth_user'"
    return bool(database.number(tables) and database.number("SELECT COUNT(*) FROM auth_user"))


def _fill(database: Database, messages: int) -> None:
    fill(database, max(messages // 20, 500), messages)
    log_in(database, 2)
    finish(database, 2)
    settle(database)


def _wait() -> None:
    time.sleep(0.1)


def _measure(name: str, database: Database, counts: Counts) -> str:
    conversations = database.number("SELECT COUNT(*) FROM conversations_conversation")
    messages = database.number("SELECT COUNT(*) FROM conversations_message")
    session = log_in(database, 1)[0]
    found = {
        name: addresses
        for name, addresses in admin_pages.pages(database, conversations).items()
        if counts.pages_named in name
    }
    with running(database, Scenario(redis=not is_sqlite(database)), f"pages-{name}") as scene:
        for requests in (3, counts.admin_requests):  # the first ones load what is kept
            took = admin_pages.visit(scene.port, session, found, requests, _wait)
    slow = [
        name
        for name, times in took.items()
        if sorted(times)[-1 - len(times) // 20] > TARGET_MILLISECONDS
    ]
    return (
        f"### {name}\n\n{messages:,} messages in {conversations:,} conversations. Milliseconds of a"
        f" page, {counts.admin_requests} requests each (target p95 {TARGET_MILLISECONDS}), and its"
        " number of queries:\n\n"
        + table(["", "p50", "p95", "most", "queries"], admin_pages.rows(database, found, took))
        + f"\n\nOver it: {', '.join(slow) or 'none'}."
    )
