"""What staff want said. Every way to change a rule raises the version that all processes watch."""

from collections.abc import Iterable
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.db.models import F

from rules.matching import words


class RulesVersion(models.Model):
    """One row. Raised in the same transaction as any change to a table that matching reads."""

    number = models.BigIntegerField(default=0)

    def __str__(self) -> str:
        return f"version {self.number}"

    @classmethod
    def now(cls) -> int:
        return cls.objects.filter(pk=1).values_list("number", flat=True).first() or 0

    @classmethod
    def raise_it(cls) -> None:
        if not cls.objects.filter(pk=1).update(number=F("number") + 1):
            cls.objects.get_or_create(pk=1, defaults={"number": 1})


class ResponseRuleQuerySet(models.QuerySet["ResponseRule"]):
    def active(self) -> "ResponseRuleQuerySet":
        """Rules that may answer, in the order in which they are asked."""
        return self.filter(active=True).order_by("order", "pk")

    def update(self, **changes: Any) -> int:
        with transaction.atomic(using=self.db):
            RulesVersion.raise_it()
            return super().update(**changes)

    def delete(self) -> tuple[int, dict[str, int]]:
        with transaction.atomic(using=self.db):
            RulesVersion.raise_it()
            return super().delete()

    def bulk_create(
        self, objs: Iterable["ResponseRule"], *args: Any, **options: Any
    ) -> list["ResponseRule"]:
        with transaction.atomic(using=self.db):
            RulesVersion.raise_it()
            return super().bulk_create(objs, *args, **options)

    # bulk_update() goes through update().


class ResponseRule(models.Model):
    """When a customer writes this, say that."""

    class Match(models.TextChoices):
        WORDS = "words", "any of these words or phrases"
        EXACT = "exact", "exactly one of these"
        BEGINS = "begins", "begins with one of these"
        CONTAINS = "contains", "contains one of these, even inside a word"
        EVERYTHING = "everything", "everything (the fallback)"

    name = models.CharField(max_length=100, unique=True)
    active = models.BooleanField(default=True)
    order = models.PositiveIntegerField(
        default=100,
        help_text="The lowest number is asked first. Among equals the longest match wins.",
    )
    match = models.CharField("the message", max_length=10, choices=Match, default=Match.WORDS)
    keywords = models.TextField(
        "words",
        blank=True,
        help_text="One word or phrase per line. Capitals, accents, emoji and extra spaces do not"
        " matter; 'art' is not found in 'party'.",
    )
    reply = models.TextField(
        help_text="What the customer gets. Longer than 1000 bytes is sent as several messages."
    )
    changed_at = models.DateTimeField(auto_now=True)

    objects = ResponseRuleQuerySet.as_manager()

    class Meta:
        ordering = ["order", "pk"]
        base_manager_name = "objects"  # whichever manager Django takes raises the version
        verbose_name = "rule"

    def __str__(self) -> str:
        return self.name

    def save(self, *args: Any, **options: Any) -> None:
        with transaction.atomic():
            RulesVersion.raise_it()
            super().save(*args, **options)

    def delete(self, *args: Any, **options: Any) -> tuple[int, dict[str, int]]:
        with transaction.atomic():
            RulesVersion.raise_it()
            return super().delete(*args, **options)

    def keyword_list(self) -> list[str]:
        return [line.strip() for line in self.keywords.splitlines() if line.strip()]

    def clean(self) -> None:
        problems = {}
        if self.match != self.Match.EVERYTHING:
            if not self.keyword_list():
                problems["keywords"] = "Write at least one word, or let the rule answer everything."
            silent = [keyword for keyword in self.keyword_list() if not words(keyword)]
            if silent:
                problems["keywords"] = (
                    f"{silent[0]!r} has no letter, digit or sign that a message could be searched"
                    " for."
                )
        if not self.reply.strip():
            problems["reply"] = "Write what the customer gets."
        if problems:
            raise ValidationError(problems)
