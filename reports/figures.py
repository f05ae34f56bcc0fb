"""The figures that stand first, each beside what it was before."""

from dataclasses import dataclass

from conversations.statistics.answers import Fate
from conversations.statistics.report import Period
from reports import words

MESSAGES_IN, NOT_ANSWERED = "Messages in", "Not answered"


@dataclass(frozen=True, slots=True)
class Figure:
    """A number with its name; before: the same of the period before; note: what it means."""

    name: str
    value: str
    before: str
    change: str
    note: str


def headline(now: Period, before: Period) -> list[Figure]:
    """Return what home and reports show first, in words and with what it was before."""
    fates = [
        (Fate.BOT, "Answered by the bot", "Messages that needed nobody else."),
        (Fate.STAFF, "Answered by staff", "Messages that needed a person, who has answered."),
        (Fate.OPEN, NOT_ANSWERED, "Messages that need a person and have no answer."),
    ]
    return [
        _count(MESSAGES_IN, now.received, before.received, "What customers wrote."),
        *(_count(name, now.fate(fate), before.fate(fate), note) for fate, name, note in fates),
        Figure(
            "Needed nobody",
            words.share(now.needed_nobody),
            words.share(before.needed_nobody),
            words.points(now.needed_nobody, before.needed_nobody),
            "The bot's share of all messages that asked for an answer.",
        ),
        _time("First answer by bot", now.bot_median, before.bot_median),
        _time("First answer by staff", now.staff_median, before.staff_median),
    ]


def _count(name: str, now: int, before: int, note: str) -> Figure:
    return Figure(name, f"{now:,}", f"{before:,}", words.change(now, before), note)


def _time(name: str, now: float | None, before: float | None) -> Figure:
    def say(seconds: float | None) -> str:
        return words.duration(seconds) if seconds is None else f"~{words.duration(seconds)}"

    note = "About half of those who were answered waited no longer."
    return Figure(name, say(now), say(before), words.change(now, before), note)
