"""How long a session lasts: what staff tune."""

from dataclasses import dataclass
from datetime import timedelta

from shop import tuning


@dataclass(frozen=True, slots=True)
class Limits:
    """idle: without anybody doing anything; most: in any case."""

    idle: timedelta
    most: timedelta


def read() -> Limits:
    """Return what is in force."""
    return Limits(
        idle=timedelta(hours=tuning.get("session_idle_hours")),
        most=timedelta(days=tuning.get("session_days")),
    )
