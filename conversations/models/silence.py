"""Since when a silence of an account counts, and what Instagram said of it: a row for each."""

from datetime import datetime

from django.db import models
from django.db.models import Q
from django.utils import timezone

from backoffice.reach import ReachedManager
from conversations.models.account import Account


class SilenceWatchQuerySet(models.QuerySet["SilenceWatch"]):
    def take(self, account: int, now: datetime, not_since: datetime) -> bool:
        """Take the right to ask Instagram; False: somebody has asked since."""
        due = Q(asked_at=None) | Q(asked_at__lte=not_since)
        return bool(self.filter(due, pk=account).update(asked_at=now))


SilenceWatchManager = ReachedManager.from_queryset(SilenceWatchQuerySet)


class SilenceWatch(models.Model):
    """A silence of an account. Written by conversations.silence alone."""

    class Answer(models.TextChoices):
        """What Instagram's own inbox has since then."""

        LOST = "lost", "Messages that no webhook brought"
        NOTHING = "nothing", "Nothing either"
        WAITING = "waiting", "Messages whose webhooks are not read yet"
        UNREAD = "unread", "It could not be read"

    account = models.OneToOneField(
        Account, on_delete=models.CASCADE, primary_key=True, related_name="+"
    )
    # While we were away, or the account disconnected, nothing could come: it counts from here.
    watched_since = models.DateTimeField(default=timezone.now)
    # When the last message was said that a webhook brought: it may be deleted meanwhile.
    heard_at = models.DateTimeField(null=True)
    asked_at = models.DateTimeField(null=True)
    # The answer is about the silence that began then.
    silent_since = models.DateTimeField(null=True)
    answer = models.CharField(max_length=10, choices=Answer, blank=True, default="", db_default="")
    lost = models.PositiveIntegerField(default=0, db_default=0)
    problem = models.CharField(max_length=500, blank=True, default="", db_default="")

    objects = SilenceWatchManager()
    account_path = "account"

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return f"Silence of account {self.pk}"
