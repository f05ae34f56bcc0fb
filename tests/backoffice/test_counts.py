import re
from pathlib import Path

import pytest

from backoffice.counts import counted
from tests.instabot.test_layers import files

pytestmark = [pytest.mark.no_database, pytest.mark.once]

ROOT = Path(__file__).resolve().parents[2]
BY_HAND = re.compile(
    r"""['"]e?s['"] if |['"]s? ?(were|are|have)['"] if |["']\s?1 [a-z ]+\.?["'] if """
)


@pytest.mark.parametrize(
    ("number", "one", "several", "said"),
    [
        (0, "message", "", "0 messages"),
        (1, "message", "", "1 message"),
        (2, "message", "", "2 messages"),
        (1_234_567, "message", "", "1,234,567 messages"),
        (1.0, "hour", "", "1 hour"),
        (1.5, "hour", "", "1.5 hours"),
        (24.0, "hour", "", "24 hours"),
        (1, "entry", "entries", "1 entry"),
        (3, "entry", "entries", "3 entries"),
        (1, "message was", "messages were", "1 message was"),
        (4, "message was", "messages were", "4 messages were"),
    ],
)
def test_a_number_is_said_with_its_noun(number: float, one: str, several: str, said: str) -> None:
    assert counted(number, one, several) == said


@pytest.mark.parametrize(
    "line",
    [
        "f\"{n} day{'s' if n > 1 else ''}\"",
        '"1 message" if count == 1 else f"{count} messages"',
        "f\"{n} worker{'s are' if n > 1 else ' is'}\"",
    ],
)
def test_a_plural_made_by_hand_is_recognised(line: str) -> None:
    assert BY_HAND.search(line)


def test_nobody_else_makes_a_plural() -> None:
    found = [file for file in files() if BY_HAND.search((ROOT / file).read_text())]
    assert found == []
