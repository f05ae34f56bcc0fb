"""A card of a rule's carousel."""

from django.core.exceptions import ValidationError
from django.db import models

from instagram.content import Card
from instagram.limits import MAX_CARD_TEXT, MAX_URL
from rules.models.rule import ResponseRule
from rules.models.version import Watched, WatchedQuerySet
from rules.wording import syntax, validation


class RuleCardQuerySet(WatchedQuerySet["RuleCard"]):
    pass


class RuleCard(Watched):
    rule = models.ForeignKey(ResponseRule, on_delete=models.CASCADE, related_name="cards")
    order = models.PositiveSmallIntegerField(default=0, help_text="The lowest number comes first.")
    title = models.CharField(max_length=MAX_CARD_TEXT)
    subtitle = models.CharField("line below", max_length=MAX_CARD_TEXT, blank=True)
    image_url = models.CharField(
        "picture", max_length=MAX_URL, blank=True, help_text="Its URL: https://…"
    )
    url = models.CharField(
        "link", max_length=MAX_URL, blank=True, help_text="What tapping the card opens."
    )
    buttons = models.TextField(
        blank=True,
        help_text="At most 3, one per line: 'Open = https://…' opens a link, 'Buy' or 'Buy ="
        " BUY_COAT' is a tap.",
    )

    objects = RuleCardQuerySet.as_manager()

    class Meta:
        ordering = ["order", "pk"]
        base_manager_name = "objects"
        verbose_name = "card"

    def __str__(self) -> str:
        return self.title

    def card(self) -> Card:
        """Return the card as it is sent."""
        links = self.image_url.strip(), self.url.strip()
        return Card(
            self.title.strip(), self.subtitle.strip(), *links, syntax.read_buttons(self.buttons)
        )

    def clean(self) -> None:
        problems = dict(self.card().problems_by_field())
        for field, sentences in validation.find_card_problems(self).items():
            problems[field] = [*problems.get(field, []), *sentences]
        if problems:
            raise ValidationError(dict(problems))
