"""When Meta was last asked whether an account works, where nothing else asked."""

from typing import Any, ClassVar

from django.db import models

from backoffice.reach import ReachedManager
from conversations.models import Account


class Probe(models.Model):
    """Of one account. failed_since: from when on Meta could not be reached."""

    account = models.OneToOneField(Account, on_delete=models.CASCADE, related_name="+")
    asked_at = models.DateTimeField()
    failed_since = models.DateTimeField(null=True)

    objects: ClassVar[Any] = ReachedManager()
    account_path = "account"

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.account_id}: {self.asked_at}"
