"""Customers who were erased: what keeps them away, and the receipt of each erasure."""

from typing import Any, ClassVar, Self

from django.db import models
from django.db.models import Q, QuerySet
from django.utils import timezone

from backoffice.reach import ReachedManager
from conversations.models.account import Account
from instagram.limits import MAX_ID

# What stands in the place of a customer's id while the conversation is being erased.
ERASED = "erased:"
NONE_LEFT = 0  # in the place of a conversation's number, where it went before the erasure


class ErasedCustomer(models.Model):
    """What a customer wrote until then, and what was written to them, was erased.

    The digest of account and customer, by which whatever brings it back is recognised. Written by
    conversations.retention.journal, read by that and conversations.retention.digests alone.
    """

    digest = models.UUIDField(primary_key=True)
    at = models.DateTimeField()

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return f"Erased customer {self.digest}"


class CustomerErasureQuerySet(models.QuerySet["CustomerErasure"]):
    def under_way(self) -> Self:
        """Keep only those that are not done; served by customererasure_under_way."""
        return self.filter(done_at=None)


class CustomerErasure(models.Model):
    """The erasure of one customer: what is to be done yet, and a receipt once it is done.

    The receipt has no personal data: neither the customer's id nor a name. Written by
    conversations.removal alone.
    """

    account = models.ForeignKey(
        Account, on_delete=models.SET_NULL, null=True, related_name="+", verbose_name="account"
    )
    conversation = models.BigIntegerField()  # its number, and no foreign key: it goes
    by = models.CharField("asked for by", max_length=MAX_ID)
    # What was written until then is erased.
    wanted_at = models.DateTimeField("asked for", default=timezone.now)
    done_at = models.DateTimeField("done", null=True, blank=True)
    counts = models.JSONField("erased", default=dict, db_default={})  # rows by the word for them

    # Of one that is not done: whom to look for, which step is next and where it begins.
    customer_id = models.CharField(max_length=MAX_ID, blank=True, editable=False)
    step = models.PositiveSmallIntegerField(default=0, editable=False)
    place = models.JSONField(null=True, editable=False)
    leased_until = models.DateTimeField(null=True, editable=False)

    objects: ClassVar[Any] = ReachedManager.from_queryset(CustomerErasureQuerySet)()
    account_path = "account"

    class Meta:
        verbose_name = "erasure"
        indexes = [
            # what is to be gone on with, and which conversations are not shown: mostly nothing
            models.Index(
                fields=["conversation"],
                name="customererasure_under_way",
                condition=Q(done_at__isnull=True),
            ),
        ]

    def __str__(self) -> str:
        return f"Erasure {self.pk}"


def not_being_erased(path: str = "pk") -> Q:
    """Return the condition that a conversation is not being erased; path: where its id is."""
    going: QuerySet[Any] = CustomerErasure.objects.under_way().values("conversation")
    return ~Q(**{f"{path}__in": going})
