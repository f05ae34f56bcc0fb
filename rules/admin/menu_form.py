"""The form of a menu and ice breakers: what was typed, and how it stands on the page."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from conversations.display.connection import Line
from conversations.models import Menu
from instagram.menu import LONGEST, MOST, Option, Part
from rules import taps
from rules.checks.menu import Fate, Judge

OWN, LINK = "text", "link"  # what answers a tap, where no rule was chosen
SPARE = {Part.ICE_BREAKERS: MOST[Part.ICE_BREAKERS], Part.MENU: 3}  # rows of an empty form


@dataclass(frozen=True, slots=True)
class Row:
    """An option as it stands in the form. answer: OWN, LINK, or what names a rule."""

    text: str = ""
    answer: str = ""
    payload: str = ""
    url: str = ""

    @classmethod
    def of(cls, option: Option) -> "Row":
        if option.url:
            return cls(option.text, LINK, url=option.url)
        if taps.rule_of(option.payload) is not None:
            return cls(option.text, option.payload)
        return cls(option.text, OWN, option.payload)

    @property
    def is_blank(self) -> bool:
        return not (self.text or self.answer)

    def option(self) -> Option:
        if self.answer == LINK:
            return Option(self.text, url=self.url)
        return Option(self.text, self.payload if self.answer == OWN else self.answer)


Typed = dict[Part, list[Row]]


def rows_of(menu: Menu) -> Typed:
    """Return what is wanted, as it stands in the form."""
    return {part: [Row.of(option) for option in menu.wants(part)] for part in Part}


def read(posted: Mapping[str, str]) -> Typed:
    """Return what was typed, with the rows that are blank."""
    return {part: list(read_rows(posted, part)) for part in Part}


def filled(typed: Typed) -> Typed:
    return {part: [row for row in rows if not row.is_blank] for part, rows in typed.items()}


def said(typed: Typed, menu: Menu) -> Typed:
    """Leave out what stands empty and was never saved: nobody said that it shall be emptied."""
    return {part: rows for part, rows in typed.items() if rows or part in menu.saved}


def options(typed: Typed) -> dict[Part, list[Option]]:
    return {part: [row.option() for row in rows] for part, rows in typed.items()}


def has_problems(typed: Typed) -> bool:
    """Tell whether Meta would refuse any of it."""
    return any(one.problems(part) for part, found in options(typed).items() for one in found)


def read_rows(posted: Mapping[str, str], part: Part) -> Iterator[Row]:
    """Read the rows of a part, with those that are blank."""
    for number in range(MOST[part]):
        if f"{part}-{number}-text" not in posted:
            return
        names = ("text", "answer", "payload", "url")
        yield Row(*(posted.get(f"{part}-{number}-{name}", "").strip() for name in names))


def change_rows(typed: Typed, change: str) -> Typed:
    """Return the rows with one more, without one, or with one a place higher; nothing is saved."""
    what, _, where = change.partition(" ")
    name, _, number = where.partition("-")
    if name not in list(Part):
        return typed
    part = Part(name)
    rows = list(typed[part])
    place = int(number) if number.isdecimal() and int(number) < len(rows) else None
    if what == "add":
        rows.append(Row())
    elif what == "remove" and place is not None:
        del rows[place]
    elif what == "up" and place:
        rows[place - 1], rows[place] = rows[place], rows[place - 1]
    return {**typed, part: rows}


@dataclass(frozen=True, slots=True)
class Choice:
    value: str
    label: str
    is_chosen: bool


@dataclass(frozen=True, slots=True)
class Field:
    """A row with what surrounds it on the page."""

    name: str
    row: Row
    choices: Sequence[Choice]
    problems: Sequence[str]
    fate: Fate | None


@dataclass(frozen=True, slots=True)
class There:
    """An option beside the form. does: what a tap on it sends or opens."""

    text: str
    does: str


@dataclass(frozen=True, slots=True)
class Section:
    """One part on the page. there: at Instagram; colleague: what somebody saved meanwhile."""

    part: Part
    state: Line
    fields: Sequence[Field]
    there: Sequence[There]
    colleague: Sequence[There]
    languages: Sequence[str]
    is_full: bool
    most: int
    longest: int

    @property
    def is_menu(self) -> bool:
        return self.part is Part.MENU


def make_section(  # noqa: PLR0913 - each is something that it shows
    part: Part, state: Line, row: Menu, typed: list[Row], judge: Judge, *, has_conflict: bool
) -> Section:
    blank = max(0, SPARE[part] - len(typed))
    rows = [*typed, *(Row() for _ in range(blank))][: MOST[part]]
    return Section(
        part,
        state,
        [_make_field(part, number, one, judge) for number, one in enumerate(rows)],
        _list_beside(row.has(part), judge),
        _list_beside(row.wants(part), judge) if has_conflict else (),
        row.languages.get(part, ()),
        len(rows) == MOST[part],
        MOST[part],
        LONGEST[part],
    )


def _list_beside(options: Sequence[Option], judge: Judge) -> list[There]:
    return [There(option.text, _say_what(option, judge)) for option in options]


def _make_field(part: Part, number: int, row: Row, judge: Judge) -> Field:
    name, choices = f"{part}-{number}", list(_list_choices(part, row, judge))
    if row.is_blank:
        return Field(name, row, choices, (), None)
    option = row.option()
    problems = option.problems(part)
    return Field(name, row, choices, problems, None if problems else judge.tell(option))


def _list_choices(part: Part, row: Row, judge: Judge) -> Iterator[Choice]:
    yield Choice("", "Choose …", not row.answer)
    for rule in judge.every.values():
        value = taps.payload_of(rule.pk)
        off = "" if rule.active else " (off)"
        yield Choice(value, f"Rule {rule}{off}", row.answer == value)
    named = taps.rule_of(row.answer)
    if named is not None and named not in judge.every:
        yield Choice(row.answer, "A rule that was deleted", is_chosen=True)
    yield Choice(OWN, "Whichever rule has this word or code", row.answer == OWN)
    if part is Part.MENU:
        yield Choice(LINK, "A web page", row.answer == LINK)


def _say_what(option: Option, judge: Judge) -> str:
    if option.url:
        return f"opens {option.url}"
    named = taps.rule_of(option.payload)
    if named is None:
        return f"sends {option.payload}"
    rule = judge.every.get(named)
    return f"rule {rule}" if rule else "a rule that was deleted"
