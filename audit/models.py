"""What people did that somebody may have to answer for."""

from django.conf import settings
from django.db import models
from django.utils import timezone

MAX_NAME = 150
MAX_TEXT = 1000


class Entry(models.Model):
    """Who did what, when and from where. It is never changed."""

    class Kind(models.TextChoices):
        LOGIN = "login", "log-in"
        SESSION = "session", "session"
        PASSWORD = "password", "password"
        SECOND_FACTOR = "second_factor", "second factor"
        PERSON = "person", "person"
        ROLE = "role", "role"
        INVITATION = "invitation", "invitation"
        TOKEN = "token", "token"
        ACCOUNT = "account", "Instagram account"
        EXPORT = "export", "export"
        ERASURE = "erasure", "erasure"
        SETTING = "setting", "setting"

    at = models.DateTimeField(default=timezone.now, db_index=True)
    kind = models.CharField(max_length=20, choices=Kind)
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        related_name="+",
        db_constraint=False,  # who is deleted stays in it by name
    )
    name = models.CharField("by", max_length=MAX_NAME, blank=True)  # as they were called then
    address = models.CharField("from", max_length=45, blank=True)
    says = models.CharField("what", max_length=MAX_TEXT)

    class Meta:
        verbose_name = "entry"
        verbose_name_plural = "audit log"

    def __str__(self) -> str:
        return self.says
