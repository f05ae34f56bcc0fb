from collections.abc import Iterator
from typing import Any

import pytest
from django.conf import settings
from django.db import connection

from tests.support.line import Line
from workqueue.postgresql import patience
from workqueue.postgresql.base import DatabaseWrapper

# Shorter than production's, and longer than a busy machine takes.
MOMENT = 0.5


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    skip = pytest.mark.skipif(settings.ON_SQLITE, reason="SQLite is no server")
    for item in items:
        if item.path.is_relative_to(__file__.rpartition("/")[0]):
            item.add_marker(skip)


@pytest.fixture
def line() -> Iterator[Line]:
    folder = connection.settings_dict["OPTIONS"]["host"]
    with Line(f"{folder}/.s.PGSQL.5432") as line:
        yield line


@pytest.fixture
def far(line: Line, db: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """A connection of Django's to the database of the tests, by that line."""
    monkeypatch.setattr(patience, "_silent", type(patience._silent)())
    monkeypatch.setattr(patience, "WHILE_SILENT_SECONDS", MOMENT)
    one = by(line)
    yield one
    line.come_back()
    one.close()


def by(line: Line) -> Any:
    options = {
        name: value
        for name, value in connection.settings_dict["OPTIONS"].items()
        if name not in ("host", "port")
    }
    where = {"HOST": "127.0.0.1", "PORT": str(line.port), "OPTIONS": options}
    return DatabaseWrapper({**connection.settings_dict, **where}, "far")
