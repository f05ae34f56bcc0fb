"""Who is at work."""

from django.db import models

from instagram.limits import MAX_ID


class Worker(models.Model):
    """A sign of life of one worker process."""

    name = models.CharField(max_length=MAX_ID, primary_key=True)
    seen_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.name
