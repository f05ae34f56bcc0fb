"""Which processes are there, how right their clocks are, and how full their disks."""

from datetime import datetime, timedelta
from pathlib import Path
from typing import Self

from django.db import models
from django.db.models.functions import Now

from incidents.disk import Disk
from instagram.limits import MAX_ID

FORGOTTEN_AFTER = timedelta(days=1)
MAX_FOLDER = 200


class PresenceQuerySet(models.QuerySet["Presence"]):
    def note(
        self, name: str, role: str, seen_at: datetime, ahead: timedelta, disk: Disk | None = None
    ) -> None:
        """Note that a process is there; forget those that have been silent for a day.

        The newest one of each role is kept: whoever looks sees by it that the others are gone.
        seen_at: by the database's clock; ahead: how far the process's own is before that.
        disk: the one it writes on; None: nothing is known of it.
        """
        now = {
            "role": role, "seen_at": seen_at, "ahead_seconds": ahead.total_seconds(),
            "disk_folder": str(disk.folder)[-MAX_FOLDER:] if disk else "",
            "disk_free": disk.free if disk else None, "disk_total": disk.total if disk else None,
        }  # fmt: skip
        self.update_or_create(name=f"{role} {name}", defaults=now)
        newer = self.filter(role=models.OuterRef("role"), seen_at__gt=models.OuterRef("seen_at"))
        old = self.filter(seen_at__lt=seen_at - FORGOTTEN_AFTER)
        old.filter(models.Exists(newer)).delete()

    def of(self, role: str) -> Self:
        """Keep only the processes of a role, the one that was seen last first."""
        return self.filter(role=role).order_by("-seen_at")

    def seen_since(self, moment: datetime) -> Self:
        """Keep only the processes that were seen since then, the one that was seen last last."""
        return self.filter(seen_at__gt=moment).order_by("seen_at")


class Presence(models.Model):
    """A sign of life of a process that watches, once a minute."""

    class Role(models.TextChoices):
        WEB = "web", "Web process"
        WORKER = "worker", "Worker"

    name = models.CharField(max_length=MAX_ID, primary_key=True)
    role = models.CharField(max_length=10, choices=Role)
    since = models.DateTimeField(db_default=Now())  # its first sign, by the database's clock
    seen_at = models.DateTimeField()
    ahead_seconds = models.FloatField(default=0, db_default=0)
    disk_folder = models.CharField(max_length=MAX_FOLDER, default="", db_default="")
    disk_free = models.BigIntegerField(null=True)  # bytes
    disk_total = models.BigIntegerField(null=True)

    objects = PresenceQuerySet.as_manager()

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return self.name

    @property
    def host(self) -> str:
        """The machine that it runs on: a name is 'role host:process'."""
        return self.name.partition(" ")[2].rpartition(":")[0]

    @property
    def disk(self) -> Disk | None:
        """The disk that it writes on; None: it did not say."""
        if self.disk_free is None or self.disk_total is None:
            return None
        return Disk(Path(self.disk_folder), self.disk_free, self.disk_total)
