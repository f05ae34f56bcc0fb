"""Which processes are there, and how right their clocks are."""

from datetime import datetime, timedelta
from typing import Self

from django.db import models

from instagram.limits import MAX_ID

FORGOTTEN_AFTER = timedelta(days=1)


class PresenceQuerySet(models.QuerySet["Presence"]):
    def note(self, name: str, role: str, seen_at: datetime, ahead: timedelta) -> None:
        """Note that a process is there; forget those that have been silent for a day.

        The newest one of each role is kept: whoever looks sees by it that the others are gone.
        seen_at: by the database's clock; ahead: how far the process's own is before that.
        """
        now = {"role": role, "seen_at": seen_at, "ahead_seconds": ahead.total_seconds()}
        self.update_or_create(name=f"{role} {name}", defaults=now)
        newer = self.filter(role=models.OuterRef("role"), seen_at__gt=models.OuterRef("seen_at"))
        old = self.filter(seen_at__lt=seen_at - FORGOTTEN_AFTER)
        old.filter(models.Exists(newer)).delete()

    def of(self, role: str) -> Self:
        """Keep only the processes of a role, the one that was seen last first."""
        return self.filter(role=role).order_by("-seen_at")


class Presence(models.Model):
    """A sign of life of a process that watches, once a minute."""

    class Role(models.TextChoices):
        WEB = "web", "Web process"
        WORKER = "worker", "Worker"

    name = models.CharField(max_length=MAX_ID, primary_key=True)
    role = models.CharField(max_length=10, choices=Role)
    seen_at = models.DateTimeField()
    ahead_seconds = models.FloatField(default=0, db_default=0)

    objects = PresenceQuerySet.as_manager()

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return self.name

    @property
    def host(self) -> str:
        """The machine that it runs on: a name is 'role host:process'."""
        return self.name.partition(" ")[2].rpartition(":")[0]
