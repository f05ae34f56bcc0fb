"""What staff may tune while instabot runs. In force in every process within a second."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass

from django.conf import settings

from shop.models import Tuning
from workqueue.snapshot import Snapshot


class TuningError(ValueError):
    """A name or value that is not valid; the text says what is."""


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
                f"{self.name}: {text!r} is not valid. Enter a number from {self.least:g} to"
                f" {self.most:g} ({self.unit})."
            )
        return value


_KNOBS = (
    Knob(
        "waiting_seconds", settings.WAITING_SECONDS, 0, 60, "seconds",
        "how long the bot waits for more messages before it answers them together;"
        " 0 = answer each message at once. Taps are always answered at once",
    ),
    Knob(
        "waiting_most_seconds", 10, 0, 120, "seconds",
        "longest wait after the first message, even if the customer keeps writing",
    ),
    Knob(
        "fallback_hours", 12, 0, 720, "hours",
        "each customer gets the fallback once in this time, then the conversation is flagged;"
        " 0 = no limit",
    ),
    Knob(
        "age_limit_minutes", 15, 1, 1380, "minutes",
        "older messages are not answered automatically and wait for staff under Late messages",
    ),
    Knob(
        "pause_hours", 12, 0, 720, "hours",
        "how long the bot pauses for a customer after a person replied; 0 = no pause",
    ),
    Knob(
        "send_rate", 50, 0, 100, "messages a second",
        "limit for the whole account (Instagram allows 100); 0 = no limit of our own",
    ),
    Knob(
        "loop_messages", 10, 0, 1000, "messages",
        "the bot pauses for a customer after more messages than this in loop_minutes; 0 = never",
    ),
    Knob("loop_minutes", 5, 1, 1440, "minutes", "the period for loop_messages"),
    Knob(
        "conversation_rate", 2, 0, 100, "messages a second",
        "limit for each customer; 0 = no limit of our own",
    ),
    Knob("show_seen", 0, 0, 1, "0 or 1", "1 = show customers that their message was read"),
    Knob(
        "show_typing", 0, 0, 1, "0 or 1",
        "1 = show the typing dots during waiting_seconds",
    ),
    Knob(
        "throttle_pause_minutes", 1, 0.05, 60, "minutes",
        "how long sending pauses when Instagram asks us to slow down without saying for how long",
    ),
    Knob(
        "api_rate", 300, 0, 100_000, "requests a minute",
        "limit for each user of the API; 0 = no limit",
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
    """Set a value; raise TuningError when the name or the value is not valid."""
    if name not in KNOBS:
        raise TuningError(f"There is no setting {name!r}. Settings: {', '.join(KNOBS)}.")
    value = KNOBS[name].parse(text)
    Tuning.objects.update_or_create(name=name, defaults={"value": f"{value:g}"})
    _values.forget()
