"""Who gets messages, at which address, and when not."""

from datetime import datetime, timedelta

from django.db import models
from django.utils import timezone

from conversations.account import vault

MAX_ERROR = 300


class Addressee(models.Model):
    """The address is sealed like an access token: it mostly holds a password."""

    address = models.TextField(editable=False)
    quiet_from = models.TimeField(
        "quiet from", null=True, blank=True, help_text="By the shop's clock. Empty: never quiet."
    )
    quiet_until = models.TimeField("quiet until", null=True, blank=True)

    sent_at = models.DateTimeField("last message", null=True, blank=True, editable=False)
    error = models.CharField(
        max_length=MAX_ERROR, blank=True, default="", db_default="", editable=False
    )
    error_at = models.DateTimeField(null=True, blank=True, editable=False)

    class Meta:
        abstract = True

    def read_address(self) -> str:
        """Return the address itself; raises vault.SealedError."""
        return vault.unseal(self.address)

    def write_address(self, address: str) -> None:
        self.address = vault.seal(address)

    def quiet_hours_end(self, now: datetime) -> datetime | None:
        """Return when the quiet hours end that it is in; None: it is in none.

        By the time zone that is in force, which is the shop's.
        """
        begin, end = self.quiet_from, self.quiet_until
        if begin is None or end is None or begin == end:
            return None
        local = timezone.localtime(now)
        time = local.time()
        is_quiet = begin <= time < end if begin < end else time >= begin or time < end
        if not is_quiet:
            return None
        days = 1 if time >= end else 0
        ends = local.replace(hour=end.hour, minute=end.minute, second=0, microsecond=0)
        return ends + timedelta(days=days)
