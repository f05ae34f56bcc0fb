"""Shops as staff describe them: their names, where their clocks are, when they are open."""

from datetime import time
from functools import cache
from typing import TYPE_CHECKING
from zoneinfo import available_timezones

from django.core.exceptions import ValidationError
from django.core.validators import MinValueValidator
from django.db import models, transaction
from django.db.models import F, Q
from django.forms import model_to_dict
from django.utils import timezone

from instagram.limits import MAX_TEXT_BYTES
from shop import placeholders

if TYPE_CHECKING:
    from django.db.models.fields.related_descriptors import RelatedManager


@cache
def time_zones() -> frozenset[str]:
    """Return the names of time zones; reading them from the disk takes a tenth of a second."""
    return frozenset(available_timezones() - {"Factory", "localtime"})  # of this machine alone


def validate_time_zone(name: str) -> None:
    if name not in time_zones():
        raise ValidationError(f"“{name}” is not a time zone. Use a name like Europe/Kyiv.")


def validate_bytes(text: str) -> None:
    if (size := len(text.encode())) > MAX_TEXT_BYTES:
        raise ValidationError(f"This text has {size} bytes; the limit is {MAX_TEXT_BYTES}.")


GENERAL = 1  # the row that holds for every account without one of its own


# What is said of a shop beside its hours.
SAID = ("name", "time_zone", "disclosure", "disclosure_again_days", "answers_several")


def row_of(account: int) -> int:
    """Return the number of the row in which an account's own shop stands."""
    return GENERAL + account


class ShopQuerySet(models.QuerySet["Shop"]):
    @transaction.atomic
    def give_own(self, account: int) -> bool:
        """Give an account a shop of its own, as the general one is now; False: it has one."""
        general = self.filter(pk=GENERAL).first() or Shop()
        said = model_to_dict(general, fields=SAID)
        own, is_new = self.get_or_create(pk=row_of(account), defaults={"account": account, **said})
        if is_new:
            week = OpenHours.objects.filter(shop=GENERAL)
            OpenHours.objects.bulk_create(
                OpenHours(shop=own, weekday=row.weekday, opens=row.opens, closes=row.closes)
                for row in week
            )
        return is_new

    def take_own(self, account: int) -> bool:
        """Let the general shop hold for an account again; False: it does already."""
        return bool(self.filter(account=account).delete()[0])


class Shop(models.Model):
    """Whose messages these are: the general shop, and those of accounts that have their own.

    shop.current says what of it applies now, and to whom.
    """

    # Fixed by the account, so that of two who describe a shop at once only one can make its row.
    id = models.BigIntegerField(primary_key=True, default=GENERAL, editable=False)
    # The number of the account whose shop this is; of the general one, none. A plain number, since
    # a shop knows no accounts.
    account = models.PositiveIntegerField(null=True, blank=True, editable=False)
    name = models.CharField(max_length=100, help_text="As customers know it")
    time_zone = models.CharField(
        max_length=64,
        default="UTC",
        validators=[validate_time_zone],
        help_text="Used for business hours and for all times in this admin.",
    )
    disclosure = models.TextField(
        "first words",
        blank=True,
        validators=[validate_bytes],
        help_text="Sent once before the first answer, to say that this is an automated service."
        " Leave empty to send nothing. Example: “You're chatting with our automated assistant."
        " Type 'person' to reach our team.”",
    )
    answers_several = models.BooleanField(
        "answer several questions",
        default=False,
        db_default=False,
        help_text="When one message asks several things, each rule whose words are in it answers,"
        " up to three. Otherwise only the best one does.",
    )
    disclosure_again_days = models.PositiveSmallIntegerField(
        "repeat after (days)",
        default=30,
        validators=[MinValueValidator(1)],
        help_text="Counted from the last answer.",
    )

    objects = ShopQuerySet.as_manager()

    if TYPE_CHECKING:
        hours: RelatedManager["OpenHours"]

    class Meta:
        db_table = "conversations_shop"  # where it stood before it had an app of its own
        verbose_name_plural = "shop"
        constraints = [
            models.CheckConstraint(
                condition=Q(id=GENERAL, account=None)
                | Q(account__gte=1, id=F("account") + GENERAL),
                name="one_shop_each",
            )
        ]

    def __str__(self) -> str:
        return self.name or "Shop"

    def clean(self) -> None:
        if problems := placeholders.find_problems(self.disclosure):
            raise ValidationError({"disclosure": problems})


class OpenHours(models.Model):
    """From when until when the shop is open on one day of the week; a day may have several."""

    class Weekday(models.IntegerChoices):
        MONDAY = 0
        TUESDAY = 1
        WEDNESDAY = 2
        THURSDAY = 3
        FRIDAY = 4
        SATURDAY = 5
        SUNDAY = 6

    shop = models.ForeignKey(Shop, on_delete=models.CASCADE, related_name="hours")
    weekday = models.PositiveSmallIntegerField("day", choices=Weekday)
    opens = models.TimeField()
    # Not after `opens`: on the next day.
    closes = models.TimeField()

    class Meta:
        db_table = "conversations_openhours"  # likewise
        ordering = ["weekday", "opens"]
        verbose_name = verbose_name_plural = "business hours"
        constraints = [models.CheckConstraint(condition=Q(weekday__lte=6), name="seven_days")]

    def __str__(self) -> str:
        return f"{self.get_weekday_display()}, {self.opens:%H:%M} to {self.closes:%H:%M}"

    def clean(self) -> None:
        if self.opens == self.closes not in (None, time()):
            raise ValidationError(
                {"closes": "This is also the opening time. For a full day enter 00:00 to 00:00."}
            )


class Tuning(models.Model):
    """One value that staff changed; shop.tuning says which there are."""

    name = models.CharField(max_length=60, primary_key=True)
    value = models.CharField(max_length=200)

    class Meta:
        db_table = "conversations_tuning"  # likewise
        verbose_name, verbose_name_plural = "setting", "settings"

    def __str__(self) -> str:
        return f"{self.name} = {self.value}"


class TuningChange(models.Model):
    """Who changed a value, and from what to what; empty: the default."""

    name = models.CharField(max_length=60)
    before = models.CharField(max_length=200, blank=True)
    after = models.CharField(max_length=200, blank=True)
    by = models.CharField(max_length=150)
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        default_permissions = ()  # they are a part of the settings
        ordering = ["-pk"]
        indexes = [models.Index(fields=["name", "-id"], name="tuning_change_newest")]

    def __str__(self) -> str:
        return f"{self.name}: {self.before or 'default'} → {self.after or 'default'}"
