"""Databases that are made once a run, by the product's own commands, and copied from then on."""

import fcntl
import os
from collections.abc import Callable
from pathlib import Path

from tests.support.graph import NOBODY_THERE, Graph
from tests.support.service import ON_POSTGRES, Database, Service


def tables() -> Database:
    """Return the tables and nothing else."""
    return _made_once(
        "tables", lambda folder: _numbered_apart(_made_by(Database(folder), "migrate"))
    )


def example_rules() -> Database:
    """Return the tables with the example rules."""
    return _made_once("template", lambda folder: _made_by(Database(folder, tables()), "seed_rules"))


def _made_by(database: Database, command: str) -> Database:
    maker = Service(database.file.parent, Graph(port=NOBODY_THERE), database)
    maker.manage(command, "--verbosity=0")
    return database  # it goes with the folder, or the server


NUMBERED = (
    """
    SELECT table_name FROM information_schema.columns
    WHERE table_schema = 'public' AND column_name = 'id' AND is_identity = 'YES' ORDER BY 1
    """
    if ON_POSTGRES
    else "SELECT name FROM sqlite_master WHERE sql LIKE '%AUTOINCREMENT%' ORDER BY 1"
)
APART = 10_000


def _numbered_apart(database: Database) -> Database:
    """Let each table's rows begin with numbers of their own.

    From one on, a row's number is a small one, and the same as that of a row of another table: a
    test that counts with it, or code that takes one for the other, would be right by chance.
    """
    for position, (table,) in enumerate(database.rows(NUMBERED), start=1):
        first = position * APART
        database.execute(
            f"ALTER TABLE {table} ALTER id RESTART WITH {first}"
            if ON_POSTGRES
            else f"DELETE FROM sqlite_sequence WHERE name = '{table}';"
            f"INSERT INTO sqlite_sequence (name, seq) VALUES ('{table}', {first - 1})"
        )
    return database


def _made_once(name: str, make: Callable[[Path], Database]) -> Database:
    """Return what the first process of the run to ask for it has made."""
    folder = Path(os.environ["TEST_FOLDER"])  # of all processes of the run
    made = folder / name
    with (folder / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if made.exists():
            return Database(folder, name=made.read_text())
        database = make(folder)
        made.write_text(database.name)
    return database
