"""What an owner requires of everybody who logs in; and the one row by which changes of rights wait.

Two owners who demote each other at the same moment would leave nobody: whoever changes rights
locks this row first, and looks afterwards whether somebody is left (people.owners).
"""

from django.db import models, transaction

from audit import trail
from workqueue.snapshot import Snapshot

ONLY = 1


class Policy(models.Model):
    """The only row of its kind."""

    requires_second_factor = models.BooleanField(default=False)

    class Meta:
        default_permissions = ()  # who may change people may change it

    def __str__(self) -> str:
        return "second factor required" if self.requires_second_factor else "password alone"


def lock() -> Policy:
    """Hold the row until the transaction ends; made where it is not there yet."""
    row, _ = Policy.objects.select_for_update().get_or_create(pk=ONLY)
    return row


def _load(_: object) -> bool:
    return Policy.objects.filter(pk=ONLY, requires_second_factor=True).exists()


_required = Snapshot(_load)


def requires_second_factor() -> bool:
    """Tell whether everybody needs a second factor; at most half a second old."""
    return _required.get()


@transaction.atomic
def require_second_factor(*, required: bool) -> None:
    """Require a second factor of everybody who logs in, or leave it to each of them."""
    row = lock()
    if row.requires_second_factor == required:
        return
    row.requires_second_factor = required
    row.save(update_fields=["requires_second_factor"])
    said = "required a second factor of everybody"
    trail.record(
        trail.Kind.SECOND_FACTOR, said if required else "left the second factor to each person"
    )
    transaction.on_commit(_required.forget)
