"""Why a session ended, for the browser that had it and for nobody else."""

from django.db import models


class Because(models.TextChoices):
    """What is said at the log-in; of whoever ended it, no name."""

    ELSEWHERE = "elsewhere", "ended from another browser in which you are logged in"
    SOMEBODY = "somebody", "ended by somebody who manages the people here"
    PASSWORD = "password", "ended because your password changed"
    FACTOR = "factor", "ended because your second factor was switched on or off"
    SWITCHED_OFF = "off", "ended because your access was switched off"
    IDLE = "idle", "ended because nothing happened in it for {}"
    TOO_LONG = "long", "ended because it had lasted {}"


class EndedSession(models.Model):
    """What is left of a session until its cookie is forgotten: no person, no address.

    span: how long, as it is read (`12 hours`), where a limit ended it.
    """

    session_key = models.CharField(max_length=64, primary_key=True)  # the digest, as it was
    because = models.CharField(max_length=10, choices=Because)
    span = models.CharField(max_length=20, blank=True)
    forget_at = models.DateTimeField(db_index=True)

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return f"Your session was {self.get_because_display().format(self.span)}."
