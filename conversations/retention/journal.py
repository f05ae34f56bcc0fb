"""What was erased, told to a file outside the database: a backup of before must not bring it back.

A line a time, of digests with the key that stands in the database (digests): whoever reads the file
learns no name, no id and no text. It is noted in the transaction that erases, and written after the
commit; what cannot be written stays noted, and a worker tries again once a minute.
"""

import fcntl
import hashlib
import json
import os
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path
from uuid import UUID

import structlog
from django.conf import settings
from django.db import transaction

from conversations.models import Conversation, ErasedCustomer, Erasure, RetentionUpkeep
from conversations.retention import digests
from workqueue.failures import Failures

log = structlog.get_logger("retention")

AT_ONCE = 500
_failures = Failures("erasures_not_written")

Newest = dict[tuple[str, UUID], datetime]  # when a thing of this kind was last erased


@dataclass(frozen=True, slots=True)
class Line:
    """What a line says: what was erased, when, and the fingerprint of the key of its digest."""

    kind: str
    digest: UUID
    at: datetime
    key: str


def note_message(account: int, mid: str, at: datetime) -> None:
    """A message was unsent; part of the transaction that erases it."""
    if mid:
        _note(Erasure.Kind.MESSAGE, account, mid, at)


def note_customer(row: Conversation, at: datetime) -> None:
    """A customer is deleted, with all that was said until then: from now on it is recognised."""
    named = digests.digest(key(), row.account_id, digests.name_of(row.customer_id))
    keep_away([(named, at)])
    _note(Erasure.Kind.CUSTOMER, row.account_id, digests.name_of(row.customer_id), at)


def keep_away(customers: Iterable[tuple[UUID, datetime]]) -> None:
    """Remember customers, by their digests, and until when what was said with them is gone.

    Of two times for the same customer, be it here or in the table, the later one stays.
    """
    until: dict[UUID, datetime] = {}
    for digest, at in customers:
        until[digest] = max(at, until.get(digest, at))
    known = digests.erased_among(until)
    ErasedCustomer.objects.bulk_create(
        [ErasedCustomer(digest=digest, at=max(at, known.get(digest, at)))
         for digest, at in until.items()],
        batch_size=AT_ONCE, update_conflicts=True, unique_fields=["digest"], update_fields=["at"],
    )  # fmt: skip


def note_name(row: Conversation, at: datetime) -> None:
    """What a customer is called is deleted."""
    _note(Erasure.Kind.NAME, row.account_id, digests.name_of(row.customer_id), at)


def key() -> str:
    return RetentionUpkeep.objects.the_row().key


def fingerprint(key: str) -> str:
    """Return what tells which key a line was made with, and nothing else of it."""
    return hashlib.sha256(key.encode()).hexdigest()[:8]


def _note(kind: Erasure.Kind, account: int, named: str, at: datetime) -> None:
    if not settings.ERASURES_FILE:
        return
    Erasure.objects.create(kind=kind, digest=digests.digest(key(), account, named), at=at)
    transaction.on_commit(partial(_try_to_write))


def _try_to_write() -> None:
    try:
        write()
    except Exception as error:  # noqa: BLE001 - of whatever kind: it is noted, and tried again
        _failures.note(error)


def write() -> int:
    """Append what is noted to the file; return how many lines. Raises OSError, and loses nothing.

    A line may come twice, where somebody is killed between the file and the commit.
    """
    if not settings.ERASURES_FILE or not Erasure.objects.exists():
        return 0
    written = 0
    while count := _write_some():
        written += count
    return written


def is_there() -> bool:
    """Tell whether this process sees the file."""
    return os.path.isfile(settings.ERASURES_FILE)  # noqa: PTH113 - Path's raises in a closed folder


def parse(line: bytes) -> Line | None:
    """Read a line; None: it says nothing, as one that was cut off."""
    try:
        said = json.loads(line)
        kind, digest = Erasure.Kind(said["kind"]), UUID(hex=said["digest"])
        return Line(kind, digest, datetime.fromisoformat(said["at"]), str(said["key"]))
    except (AttributeError, KeyError, TypeError, ValueError):
        return None


def read_newest(key: str) -> Newest:
    """Return what the file has that was digested with this key; nothing where it is not there.

    Raises OSError where it cannot be read.
    """
    newest: Newest = {}
    if not is_there():
        return newest
    ours = fingerprint(key)
    with Path(settings.ERASURES_FILE).open("rb") as file:
        for line in map(parse, file):
            if line and line.key == ours:
                what = line.kind, line.digest
                newest[what] = max(line.at, newest.get(what, line.at))
    return newest


@transaction.atomic
def _write_some() -> int:
    rows = list(Erasure.objects.select_for_update(skip_locked=True).order_by("pk")[:AT_ONCE])
    if rows:
        made_with = fingerprint(key())
        _append(_line(row, made_with) for row in rows)
        Erasure.objects.filter(pk__in=[row.pk for row in rows]).delete()
    return len(rows)


def _line(row: Erasure, made_with: str) -> str:
    said = {"kind": row.kind, "digest": row.digest.hex, "key": made_with, "at": row.at.isoformat()}
    return json.dumps(said) + "\n"


def _append(lines: Iterable[str]) -> None:
    """Write whole lines, on the disk before it returns; one that was cut off before stays alone."""
    path = Path(settings.ERASURES_FILE)
    opened = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o600)
    with os.fdopen(opened, "rb+") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        end = file.seek(0, os.SEEK_END)
        if end:
            file.seek(end - 1)
            is_cut = file.read(1) != b"\n"
            file.write(b"\n" if is_cut else b"")
        file.write("".join(lines).encode())
        file.flush()
        os.fsync(file.fileno())
