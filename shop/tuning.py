"""What staff may tune while instabot runs. In force in every process within a second."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass

from django.conf import settings

from shop.models import Tuning
from workqueue.snapshot import Snapshot


class TuningError(ValueError):
    """A name or value that cannot be; the text says what is possible."""


@dataclass(frozen=True, slots=True)
class Knob:
    """A number that staff may set, in `unit`, from least to most."""

    name: str
    default: float
    least: float
    most: float
    unit: str
    meaning: str

    def parse(self, text: str) -> float:
        """Read a value; raise TuningError with what is allowed."""
        try:
            value = float(text)
        except ValueError:
            value = float("nan")
        if not self.least <= value <= self.most:
            raise TuningError(
                f"{self.name}: {text!r} is not possible. Give a number from {self.least:g} to"
                f" {self.most:g} ({self.unit})."
            )
        return value


_KNOBS = (
    Knob(
        "waiting_seconds", settings.WAITING_SECONDS, 0, 60, "seconds",
        "how long a customer must be silent before what they wrote is read together and answered;"
        " 0 answers each message at once; a tap never waits",
    ),
    Knob(
        "waiting_most_seconds", 10, 0, 120, "seconds",
        "nobody waits longer than this after their first message, however many they write",
    ),
    Knob(
        "fallback_hours", 12, 0, 720, "hours",
        "a customer gets the fallback once in so many hours, then a person is asked for; 0: always",
    ),
    Knob(
        "age_limit_minutes", 15, 1, 1380, "minutes",
        "an older question is kept for staff and not answered by itself",
    ),
    Knob(
        "pause_hours", 12, 0, 720, "hours",
        "how long the bot is silent for a customer after a person answered; 0 for not at all",
    ),
    Knob(
        "send_rate", 50, 0, 100, "messages a second",
        "at most so many for the whole account (Instagram allows 100); 0 for no limit of ours",
    ),
    Knob(
        "loop_messages", 10, 0, 1000, "messages",
        "more of the bot to one customer within loop_minutes pause it there; 0 for never",
    ),
    Knob("loop_minutes", 5, 1, 1440, "minutes", "see loop_messages"),
    Knob(
        "conversation_rate", 2, 0, 100, "messages a second",
        "at most so many to one customer; 0 for no limit of ours",
    ),
    Knob("show_seen", 0, 0, 1, "0 or 1", "1: show a customer that the message was read"),
    Knob(
        "show_typing", 0, 0, 1, "0 or 1",
        "1: show that somebody is typing while waiting_seconds run",
    ),
    Knob(
        "throttle_pause_minutes", 1, 0.05, 60, "minutes",
        "how long sending rests when Instagram asks for fewer messages and does not say how long",
    ),
    Knob(
        "api_rate", 300, 0, 100_000, "requests a minute",
        "so many of one user the API answers; 0 for no limit",
    ),
)  # fmt: skip
KNOBS: Mapping[str, Knob] = {knob.name: knob for knob in _KNOBS}


def _load(_: Mapping[str, float] | None) -> Mapping[str, float]:
    values = {knob.name: knob.default for knob in _KNOBS}
    for name, text in Tuning.objects.values_list("name", "value"):
        # A row of an older or newer version that says nothing to this one is left alone.
        with suppress(KeyError, TuningError):
            values[name] = KNOBS[name].parse(text)
    return values


_values = Snapshot(_load)


def get(name: str) -> float:
    """Return the value in force, at most half a second old."""
    return _values.get()[name]


def put(name: str, text: str) -> None:
    """Set a value; raise TuningError when the name or the value is not possible."""
    if name not in KNOBS:
        raise TuningError(f"{name!r} is unknown. There are: {', '.join(KNOBS)}.")
    value = KNOBS[name].parse(text)
    Tuning.objects.update_or_create(name=name, defaults={"value": f"{value:g}"})
    _values.forget()
