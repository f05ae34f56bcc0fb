"""What staff may tune while instabot runs. In force in every process within a second."""

from collections.abc import Collection, Mapping
from contextlib import suppress
from dataclasses import dataclass
from difflib import get_close_matches

from django.conf import settings
from django.db import transaction

from audit import trail
from audit.trail import Kind
from shop.models import Tuning, TuningChange
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
    title: str
    group: str
    or_zero: bool = False  # 0 is allowed beside the range, and means never

    @property
    def is_switch(self) -> bool:
        """Tell whether it is only on or off."""
        return (self.least, self.most) == (0, 1)

    @property
    def allowed(self) -> str:
        if self.is_switch:
            return "Enter 0 (off) or 1 (on)."
        zero = "0, or " if self.or_zero else ""
        return f"Enter {zero}a number from {self.least:.10g} to {self.most:.10g} ({self.unit})."

    @property
    def range(self) -> str:
        """Return what is allowed, without its unit."""
        if self.is_switch:
            return "0 = off, 1 = on"
        return f"{'0 or ' if self.or_zero else ''}{self.least:.10g} to {self.most:.10g}"

    def parse(self, text: str) -> float:
        """Read a value; raise TuningError with what is allowed."""
        try:
            value = float(text)
        except ValueError:
            value = float("nan")
        if not (self.least <= value <= self.most or (self.or_zero and value == 0)):
            raise TuningError(f"{self.name}: {text!r} is not valid. {self.allowed}")
        return value


ANSWERS, PAUSES, SENDING = "Answers", "When the bot stays silent", "Sending"
SIGNS, API = "What customers see", "API"
MISSED = "Missed messages"
LOG_IN = "Log-in"
NOTICES = "What staff are told"
RETENTION = "How long things are kept"
# Meta may deliver an event once more for 36 hours, by one of its documents; nothing that such a
# delivery is recognised by, or whose outcome it may tell, is deleted in less than a week.
LEAST_DAYS = 7
MOST_NEAR = 3  # names that may have been meant
COMMAND = "manage.py tune"  # who changed it, where nobody has logged in


def _kept(kind: str, title: str, meaning: str) -> Knob:
    """Return the setting that says for how many days something is kept."""
    return Knob(
        f"keep_{kind}_days", 0, LEAST_DAYS, 3650, "days", f"{meaning}; 0 = keep for ever",
        title, RETENTION, or_zero=True,
    )  # fmt: skip


