"""However long a message is, and of whatever it is made, it is read at once."""

import signal
from collections.abc import Iterator
from types import FrameType

import pytest

from rules.matching.listener import MATCH_ANYTHING, Listener, MatchMode
from rules.matching.matcher import Matcher

pytestmark = pytest.mark.once

LENGTH = 40_000
# Read in a second at most. What grows with the square of the length takes half a minute.
LONGEST = 8  # seconds of this process, whatever else the machine does
KEYWORDS = (
    "XL",
    "AA",
    "1000",
    "37.5",
    "34-36",
    "e-mail",
    "return",
    "배송비",
    "ราคา",
    "توصيل",
    "מחיר",
)
UNITS = (
    "0", ",", ".", "'", "-", "A", "x", "é", "ß", "س", "و", "ב", "あ", "배", "เ", "ក", "ᄇ", "♂",
    "😀", "$", "1.", "1,", "1'", "1-", "0,000", "1 000 ", "a-", "a'", "-'", "a1", "1a", "aX1,",
    "a ", "ab", "n't ", "e\u0301", "\u0301", "\u200d", "\ufe0f", "😀\u200d", "เเ", "\u0e4d",
    "\u17d2\u179a", "\u17d2\u1780", "\u17d2\u179a\u17d2\u1780", "\u1039", "\u3131", "\n",
    "\u202e", "@a ", "http://a.b/ ",
)  # fmt: skip


@pytest.fixture
def hurry() -> Iterator[None]:
    def give_up(_signal: int, _frame: FrameType | None) -> None:
        raise TimeoutError(f"not read within {LONGEST} seconds")

    before = signal.signal(signal.SIGPROF, give_up)
    signal.setitimer(signal.ITIMER_PROF, LONGEST)
    yield
    signal.setitimer(signal.ITIMER_PROF, 0)
    signal.signal(signal.SIGPROF, before)


@pytest.fixture(scope="module")
def matcher() -> Matcher:
    modes = (m for m in MatchMode if m not in MATCH_ANYTHING and m != MatchMode.REGEX)
    return Matcher(
        Listener(10 * n + typos, 0, mode, keywords=KEYWORDS, never=("stop", "44"), typos=typos)
        for n, mode in enumerate(modes)
        for typos in range(3)
    )


@pytest.mark.usefixtures("hurry")
@pytest.mark.parametrize("unit", UNITS, ids=ascii)
def test_a_long_row_of_one_thing_is_read_at_once(matcher: Matcher, unit: str) -> None:
    matcher.find(unit * (LENGTH // len(unit)))
