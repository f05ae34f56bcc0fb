"""docs/security.md: each of its rows has a test, and each test that it names is there."""

import ast
import re
from collections.abc import Iterator
from functools import cache

import pytest

from tests.support.service import ROOT

pytestmark = pytest.mark.no_database

TEXT = (ROOT / "docs/security.md").read_text()
NAMED = re.compile(r"`(tests/\S+\.py)::(test_\w+)`")
ATTACKERS = (
    "A stranger",
    "A customer",
    "A colleague with fewer rights",
    "Who holds an API token",
    "Who reads a leaked log or backup",
    "Who says they are Meta",
)
ASSETS = {"messages", "tokens", "people", "the bot's word", "the door", "the audit log"}


@cache
def names_in(file: str) -> frozenset[str]:
    path = ROOT / file
    if not path.is_file():
        return frozenset()
    nodes = ast.walk(ast.parse(path.read_text()))
    return frozenset(one.name for one in nodes if isinstance(one, ast.FunctionDef))


def rows(attacker: str) -> Iterator[list[str]]:
    """The rows of the table under a heading, without its head."""
    _, _, section = TEXT.partition(f"\n## {attacker}\n")
    for line in section.partition("\n## ")[0].splitlines():
        if line.startswith("| ") and not line.startswith("| of |"):
            yield [cell.strip() for cell in line.strip("|").split("|")]


@pytest.mark.parametrize("attacker", ATTACKERS)
def test_each_row_has_its_test(attacker: str) -> None:
    found = [*rows(attacker)]
    assert len(found) > 3
    assert {row[0] for row in found} <= ASSETS
    assert [row for row in found if len(row) != 4 or not NAMED.search(row[3])] == []


def test_each_asset_is_thought_of() -> None:
    assert {row[0] for attacker in ATTACKERS for row in rows(attacker)} == ASSETS


def test_each_test_that_is_named_is_there() -> None:
    named = {(file, name) for file, name in NAMED.findall(TEXT)}
    assert len(named) > 80
    missing = sorted((file, name) for file, name in named if name not in names_in(file))
    assert missing == []