_KNOBS = (
    Knob(
        "waiting_seconds", settings.WAITING_SECONDS, 0, 60, "seconds",
        "how long the bot waits for more messages before it answers them together;"
        " 0 = answer each message at once. Taps are always answered at once",
        "Wait for more messages", ANSWERS,
    ),
    Knob(
        "waiting_most_seconds", 10, 0, 120, "seconds",
        "longest wait after the first message, even if the customer keeps writing",
        "Longest wait", ANSWERS,
    ),
    Knob(
        "fallback_hours", 12, 0, 720, "hours",
        "each customer gets the fallback once in this time, then the conversation is flagged;"
        " 0 = no limit",
        "Fallback again after", ANSWERS,
    ),
    Knob(
        "age_limit_minutes", 15, 1, 1380, "minutes",
        "older messages are not answered automatically and wait for staff under Late messages",
        "Answer automatically for", ANSWERS,
    ),
    Knob(
        "pause_hours", 12, 0, 720, "hours",
        "how long the bot pauses for a customer after a person replied; 0 = no pause",
        "Pause after a person replied", PAUSES,
    ),
    Knob(
        "send_rate", 50, 0, 100, "messages a second",
        "limit for each account (Instagram allows 100); 0 = no limit of our own",
        "Sending rate", SENDING,
    ),
    Knob(
        "loop_messages", 10, 0, 1000, "messages",
        "the bot pauses for a customer to whom it wrote more messages than this within the loop"
        " breaker's period; 0 = never",
        "Loop breaker: messages", PAUSES,
    ),
    Knob(
        "loop_minutes", 5, 1, 1440, "minutes",
        "the time in which the loop breaker counts the bot's messages to one customer",
        "Loop breaker: period", PAUSES,
    ),
    Knob(
        "conversation_rate", 2, 0, 100, "messages a second",
        "limit for each customer; 0 = no limit of our own",
        "Sending rate for each customer", SENDING,
    ),
    Knob("show_seen", 0, 0, 1, "", "show customers that their message was read",
        "Show “seen”", SIGNS,
    ),
    Knob(
        "show_typing", 0, 0, 1, "",
        "show the typing dots during waiting_seconds",
        "Show typing dots", SIGNS,
    ),
    Knob(
        "throttle_pause_minutes", 1, 0.05, 60, "minutes",
        "how long sending pauses when Instagram asks us to slow down without saying for how long",
        "Pause when Instagram asks us to slow down", SENDING,
    ),
    Knob(
        "api_rate", 300, 0, 100_000, "requests a minute",
        "limit for each user of the API; 0 = no limit",
        "API requests for each user", API,
    ),
    Knob(
        "missed_minutes", 60, 15, 1440, "minutes",
        "how often instabot looks in Instagram for messages that it was never told of; what it"
        " finds waits for staff, and is not answered by itself; 0 = never",
        "Look for missed messages every", MISSED, or_zero=True,
    ),
    Knob(
        "session_idle_hours", settings.SESSION_IDLE_HOURS, 0.25, 720, "hours",
        "who does nothing for so long has to log in again; an open page does nothing by itself",
        "Log out after", LOG_IN,
    ),
    Knob(
        "session_days", 14, 1, 90, "days",
        "everybody has to log in again after this time, whatever they do",
        "Log in again after", LOG_IN,
    ),
    Knob(
        "waiting_limit_minutes", 30, 1, 10_080, "minutes",
        "how long a customer may wait for a person; then staff who want to hear of it (My notices,"
        " below their name) are told; 0 = never",
        "Customers wait too long after", NOTICES, or_zero=True,
    ),
    _kept("messages", "Messages",
        "messages older than this are deleted for good, with the notes and drafts beside them,"
        " and customers of whom nothing is left; what waits for somebody stays",
    ),
    _kept("pictures", "Pictures",
        "pictures that staff uploaded longer ago are deleted for good; their messages stay",
    ),
    _kept("attempts", "Calls to Instagram",
        "what Instagram said to each call for a message is deleted for good after this time",
    ),
    _kept("events", "Webhook events",
        "what Instagram posted is deleted for good after this time, once it is processed",
    ),
)  # fmt: skip
KNOBS: Mapping[str, Knob] = {knob.name: knob for knob in _KNOBS}


def unknown(name: str, known: Collection[str], listed_by: str) -> TuningError:
    """Return the error that there is no such setting: with the nearest, and what lists them all."""
    parts = set(name.lower().split("_"))
    near = get_close_matches(name.lower(), known, MOST_NEAR)
    near += [one for one in known if one not in near and parts & set(one.split("_"))]
    meant = f" Did you mean {' or '.join(near[:MOST_NEAR])}?" if near else ""
    return TuningError(f"There is no setting “{name}”.{meant} `{listed_by}` lists them all.")


def number(value: float) -> str:
    return f"{value:.10g}"


def say(knob: Knob | None, text: str) -> str:
    """Return a value as people read it; empty: the default."""
    if not text:
        return f"default ({say(knob, number(knob.default))})" if knob else "default"
    if knob and knob.is_switch:
        return "off" if text == "0" else "on"
    return text


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


def put(name: str, text: str, by: str = COMMAND) -> bool:
    """Set a value; raise TuningError when the name or the value is not valid.

    Tell whether that changed it: what is changed is on record.
    """
    if name not in KNOBS:
        raise unknown(name, KNOBS, COMMAND)
    return _change(name, number(KNOBS[name].parse(text)), by)


def reset(name: str, by: str) -> bool:
    """Go back to the default, whatever it will be; tell whether that changed anything."""
    return _change(name, "", by)


@transaction.atomic
def _change(name: str, value: str, by: str) -> bool:
    row = Tuning.objects.select_for_update().filter(name=name).first()
    before = row.value if row else ""
    if value == before:
        return False
    if value:
        Tuning.objects.update_or_create(name=name, defaults={"value": value})
    else:
        Tuning.objects.filter(name=name).delete()
    TuningChange.objects.create(name=name, before=before, after=value, by=by)
    knob = KNOBS[name]
    said = f"changed “{knob.title}” from {say(knob, before)} to {say(knob, value)}"
    trail.record(Kind.SETTING, said)
    _values.forget()
    return True
