"""What a backup says of itself: `manifest.json`, by which it is checked before it is restored."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

NAME = "manifest.json"
FORMAT = 1
_AT_ONCE = 1024**2


class BackupError(Exception):
    """It was not made, or not restored, and nothing is changed; the text says what to do."""


@dataclass(frozen=True, slots=True)
class Table:
    """One table: its columns in the order of the file, and how many rows it has."""

    columns: list[str]
    rows: int
    last_number: int = 0  # that was given to a row


@dataclass(frozen=True, slots=True)
class File:
    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """kind: of database, `postgresql` or `sqlite`; taken_at: what was committed before is in it."""

    version: str
    kind: str
    taken_at: datetime
    migrations: list[str]  # `app.name`
    tables: Mapping[str, Table]
    files: Mapping[str, File] = field(default_factory=dict)
    format: int = FORMAT

    @property
    def rows(self) -> int:
        return sum(table.rows for table in self.tables.values())

    @property
    def size(self) -> int:
        """Return the bytes of its files."""
        return sum(file.size for file in self.files.values())

    def as_json(self) -> str:
        return json.dumps(asdict(self) | {"taken_at": self.taken_at.isoformat()}, indent=1)


def describe(path: Path) -> File:
    """Return the size and the digest of a file."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while part := file.read(_AT_ONCE):
            digest.update(part)
    return File(path.stat().st_size, digest.hexdigest())


def read(folder: Path) -> Manifest:
    """Read the manifest in a folder; raises BackupError where that is no backup of ours."""
    try:
        said = json.loads((folder / NAME).read_bytes())
    except OSError as error:
        raise BackupError(f"{folder} is no backup: it has no readable {NAME}.") from error
    except ValueError as error:
        raise BackupError(f"{NAME} in {folder} is damaged. Use another backup.") from error
    if not isinstance(said, dict) or said.get("format") != FORMAT:
        raise BackupError(
            f"{NAME} in {folder} is of a form that this version does not know. Use the version of"
            " instabot that made the backup, or a newer one."
        )
    try:
        return _read(said)
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise BackupError(f"{NAME} in {folder} is damaged. Use another backup.") from error


def _read(said: dict[str, Any]) -> Manifest:
    taken_at = datetime.fromisoformat(said["taken_at"])
    files = {name: File(**one) for name, one in said["files"].items()}
    if taken_at.tzinfo is None or any(Path(name).name != name for name in files):
        raise ValueError
    return Manifest(
        str(said["version"]),
        str(said["kind"]),
        taken_at,
        list(map(str, said["migrations"])),
        {name: Table(**one) for name, one in said["tables"].items()},
        files,
    )


def check_files(manifest: Manifest, folder: Path) -> None:
    """Read all files of a backup; raises BackupError where one is not as it was written."""
    for name, file in manifest.files.items():
        try:
            found = describe(folder / name)
        except OSError as error:
            raise BackupError(f"{name} of the backup cannot be read: {error.strerror}.") from error
        if found != file:
            raise BackupError(
                f"{name} is not as it was written ({found.size:,} bytes, {file.size:,} expected):"
                " the backup is damaged. Copy it once more, or use another one."
            )
