"""Where in the database anything of somebody is left: every column of every table is read."""

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from django.db import connection


def tables() -> list[str]:
    with connection.cursor() as cursor:
        return connection.introspection.table_names(cursor)


def rows_of(table: str) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)}")
        return list(cursor.fetchall())


def written(value: Any) -> str:
    """A value as text, with whatever is escaped in JSON."""
    if isinstance(value, memoryview | bytes | bytearray):
        value = bytes(value).decode("utf-8", "replace")
    text = value if isinstance(value, str) else str(value)
    try:
        return f"{text} {json.dumps(json.loads(text), ensure_ascii=False)}"
    except ValueError:
        return text


def places(needles: Iterable[str]) -> Iterator[str]:
    """Return `table: needle` for each table in which one stands."""
    wanted = [needle.lower() for needle in needles]
    for table in tables():
        if table == "django_session":
            continue
        said = " ".join(written(value) for row in rows_of(table) for value in row).lower()
        yield from (f"{table}: {needle}" for needle in wanted if needle in said)


def bytes_in(files: Iterable[Path], needles: Iterable[str]) -> list[str]:
    """Return `file: needle` for each file in which one stands, byte for byte."""
    wanted = [needle.encode() for needle in needles]
    return [
        f"{file.name}: {needle.decode()}"
        for file in files
        if file.exists()
        for needle in wanted
        if needle in file.read_bytes().lower()
    ]
