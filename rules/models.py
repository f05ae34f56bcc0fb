"""What staff want said. Every way to change a rule raises the version that all processes watch."""

from collections.abc import Iterable
from enum import StrEnum
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.db.models import F

from instagram.limits import MAX_ID, MAX_TEXT_BYTES
from rules.matching import words


class Event(StrEnum):
    """What a rule can be for."""

    MESSAGE = "message"
    STORY_REPLY = "story_reply"
    STORY_MENTION = "story_mention"
    BUTTON = "button"
    COMMENT = "comment"


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
    for_messages = models.BooleanField("messages", default=True)
    for_story_replies = models.BooleanField("replies to your story", default=True)
    for_story_mentions = models.BooleanField("mentions in their story", default=False)
    for_buttons = models.BooleanField("taps", default=True)
    for_comments = models.BooleanField("comments", default=False)
    referral = models.CharField(
        "only customers who came from",
        max_length=MAX_ID,
        blank=True,
        help_text="The ref of an ig.me link (autumn in ig.me/m/your.shop?ref=autumn), or the id of"
        " an ad. Empty: it does not matter.",
    )
    reply = models.TextField(
        help_text="What the customer gets. Longer than 1000 bytes is sent as several messages."
    )
    public_reply = models.CharField(
        "below the comment",
        max_length=300,
        blank=True,
        help_text="For comments: a short answer that everybody can read, such as 'We have written"
        " to you.' Empty: none.",
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

    def events(self) -> list[Event]:
        """Return what the rule is for."""
        chosen = {
            Event.MESSAGE: self.for_messages,
            Event.STORY_REPLY: self.for_story_replies,
            Event.STORY_MENTION: self.for_story_mentions,
            Event.BUTTON: self.for_buttons,
            Event.COMMENT: self.for_comments,
        }
        return [event for event, yes in chosen.items() if yes]

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
        elif self.for_comments and len(self.reply.encode()) > MAX_TEXT_BYTES:
            problems["reply"] = (
                f"A comment gets one message of at most {MAX_TEXT_BYTES} bytes; this has"
                f" {len(self.reply.encode())}."
            )
        if not self.events():
            problems["for_messages"] = "Choose at least one thing that the rule is for."
        if self.public_reply.strip() and not self.for_comments:
            problems["public_reply"] = "Only a rule for comments can answer below them."
        if problems:
            raise ValidationError(problems)
