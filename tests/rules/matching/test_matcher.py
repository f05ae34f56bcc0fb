"""Which rule wins: rules and messages in many languages, in cases/*.txt.

A file has rules, a blank line, and messages with the rule and keyword that win:

    name order mode ~typos not never-word, another: keyword | another
    message => name: keyword (typo)
    message => -                                    (no rule)
    message => - (name not never-word)              (a rule that a word stops)
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from _pytest.mark import ParameterSet

from rules.matching import MATCH_ANYTHING, Listener, Match, Matcher, MatchMode, spans

pytestmark = pytest.mark.no_database

FILES = sorted((Path(__file__).parent / "cases").glob("*.txt"))
RULE = re.compile(
    rf"(?P<name>.+?)(?: (?P<order>\d+))?(?: (?P<mode>{'|'.join(MatchMode)}))?(?: ~(?P<typos>\d))?"
    r"(?: not (?P<never>.+?))?:(?P<keywords>.*)"
)


@dataclass(frozen=True)
class Shop:
    """The rules of a file."""

    names: tuple[str, ...]
    listeners: tuple[Listener, ...]
    matcher: Matcher

    def said_of(self, found: list[Match]) -> str:
        """What a line has behind its arrow."""
        if not found:
            return "-"
        best = found[0]
        name = self.names[best.rule]
        if best.never:
            return f"- ({name} not {best.never})"
        typo = f" ({best.typo})" if best.typo else ""
        return f"{name}: {best.keyword}{typo}" if best.keyword else name


def shop(rules: str) -> Shop:
    names, listeners = [], []
    for number, line in enumerate(rules.splitlines()):
        match = RULE.fullmatch(line)
        assert match, line
        names.append(match["name"])
        listeners.append(
            Listener(
                number,
                int(match["order"] or 100),
                MatchMode(match["mode"] or "words"),
                tuple(filter(None, map(str.strip, match["keywords"].split(" | ")))),
                tuple((match["never"] or "").split(", ")) if match["never"] else (),
                int(match["typos"] or 0),
            )
        )
    return Shop(tuple(names), tuple(listeners), Matcher(listeners))


def cases() -> Iterator[ParameterSet]:
    for file in FILES:
        text = re.sub(r"^#.*\n", "", file.read_text(encoding="utf-8"), flags=re.MULTILINE)
        rules, messages = text.strip().split("\n\n")
        ours = shop(rules)
        for line in messages.splitlines():
            message, expected = line.split(" => ")
            said = message.replace("\\n", "\n")
            yield pytest.param(ours, said, expected, id=f"{file.stem}: {message}")


CASES = list(cases())


@pytest.mark.parametrize(("ours", "message", "expected"), CASES)
def test_the_rule_that_staff_expect_wins_by_the_keyword_they_expect(
    ours: Shop, message: str, expected: str
) -> None:
    assert ours.said_of(ours.matcher.find(message)) == expected


@pytest.mark.parametrize(("ours", "message", "expected"), CASES)
def test_the_words_of_every_match_are_marked(ours: Shop, message: str, expected: str) -> None:
    for found in ours.matcher.find(message):
        marked = spans(message, ours.listeners[found.rule], found)
        assert bool(marked) == (found.mode not in MATCH_ANYTHING)
        assert all(message[start:end].strip() for start, end in marked)


def test_there_are_several_hundred_cases_in_many_languages() -> None:
    assert len(FILES) > 20
    assert len(CASES) > 500
