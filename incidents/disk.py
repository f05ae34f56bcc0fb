"""How full the disks are on which instabot writes; a database server has disks of its own."""

import shutil
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.db import connection

MEGABYTE, GIGABYTE = 1024**2, 1024**3
FULL, NEARLY_FULL, MUCH = 200 * MEGABYTE, GIGABYTE, 10 * GIGABYTE
A_TENTH = 0.1


@dataclass(frozen=True, slots=True)
class Disk:
    """The disk of a folder. free, total: in bytes."""

    folder: Path
    free: int
    total: int

    @property
    def is_full(self) -> bool:
        return self.free < FULL

    @property
    def is_nearly_full(self) -> bool:
        return self.free < NEARLY_FULL or self.free < min(self.total * A_TENTH, MUCH)

    @property
    def left(self) -> str:
        """What is free, in words."""
        if self.free < NEARLY_FULL:
            return f"{self.free / MEGABYTE:.0f} MB"
        return f"{self.free / GIGABYTE:.1f} GB"


def read() -> Disk:
    """Return the disk that this process writes on; raises OSError."""
    folder = _folder()
    usage = shutil.disk_usage(folder)
    return Disk(folder, usage.free, usage.total)


def is_shared() -> bool:
    """Tell whether all processes write on the same disk, that of the SQLite file."""
    return connection.vendor == "sqlite"


def _folder() -> Path:
    if is_shared():
        return Path(str(connection.settings_dict["NAME"])).resolve().parent
    return settings.VAR_DIR
