"""Times on pages: no template has a format of its own."""

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.template import engines
from django.utils import timezone

ROOT = Path(__file__).resolve().parents[2]
TEMPLATES = sorted(ROOT.glob("*/templates/**/*.html"))
# Django's own ways to write a moment as a template pleases.
OWN_FORMAT = re.compile(r"\|\s*(date|time|timesince|timeuntil|naturaltime)\b|{%\s*now\b")
MOMENT = datetime(2024, 11, 28, 4, 14, 9, tzinfo=UTC)


@pytest.mark.no_database
@pytest.mark.parametrize("page", TEMPLATES, ids=lambda path: path.name)
def test_no_template_has_a_format_of_its_own(page: Path) -> None:
    found = OWN_FORMAT.search(page.read_text())
    assert found is None, f"{found and found[0]}: use the filters of moments"


@pytest.mark.no_database
def test_all_templates_are_looked_at() -> None:
    assert len(TEMPLATES) > 80


@pytest.mark.no_database
@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("stamp", "28 Nov 2024, 04:14"),
        ("stamped", ">28 Nov 2024, 04:14</time>"),
        ("stamped_to_the_second", ">28 Nov 2024, 04:14:09</time>"),
        ("clocked", ">04:14</time>"),
        ("precisely", "2024-11-28 04:14:09 UTC"),
        ("iso", "2024-11-28T04:14:09+00:00"),
        ("day", "28 Nov 2024"),
        ("day_heading", "Thursday, 28 November 2024"),
    ],
)
def test_a_moment_reads_the_same_everywhere(said: str, expected: str) -> None:
    page = engines["django"].from_string("{% load moments %}{{ moment|" + said + " }}")
    with timezone.override(UTC):
        assert page.render({"moment": MOMENT}).endswith(expected)
        assert page.render({"moment": None}) == ""
