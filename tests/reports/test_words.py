"""Numbers as staff read them: tables to be extended."""

import pytest

from reports import words

pytestmark = pytest.mark.no_database


@pytest.mark.parametrize(
    ("now", "before", "says"),
    [
        (112, 100, "+12 %"),
        (88, 100, "−12 %"),  # noqa: RUF001 - a minus
        (100, 100, ""),
        (0, 100, "−100 %"),  # noqa: RUF001 - a minus
        (398, 100, "+298 %"),
        (400, 100, "4 times"),
        (4600, 100, "46 times"),
        (250_000, 100, "2,500 times"),
        (5, 0, ""),
        (5, None, ""),
        (None, 5, ""),
    ],
)
def test_a_number_is_compared_with_the_one_before(
    now: float | None, before: float | None, says: str
) -> None:
    assert words.change(now, before) == says


@pytest.mark.parametrize(
    ("seconds", "says"),
    [
        (None, "–"),
        (0, "1 s"),
        (4.4, "4 s"),
        (99, "99 s"),
        (100, "2 min"),
        (59 * 60, "59 min"),
        (100 * 60, "1 h 40 min"),
        (11 * 3600 + 600, "11 h"),
        (48 * 3600, "2 d"),
        (60 * 3600, "2.5 d"),
    ],
)
def test_how_long_something_took_is_said_about(seconds: float | None, says: str) -> None:
    assert words.duration(seconds) == says


@pytest.mark.parametrize(
    ("now", "before", "says"),
    [(0.51, 0.5, "+1 point"), (0.4, 0.5, "−10 points"), (0.5, 0.5, ""), (None, 0.5, "")],  # noqa: RUF001 - a minus
)
def test_a_share_is_compared_in_points(now: float | None, before: float | None, says: str) -> None:
    assert words.points(now, before) == says
