"""Who of the staff wants to hear of customers, and of what each of them was told."""

from datetime import datetime
from typing import Any, ClassVar, Self

from django.conf import settings
from django.db import models
from django.db.models import Q

from conversations.models import Conversation, Mention
from conversations.models.shown import ShownManager
from incidents.models import Addressee, Dispatch
from notices import occasions, words
from notices.occasions import Occasion
from workqueue.leases import LeasedQuerySet

MOST_HOURS = 12  # before a window closes


class ListenerQuerySet(LeasedQuerySet["Listener"]):
    pass


class Listener(Dispatch, Addressee):
    """One of the staff, their own address, and what they want to hear.

    A message says all that there is to say by then (notices.letter), so there is one row to send a
    person: due_at says when. Whoever is not written here is told nothing.
    """

    class Whose(models.TextChoices):
        MINE = "mine", "Those assigned to me"
        NOBODYS = "nobodys", "Those assigned to me or to nobody"
        ALL = "all", "All that I may see"

    # Here and below: the version before deletes people and customers and knows nothing of this.
    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+", db_constraint=False
    )
    waits = models.BooleanField(default=True, db_default=True)
    closing_hours = models.PositiveSmallIntegerField(default=2, db_default=2)  # 0: not told
    mentions = models.BooleanField(default=True, db_default=True)
    whose = models.CharField(
        max_length=10, choices=Whose, default=Whose.NOBODYS, db_default=Whose.NOBODYS
    )

    objects: ClassVar[Any] = ListenerQuerySet.as_manager()

    class Meta(Dispatch.Meta):
        default_permissions = ()

    due: list["PersonalNotice"]

    def __str__(self) -> str:
        return f"{self.user}: notices"

    @property
    def is_backing_off(self) -> bool:
        """Tell whether a message was not taken and is to be tried again."""
        return self.tries > 0 and self.leased_until is None

    # What is to be sent: from why_not(), which begins, to note_sent() or give_up().

    def to(self) -> "Listener":
        return self

    def why_not(self, now: datetime) -> str:
        self.due = self._read_due(now)
        return "" if self.due else "Nothing of it is so any more."

    def waits_until(self, now: datetime) -> datetime | None:
        return self.quiet_hours_end(now)

    def compose(self, now: datetime) -> tuple[str, str]:
        return words.title(self.due, now), words.text(self.due, now)

    def note_sent(self, now: datetime) -> None:
        _mark(self.due, told_at=now)

    # The error stands beside the address (incidents.delivery).
    def note_failed(self, error: str, since: datetime, now: datetime) -> bool:  # noqa: ARG002
        old = [one for one in self.due if one.found_at < since]
        _mark(old, given_up_at=now)
        return len(old) < len(self.due)

    def give_up(self, reason: str, now: datetime) -> None:  # noqa: ARG002 - it stands there, too
        _mark(self.due, given_up_at=now)

    def _read_due(self, now: datetime) -> list["PersonalNotice"]:
        """Return what is to be told and is so still; the rest is forgotten."""
        pending = PersonalNotice.objects.pending(self).order_by("moment", "pk")
        found = list(pending.select_related("conversation__account"))
        due = occasions.still_so(self, found, now)
        over = {one.pk for one in found} - {one.pk for one in due}
        PersonalNotice.objects.filter(pk__in=over).delete()
        return due


def _mark(notices: list["PersonalNotice"], **columns: datetime) -> None:
    PersonalNotice.objects.filter(pk__in=[one.pk for one in notices]).update(**columns)


class PersonalNoticeQuerySet(models.QuerySet["PersonalNotice"]):
    def pending(self, listener: Listener) -> Self:
        """Keep only what a person is to be told yet; served by personalnotice_pending."""
        return self.filter(listener=listener, told_at=None, given_up_at=None)


class PersonalNotice(models.Model):
    """Something of a conversation that one person is told, once.

    moment: since when it is so: what tells two waits of a customer apart. What is no longer so
    before it is told is deleted.
    """

    listener = models.ForeignKey(
        Listener, on_delete=models.CASCADE, related_name="+", db_index=False
    )  # one_personal_notice is its index
    occasion = models.CharField(max_length=10, choices=Occasion)
    conversation = models.ForeignKey(
        Conversation, on_delete=models.CASCADE, related_name="+", db_constraint=False
    )
    mention = models.ForeignKey(
        Mention, on_delete=models.CASCADE, null=True, related_name="+", db_constraint=False
    )
    moment = models.DateTimeField()
    found_at = models.DateTimeField()
    told_at = models.DateTimeField(null=True)
    given_up_at = models.DateTimeField(null=True)

    objects: ClassVar[Any] = ShownManager.from_queryset(PersonalNoticeQuerySet)()
    account_path = "conversation__account"
    conversation_path = "conversation"

    class Meta:
        default_permissions = ()
        indexes = [
            # what is to be told yet: few
            models.Index(
                fields=["listener"],
                name="personalnotice_pending",
                condition=Q(told_at__isnull=True, given_up_at__isnull=True),
            ),
            # what is deleted for its age
            models.Index(fields=["found_at"], name="personalnotice_found_at"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["listener", "occasion", "conversation", "moment"],
                name="one_personal_notice",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_occasion_display()}: {self.conversation_id}"

    def get_about_display(self) -> str:
        """Say the occasion, which an export calls `about` (notices.customer_data)."""
        return str(self.get_occasion_display())
