"""How long a session lasts: what staff tune."""

from dataclasses import dataclass
from datetime import timedelta

from backoffice.counts import counted
from shop import tuning

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Limits:
    """idle: without anybody doing anything; most: in any case."""

    idle: timedelta
    most: timedelta

    def say_idle(self) -> str:
        return counted(self.idle / HOUR, "hour")

    def say_most(self) -> str:
        return counted(self.most / DAY, "day")


def read() -> Limits:
    """Return what is in force."""
    return Limits(
        idle=timedelta(hours=tuning.get("session_idle_hours")),
        most=timedelta(days=tuning.get("session_days")),
    )
