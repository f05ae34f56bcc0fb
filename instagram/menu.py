"""What customers can tap without typing: ice breakers, and the persistent menu.

Shapes and limits: Messenger Platform and Instagram Platform, "Ice Breakers", "Persistent Menu".
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from instagram.content import link_problems
from instagram.limits import (
    MAX_ICE_BREAKERS,
    MAX_MENU_ITEMS,
    MAX_MENU_TITLE,
    MAX_PAYLOAD,
    MAX_QUESTION,
)
from instagram.values import clean, clean_json

DEFAULT = "default"  # the language of those for whom there is no other; Meta insists on it


class Part(StrEnum):
    """What an account has of it, by Meta's names."""

    ICE_BREAKERS = "ice_breakers"  # offered to those who have not written yet
    MENU = "persistent_menu"


MOST = {Part.ICE_BREAKERS: MAX_ICE_BREAKERS, Part.MENU: MAX_MENU_ITEMS}
LONGEST = {Part.ICE_BREAKERS: MAX_QUESTION, Part.MENU: MAX_MENU_TITLE}
_TEXT = {Part.ICE_BREAKERS: "question", Part.MENU: "title"}


@dataclass(frozen=True, slots=True)
class Option:
    """Something to tap. It sends its payload; one of a menu may open a url instead."""

    text: str
    payload: str = ""
    url: str = ""

    def shape(self, part: Part) -> dict[str, str]:
        named = {_TEXT[part]: self.text}
        if part is Part.ICE_BREAKERS:
            return {**named, "payload": self.payload}
        if self.url:
            return {"type": "web_url", **named, "url": self.url}
        return {"type": "postback", **named, "payload": self.payload}

    def problems(self, part: Part) -> list[str]:
        """Return sentences about what Meta would refuse."""
        said, most, size = [], LONGEST[part], len(self.text)
        if not self.text:
            said.append("Write what the customer taps.")
        if size > most:
            said.append(f"This text has {size} characters; the limit is {most}.")
        if self.url and part is Part.ICE_BREAKERS:
            return [*said, "Only an entry of the menu can open a web page."]
        if self.url:
            return [*said, *link_problems(self.url, ("https", "http"))]
        if not self.payload:
            said.append("Say what a tap leads to.")
        if len(self.payload) > MAX_PAYLOAD:
            said.append(f"What it sends is too long; the limit is {MAX_PAYLOAD} characters.")
        return said


@dataclass(frozen=True, slots=True)
class Listed:
    """The options of one part. others: those for other languages, as Meta wrote them."""

    options: tuple[Option, ...] = ()
    others: tuple[Mapping[str, Any], ...] = ()

    @property
    def languages(self) -> list[str]:
        return [clean(entry.get("locale")) for entry in self.others]


def shape(part: Part, listed: Listed) -> dict[str, Any]:
    """Return what puts these options in the place of those that are there."""
    own = {
        "locale": DEFAULT,
        "call_to_actions": [option.shape(part) for option in listed.options],
    }
    return {"platform": "instagram", part: [own, *listed.others]}


def read(answer: Mapping[str, Any]) -> dict[Part, Listed]:
    """Read what there is; each entry stands under the name of its part, or alone."""
    entries: dict[Part, list[dict[str, Any]]] = {part: [] for part in Part}
    for one in _objects(answer.get("data")):
        for part in Part:
            entries[part] += _objects(one.get(part))
        if "call_to_actions" in one:
            entries[_part_of(one)].append(one)
    return {part: _read_part(part, listed) for part, listed in entries.items()}


def _part_of(entry: Mapping[str, Any]) -> Part:
    """Tell what an entry is of that stands alone: only ice breakers are questions."""
    asks = any("question" in one for one in _objects(entry.get("call_to_actions")))
    return Part.ICE_BREAKERS if asks else Part.MENU


def _read_part(part: Part, entries: Sequence[Mapping[str, Any]]) -> Listed:
    old = [entry for entry in entries if "call_to_actions" not in entry]  # without languages
    by_language = [entry for entry in entries if "call_to_actions" in entry]
    own = [entry for entry in by_language if entry.get("locale", DEFAULT) == DEFAULT]
    others = [entry for entry in by_language if entry not in own]
    found = [*old, *(one for entry in own for one in _objects(entry["call_to_actions"]))]
    return Listed(tuple(_read_options(part, found)), tuple(clean_json(one) for one in others))


def _read_options(part: Part, found: Iterable[Mapping[str, Any]]) -> Iterable[Option]:
    for one in found:
        text = clean(one.get(_TEXT[part])).strip()
        yield Option(text, clean(one.get("payload")), clean(one.get("url")))


def _objects(value: Any) -> list[dict[str, Any]]:
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []
