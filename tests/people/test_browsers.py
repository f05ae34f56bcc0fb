"""Browsers: what they are called, and how they say that nobody sits there."""

from pathlib import Path

import pytest
from django.conf import settings

from people.sessions import browsers
from tests.people.conftest import CHROME, SAFARI

pytestmark = pytest.mark.no_database


@pytest.mark.parametrize(
    ("agent", "said"),
    [
        (CHROME, "Chrome on Windows"),
        (f"Mozilla/5.0 (iPhone; CPU iPhone OS 17_5) {SAFARI.format(' Mobile/1')}", "Safari on iOS"),
        (f"Mozilla/5.0 (Macintosh; Intel Mac OS X 10) {SAFARI.format('')}", "Safari on macOS"),
        (
            "Mozilla/5.0 (X11; Linux x86_64; rv:109.0) Gecko/20100101 Firefox/117.0",
            "Firefox on Linux",
        ),
        ("curl/8.1", "curl"),
        ("", browsers.UNKNOWN),
        ("(" * 100_000, browsers.UNKNOWN),
    ],
)
def test_browsers_are_said_in_words(agent: str, said: str) -> None:
    assert browsers.describe(agent) == said


def test_the_scripts_that_ask_by_themselves_say_so() -> None:
    folder = Path(settings.BASE_DIR) / "conversations/static/conversations"
    for name in ("live", "rows", "composer", "connection", "page"):
        assert "X-Unattended" in (folder / f"{name}.js").read_text(), name
