"""What staff have tuned, and who is at work."""

from django.db import models

from instagram.limits import MAX_ID


class Tuning(models.Model):
    """One value that staff changed; conversations.tuning says which there are."""

    name = models.CharField(max_length=60, primary_key=True)
    value = models.CharField(max_length=200)

    def __str__(self) -> str:
        return f"{self.name} = {self.value}"


class Worker(models.Model):
    """A sign of life of one worker process."""

    name = models.CharField(max_length=MAX_ID, primary_key=True)
    seen_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.name
