"""Databases to measure on: migrated, with the example rules, nothing held back. One a scenario."""

import functools
import itertools
import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg2

from tests.environment import VARIABLES, postgres_away, start_postgres

ROOT = Path(__file__).resolve().parent.parent
FOLDER = Path(os.environ["TEST_FOLDER"])  # made by tests.environment, removed when we exit
CONNECTIONS = 400

_numbers = itertools.count(1)


@dataclass(frozen=True, slots=True)
class Database:
    """A database of one scenario, and the server's process where there is one."""

    url: str
    pid: int | None

    def rows(self, statement: str) -> Sequence[tuple[Any, ...]]:
        """Read, on a connection of its own."""
        if self.url.startswith("sqlite"):
            with closing(sqlite3.connect(self.url.removeprefix("sqlite:///"))) as connection:
                return connection.execute(statement).fetchall()
        with closing(psycopg2.connect(self.url)) as connection, connection.cursor() as cursor:
            cursor.execute(statement)
            rows: list[tuple[Any, ...]] = cursor.fetchall()
            return rows

    def change(self, statement: str) -> None:
        """Run a statement that changes rows, on a connection of its own."""
        if self.url.startswith("sqlite"):
            with closing(sqlite3.connect(self.url.removeprefix("sqlite:///"))) as connection:
                connection.execute(statement)
                connection.commit()
            return
        with closing(psycopg2.connect(self.url)) as connection, connection.cursor() as cursor:
            cursor.execute(statement)
            connection.commit()

    def number(self, statement: str) -> int:
        """Read one number."""
        return int(self.rows(statement)[0][0])


def environment(database_url: str, **more: str) -> dict[str, str]:
    """Return the variables of a production process: every setting is said, no .env leaks in."""
    variables = {
        **VARIABLES,
        "DJANGO_SETTINGS_MODULE": "instabot.settings",
        "FACEBOOK_APP_SECRET": "secret-of-benchmarks",
        "INSTAGRAM_APP_SECRET": "",
        "DATABASE_URL": database_url,
        "PYTHONPATH": str(ROOT),
        **more,
    }
    return {**os.environ, **variables}


def manage(database_url: str, *command: str) -> str:
    """Run a command of manage.py; return what it prints."""
    done = subprocess.run(
        [sys.executable, "manage.py", *command],
        cwd=ROOT,
        env=environment(database_url),
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    )
    return done.stdout


def tune(database: Database, *values: str) -> None:
    """Set what staff may tune, as `name=value`."""
    manage(database.url, "tune", *values)


def prepare(database_url: str) -> None:
    """Migrate an empty database; no limit holds anything back in it."""
    manage(database_url, "migrate", "--verbosity", "0")
    manage(database_url, "seed_rules")
    manage(
        database_url,
        "tune",
        "send_rate=0",
        "waiting_seconds=0",
        "loop_messages=0",
        "conversation_rate=0",
    )


def _on_server(server_url: str, statement: str) -> None:
    with closing(psycopg2.connect(server_url)) as connection:
        connection.autocommit = True  # CREATE DATABASE wants no transaction
        with connection.cursor() as cursor:
            cursor.execute(statement)


@functools.cache
def _server() -> tuple[str, int]:
    """Start PostgreSQL, once a run, with a prepared database to copy; return its URL and pid."""
    url = start_postgres(FOLDER, CONNECTIONS)
    pid = int((FOLDER / "postgres" / "postmaster.pid").read_text().split()[0])
    _on_server(url, "CREATE DATABASE prepared")
    prepare(url.replace("/postgres?", "/prepared?"))
    return url, pid


def postgresql() -> Database:
    """Return a fresh database on the run's PostgreSQL."""
    url, pid = _server()
    name = f"bench{next(_numbers)}"
    _on_server(url, f"CREATE DATABASE {name} TEMPLATE prepared")
    return Database(url.replace("/postgres?", f"/{name}?"), pid)


def crash_postgresql() -> None:
    """End the run's PostgreSQL as a power cut would, and start it again."""
    with postgres_away(FOLDER, crash=True):
        pass


def restart_postgresql() -> None:
    """Restart the run's PostgreSQL as for an upgrade: its clients are cut off."""
    with postgres_away(FOLDER):
        pass


def log_statements(database: Database) -> None:
    """Have PostgreSQL write each statement of new connections, with its duration, to its log."""
    name = database.rows("SELECT current_database()")[0][0]
    _on_server(database.url, f"ALTER DATABASE {name} SET log_min_duration_statement = 0")


@functools.cache
def _prepared_file() -> Path:
    path = FOLDER / "prepared.sqlite3"
    prepare(f"sqlite:///{path}")
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")  # all of it in the one file
    return path


def sqlite() -> Database:
    """Return a fresh database file, in a folder of its own: the bell's file lies beside it."""
    folder = FOLDER / f"bench{next(_numbers)}"
    folder.mkdir()
    shutil.copy(_prepared_file(), folder / "instabot.sqlite3")
    return Database(f"sqlite:///{folder}/instabot.sqlite3", None)
