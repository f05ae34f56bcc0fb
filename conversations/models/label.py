"""What staff, or a rule, call a conversation, so that they find it again."""

from django.db import models

MAX_LABEL = 50


class LabelManager(models.Manager["Label"]):
    def named(self, name: str) -> "Label":
        """Return the label that reads so, whatever its capitals and accents, or a new one."""
        said = " ".join(name.split())
        exact = self.filter(name=said).first()
        return exact or self.filter(name__reads=said).first() or self.get_or_create(name=said)[0]


class Label(models.Model):
    """A word that staff, or a rule, add to conversations."""

    name = models.CharField(max_length=MAX_LABEL, unique=True)

    objects = LabelManager()

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name
