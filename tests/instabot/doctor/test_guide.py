"""docs/connect.md names lines of the doctor: each step one, and none that there is not."""

import re

import pytest

from instabot.doctor.checklist import CHECKS
from tests.support.service import ROOT

pytestmark = pytest.mark.no_database

GUIDE = (ROOT / "docs" / "connect.md").read_text()
STEPS = {
    int(number): text for number, text in re.findall(r"(?ms)^(\d)\. (.*?)(?=^\d\. |^#|\Z)", GUIDE)
}
NAMED = re.compile(r"\*\[([^\]]+)\]\*")


def lines_of(text: str) -> list[str]:
    return [name for names in NAMED.findall(text) for name in re.split(r",\s+", names)]


def test_each_step_names_the_line_that_turns_green_or_says_why_none_does() -> None:
    assert list(STEPS) == [*range(1, 10)]
    for number, step in STEPS.items():
        assert lines_of(step), number


def test_the_guide_names_no_line_that_there_is_not() -> None:
    titles = {check.title for checks in CHECKS.values() for check in checks}
    named = lines_of(GUIDE)
    assert {name for name in named if not name.startswith("none: ")} <= titles
    assert sum(name.startswith("none: ") for name in named) == 1  # the redirect URL
