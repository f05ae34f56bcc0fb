"""Which accounts a person is limited to."""

from django.conf import settings
from django.db import models

from conversations.models.account import Account


class AccountAccess(models.Model):
    """Somebody may see this account, and no other without such a row; who has none sees all."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        related_name="account_access",
        db_index=False,
    )  # one_access is its index
    # With its last account gone, somebody who was limited would see all.
    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="+")

    class Meta:
        default_permissions = ()  # it is a part of the person
        constraints = [
            models.UniqueConstraint(fields=["user", "account"], name="one_access"),
        ]

    def __str__(self) -> str:
        return f"{self.user} sees {self.account}"
