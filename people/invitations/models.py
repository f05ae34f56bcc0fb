"""Links by which somebody new makes their own log-in."""

from django.conf import settings
from django.contrib.auth.models import Group
from django.db import models
from django.utils import timezone

MAX_NAME = 100


class Invitation(models.Model):
    """What a link gives to whoever uses it first, until when. Of the link there is a digest."""

    digest = models.CharField(max_length=64, unique=True)
    who = models.CharField("for", max_length=MAX_NAME, help_text="Whom you invite, for your list.")
    roles = models.ManyToManyField(Group, blank=True, related_name="+")
    # The accounts that they are limited to; none: all. Plain numbers: were they rows that can go,
    # somebody who was limited would see all with the last of them gone.
    account_ids = models.JSONField(default=list, blank=True)
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+"
    )
    by = models.CharField(max_length=150)  # as they were called then
    made_at = models.DateTimeField(default=timezone.now)
    ends_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)
    used_by = models.CharField(max_length=150, blank=True)  # the name that they chose
    withdrawn_at = models.DateTimeField(null=True)

    class Meta:
        default_permissions = ("view", "add", "delete")  # to withdraw is to delete
        ordering = ["-pk"]

    def __str__(self) -> str:
        return self.who

    @property
    def is_open(self) -> bool:
        return not self.used_at and not self.withdrawn_at and timezone.now() < self.ends_at
