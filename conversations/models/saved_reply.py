"""Texts that staff send often."""

from typing import Any

from django.core.exceptions import ValidationError
from django.db import models

from instagram.content import Media
from instagram.limits import MAX_URL
from shop import placeholders

MAX_SAVED_TITLE = 100
NOTHING_TO_SAY = "Write a text, or the address of a picture."
NOTHING_LEFT = (
    "When its variables are unknown, nothing is left of this text. Write what to say then:"
    " {first_name|…}."
)


class SavedReply(models.Model):
    """A text with variables, and perhaps a picture; in a conversation it is found by typing /."""

    title = models.CharField(
        max_length=MAX_SAVED_TITLE,
        unique=True,
        help_text="You find it by typing / and a part of this, or of the text.",
    )
    text = models.TextField(
        blank=True,
        help_text="Variables: {first_name|there}, {username}, {shop_name}, {opening_hours};"
        " after the | put what to say when it is unknown. They are filled in before you send.",
    )
    picture_url = models.CharField(
        "picture URL",
        max_length=MAX_URL,
        blank=True,
        help_text="Optional: the public https address of a picture (JPEG, PNG or GIF, up to 8 MB).",
    )

    class Meta:
        ordering = ["title"]
        verbose_name_plural = "saved replies"

    def __str__(self) -> str:
        return self.title

    def clean(self) -> None:
        self.title = " ".join(self.title.split())
        self.text = self.text.replace("\r\n", "\n").strip()
        self.picture_url = self.picture_url.strip()
        problems: dict[str, Any] = {}
        if not self.text and not self.picture_url:
            problems["text"] = [NOTHING_TO_SAY]
        if wrong := placeholders.find_problems(self.text):
            problems["text"] = wrong
        elif self.text and not placeholders.fill(self.text, {}).strip():
            problems["text"] = [NOTHING_LEFT]
        if self.picture_url and (wrong := Media("image", self.picture_url).problems()):
            problems["picture_url"] = wrong
        if problems:
            raise ValidationError(problems)
