"""What the API remembers of its callers."""

from django.conf import settings
from django.db import models
from django.utils import timezone
from knox.models import AbstractAuthToken

MAX_KEY = 255
MAX_NAME = 100


class Token(AbstractAuthToken):  # type: ignore[misc]  # knox carries no types
    """What another system shows instead of a login: it may do what its user may. Kept as a hash."""

    name = models.CharField(
        "for", max_length=MAX_NAME, blank=True, help_text="The system that uses it: shop backend."
    )

    class Meta:
        verbose_name = "API token"

    def __str__(self) -> str:
        return f"{self.token_key}…"


class IdempotencyKey(models.Model):
    """One request that sends: whoever repeats it with the same key gets the same messages.

    It holds their ids and nothing that was said, so that what is unsent is not kept here.
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


class Usage(models.Model):
    """How many requests somebody made in this minute, counted for all processes together."""

    user = models.OneToOneField(settings.AUTH_USER_MODEL, models.CASCADE, primary_key=True)
    minute = models.BigIntegerField()  # since 1970
    requests = models.PositiveIntegerField()

    def __str__(self) -> str:
        return f"{self.requests} requests"
