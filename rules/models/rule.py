"""A rule: when a customer writes this, say that."""

from enum import StrEnum
from typing import TYPE_CHECKING

from django.core.exceptions import ValidationError
from django.db import models

from instagram.content import Card
from instagram.limits import MAX_ID, MAX_URL
from rules import saying
from rules.folding import words
from rules.models.version import Watched, WatchedQuerySet

if TYPE_CHECKING:
    from django.db.models.fields.related_descriptors import RelatedManager

    from rules.models.card import RuleCard


class Event(StrEnum):
    """What a rule can be for."""

    MESSAGE = "message"
    STORY_REPLY = "story_reply"
    STORY_MENTION = "story_mention"
    BUTTON = "button"
    COMMENT = "comment"


class ResponseRuleQuerySet(WatchedQuerySet["ResponseRule"]):
    def active(self) -> "ResponseRuleQuerySet":
        """Rules that may answer, in the order in which they are asked."""
        return self.filter(active=True).order_by("order", "pk")


class ResponseRule(Watched):
    """When a customer writes this, say that."""

    class Match(models.TextChoices):
        WORDS = "words", "any of these words or phrases"
        EXACT = "exact", "exactly one of these"
        BEGINS = "begins", "begins with one of these"
        CONTAINS = "contains", "contains one of these, even inside a word"
        EVERYTHING = "everything", "everything (the fallback)"

    class Media(models.TextChoices):
        __empty__ = "none"
        IMAGE = "image", "picture (JPEG, PNG, GIF; up to 8 MB)"
        AUDIO = "audio", "sound (AAC, M4A, WAV, MP4; up to 25 MB)"
        VIDEO = "video", "video (MP4, MOV, WebM, OGG, AVI; up to 25 MB)"
        FILE = "file", "file (PDF; up to 25 MB)"

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
        blank=True,
        help_text="What the customer gets. Longer than 1000 bytes is sent as several messages.",
    )
    quick_replies = models.TextField(
        blank=True,
        help_text="To tap under the text: at most 13, one per line, up to 20 characters each. A tap"
        " writes the line for the customer, so give it to a rule as a word. 'Sizes = MENU_SIZES'"
        " also sends MENU_SIZES, which a rule can have as a word instead.",
    )
    buttons = models.TextField(
        blank=True,
        help_text="Below the text, instead of quick replies: at most 3, one per line. 'Our shop ="
        " https://shop.example' opens a link; 'Talk to a person' or 'Person = HUMAN' is a tap.",
    )
    media_kind = models.CharField(
        "attachment", max_length=10, choices=Media, blank=True, help_text="Sent before the text."
    )
    media_url = models.CharField(
        "its address",
        max_length=MAX_URL,
        blank=True,
        help_text="Where Instagram fetches it, without a login: https://…",
    )
    public_reply = models.CharField(
        "below the comment",
        max_length=300,
        blank=True,
        help_text="For comments: a short answer that everybody can read, such as 'We have written"
        " to you.' Empty: none.",
    )
    changed_at = models.DateTimeField(auto_now=True)

    if TYPE_CHECKING:
        cards: RelatedManager["RuleCard"]

    # Set by a form that saves the rule's cards after it; None: they are those that are there.
    cards_to_come: bool | None = None

    objects = ResponseRuleQuerySet.as_manager()

    class Meta:
        ordering = ["order", "pk"]
        base_manager_name = "objects"  # whichever manager Django takes raises the version
        verbose_name = "rule"

    def __str__(self) -> str:
        return self.name

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

    def card_list(self) -> list[Card]:
        return [card.card() for card in self.cards.all()]

    def has_cards(self) -> bool:
        if self.cards_to_come is not None:
            return self.cards_to_come
        return self.pk is not None and self.cards.exists()

    def clean(self) -> None:
        problems = saying.problems(self, has_cards=self.has_cards()) | self._unmatched()
        if not self.events():
            problems["for_messages"] = ["Choose at least one thing that the rule is for."]
        if self.public_reply.strip() and not self.for_comments:
            problems["public_reply"] = ["Only a rule for comments can answer below them."]
        if problems:
            raise ValidationError(dict(problems))

    def _unmatched(self) -> dict[str, list[str]]:
        """Return what is wrong with the words."""
        if self.match == self.Match.EVERYTHING:
            return {}
        keywords = self.keyword_list()
        if not keywords:
            return {"keywords": ["Write at least one word, or let the rule answer everything."]}
        silent = [keyword for keyword in keywords if not words(keyword)]
        said = "has no letter, digit or sign that a message could be searched for."
        return {"keywords": [f"{silent[0]!r} {said}"]} if silent else {}
