"""What people did that somebody may have to answer for."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any, NoReturn

from django.db import models
from django.utils import timezone

from backoffice.words import search_text

MAX_NAME = 300  # a user name with the name of an API token
MAX_ADDRESS = 45
KEPT = timedelta(days=365)


class AppendOnlyError(Exception):
    """Somebody tried to change the log."""

    def __init__(self) -> None:
        super().__init__(
            f"The audit log is append-only: an entry is never changed, and not deleted before it is"
            f" {KEPT.days} days old. Record what is to be added as an entry of its own."
        )


class EntryQuerySet(models.QuerySet["Entry"]):
    """Reads and adds. What the database refuses anyhow (audit.guard) is refused here in words."""

    def update(self, **_: Any) -> NoReturn:
        raise AppendOnlyError

    def bulk_update(self, *_: Any, **__: Any) -> NoReturn:
        raise AppendOnlyError

    def delete(self) -> NoReturn:
        raise AppendOnlyError

    def delete_old(self, before: datetime, most: int) -> int:
        """Delete so many of the oldest entries from before a moment; return how many went."""
        old = self.filter(at__lt=before).order_by("at", "pk").values_list("pk", flat=True)
        pks = list(old[:most])
        rows = Entry.objects.filter(pk__in=pks)
        return rows._raw_delete(rows.db) if pks else 0  # noqa: SLF001 - nothing hangs on an entry


class Entry(models.Model):
    """Who did what, when and from where. It is never changed.

    The person is a plain number, and the name what they were called then: whoever deletes a person
    changes nothing here.
    """

    class Kind(models.TextChoices):
        LOGIN = "login", "log-in"
        SESSION = "session", "session"
        PASSWORD = "password", "password"
        SECOND_FACTOR = "second_factor", "second factor"
        PERSON = "person", "person"
        ROLE = "role", "role"
        INVITATION = "invitation", "invitation"
        TOKEN = "token", "API token"
        ACCOUNT = "account", "Instagram account"
        EXPORT = "export", "export"
        ERASURE = "erasure", "erasure"
        SETTING = "setting", "setting"

    at = models.DateTimeField(default=timezone.now)
    kind = models.CharField(max_length=20, choices=Kind)
    person_id = models.BigIntegerField(null=True)
    name = models.CharField("by", max_length=MAX_NAME, blank=True)
    address = models.CharField("from", max_length=MAX_ADDRESS, blank=True)
    says = models.TextField("what")  # never cut: what is at its end counts as much
    words = models.TextField(editable=False)  # of all this, as search compares them

    objects = EntryQuerySet.as_manager()

    class Meta:
        verbose_name = "entry"
        verbose_name_plural = "audit log"
        default_permissions = ("view",)
        # The page reads the newest first (audit.search), the keeper the oldest.
        indexes = [models.Index(fields=["at", "id"], name="audit_newest")]

    def __str__(self) -> str:
        return f"{self.who} {self.says}"

    def save(
        self,
        *,
        force_insert: bool | tuple[models.base.ModelBase, ...] = False,
        force_update: bool = False,
        using: str | None = None,
        update_fields: Iterable[str] | None = None,
    ) -> None:
        if not self._state.adding or force_update or update_fields:
            raise AppendOnlyError
        said = f"{self.says} {self.name} {self.get_kind_display()}"
        self.words = f" {search_text(said)} "
        super().save(force_insert=force_insert or True, using=using)

    def delete(self, *_: Any, **__: Any) -> NoReturn:
        raise AppendOnlyError

    @property
    def who(self) -> str:
        """Say who it was, also where nobody has a name: somebody at the door, or instabot."""
        return self.name or ("somebody not logged in" if self.address else "instabot")
