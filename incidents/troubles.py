"""What a look sees, and how bad that is."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import models

DAILY = timedelta(days=1)
STRANGERS = "strangers"
# Kinds about no account of which whoever is limited to some is not told: they name other ones.
FOR_WHO_SEES_ALL = (STRANGERS,)


class Level(models.TextChoices):
    """How soon somebody has to look."""

    URGENT = "urgent", "Urgent"
    SOON = "soon", "Can wait"


@dataclass(frozen=True, slots=True)
class Trouble:
    """Something that is wrong now.

    title: a few words; says: a sentence or two, with figures;
    next_step: what to do now; link: where in the admin, a path. subject: what of its kind it is,
    where there may be several. account: the number of the account that it is about; None: it is
    about all. since: from when on, if that is known. is_sure: one look is enough. step: whoever was
    told is told anew when it changes; repeats: and after so long (None: never).
    """

    kind: str
    title: str
    says: str
    next_step: str
    link: str = ""
    subject: str = ""
    account: int | None = None
    since: datetime | None = None
    level: Level = Level.URGENT
    is_sure: bool = False
    step: str = ""
    repeats: timedelta | None = DAILY

    @property
    def key(self) -> tuple[str, str]:
        return self.kind, self.subject
