"""Databases that are made once a run, by the product's own commands, and copied from then on."""

import fcntl
import os
from collections.abc import Callable
from pathlib import Path

from tests.support.graph import NOBODY_THERE, Graph
from tests.support.service import Database, Service


def tables() -> Database:
    """Return the tables and nothing else."""
    return _made_once("tables", lambda folder: _made_by(Database(folder), "migrate"))


def example_rules() -> Database:
    """Return the tables with the example rules."""
    return _made_once("template", lambda folder: _made_by(Database(folder, tables()), "seed_rules"))


def _made_by(database: Database, command: str) -> Database:
    maker = Service(database.file.parent, Graph(port=NOBODY_THERE), database)
    maker.manage(command, "--verbosity=0")
    return database  # it goes with the folder, or the server


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
