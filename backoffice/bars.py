"""What everybody must know on every page of the admin: red bars above it, of whoever has any."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from django.http import HttpRequest


@dataclass(frozen=True, slots=True)
class Bar:
    """A few words in bold, a sentence, and where to do something about it."""

    title: str
    text: str
    link: str = ""
    offer: str = ""


@dataclass(frozen=True, slots=True)
class Source:
    """read: the bars for whoever asks; state: what they are about, for a page that is open.

    state is asked once a second by each such page, so it costs no query of its own.
    """

    read: Callable[[HttpRequest], list[Bar]]
    state: Callable[[datetime], str]


_sources: list[Source] = []


def show(source: Source) -> None:
    """Have a source's bars shown from now on, below those of earlier ones."""
    _sources.append(source)


def bars(request: HttpRequest) -> dict[str, Callable[[], list[Bar]]]:
    """Return what the template of the bar asks for; nothing is read where no page shows it."""
    return {"bars": lambda: [bar for source in _sources for bar in source.read(request)]}


def state(now: datetime) -> str:
    """Return what all bars are about, for an open page."""
    return " ".join(filter(None, (source.state(now) for source in _sources)))
