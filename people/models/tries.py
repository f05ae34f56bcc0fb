"""What is remembered of wrong passwords."""

from typing import Any

from django.conf import settings
from django.db import models


class Tries(models.Model):
    """Wrong passwords that count together: of a name from an address, say.

    What was typed as a name may have been a password: it is in the key alone, which is a keyed
    digest. The person is noted where there is one of that name.
    """

    key = models.CharField(max_length=64, primary_key=True)
    kind = models.CharField(max_length=10)
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, null=True, related_name="+"
    )
    address = models.CharField(max_length=45, blank=True, db_index=True)
    level = models.FloatField(default=0)  # wrong passwords, less what was forgiven until `at`
    at = models.DateTimeField()
    locked_until = models.DateTimeField(null=True)
    known_until = models.DateTimeField(null=True)  # somebody logged in under this name from there
    kept_until = models.DateTimeField(db_index=True)  # then there is nothing left to remember

    objects: Any = models.Manager()

    class Meta:
        verbose_name = "log-in tries"
        verbose_name_plural = "log-in tries"
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.kind} {self.address}"
