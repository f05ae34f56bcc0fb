"""What the API remembers about its callers."""

from django.conf import settings
from django.db import models
from django.utils import timezone
from knox.models import AbstractAuthToken

from workqueue import sql

MAX_KEY = 255
MAX_NAME = 100


class Token(AbstractAuthToken):  # type: ignore[misc]  # knox carries no types
    """What another system sends to be let in: it may do what its user may. Stored as a hash."""

    name = models.CharField("for", max_length=MAX_NAME, blank=True, help_text="e.g. shop backend")

    class Meta:
        verbose_name = "API token"

    def __str__(self) -> str:
        return f"{self.token_key}…"

    @property
    def called(self) -> str:
        """Return what people know it by: what it is for, else how it begins."""
        return f"“{self.name or self}”"

    @property
    def described(self) -> str:
        """Say which one it is and whose: `the API token “reports” of anna`."""
        return f"the API token {self.called} of {self.user}"


class IdempotencyKey(models.Model):
    """One request that sends: repeated with the same key, it returns the same messages.

    It has only their ids, so that no text stays here when a message is unsent.
    """

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, db_index=False)
    key = models.CharField(max_length=MAX_KEY)
    fingerprint = models.CharField(max_length=64)  # of what was asked for
    messages = models.JSONField(default=list)
    created_at = models.DateTimeField(default=timezone.now, db_index=True)  # old ones are forgotten

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "key"], name="one_key_per_user")]

    def __str__(self) -> str:
        return f"key {self.pk}"


# Count: one more request in this minute; a new minute begins at one.
_COUNT = """
INSERT INTO api_usage (user_id, minute, requests) VALUES (%(user)s, %(minute)s, 1)
ON CONFLICT (user_id) DO UPDATE SET minute = EXCLUDED.minute, requests =
    CASE WHEN api_usage.minute = EXCLUDED.minute THEN api_usage.requests + 1 ELSE 1 END
RETURNING requests"""


class UsageQuerySet(models.QuerySet["Usage"]):
    def count_request(self, user: int | None, minute: int) -> int:
        """Count a request; return how many this user has made in this minute."""
        counted = sql.fetch(_COUNT, user=user, minute=minute)
        assert counted is not None
        return int(counted[0])


class Usage(models.Model):
    """How many requests a user made in this minute, in all processes together."""

    user = models.OneToOneField(settings.AUTH_USER_MODEL, models.CASCADE, primary_key=True)
    minute = models.BigIntegerField()  # since 1970
    requests = models.PositiveIntegerField()

    objects = UsageQuerySet.as_manager()

    def __str__(self) -> str:
        return f"{self.requests} requests"
