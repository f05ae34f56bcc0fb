"""Who looks, and when somebody last did."""

from datetime import datetime

from django.db import models
from django.db.models import Q

from conversations.models.upkeep import Upkeep, UpkeepQuerySet


class WatchQuerySet(UpkeepQuerySet["Watch"]):
    def take(self, now: datetime, until: datetime, due: datetime) -> bool:
        """Take the look where the last one began before `due` and nobody is at it."""
        self.the_row()
        waits = self.free(now).filter(Q(looked_at=None) | Q(looked_at__lte=due))
        return bool(waits.update(leased_until=until, looked_at=now))

    def leave(self, until: datetime) -> bool:
        """Give back the look that is ours until then; False: somebody else has looked meanwhile.

        The first statement of the transaction that writes what was found: it is the fence.
        """
        return bool(self.held(until).update(leased_until=None))


class Watch(Upkeep):
    """One row: a process looks at a time, whichever comes first."""

    looked_at = models.DateTimeField(null=True)

    objects = WatchQuerySet.as_manager()

    def __str__(self) -> str:
        return f"Last looked at {self.looked_at}"
