from datetime import timedelta

import pytest

from backoffice.ages import span


@pytest.mark.no_database
@pytest.mark.parametrize(
    ("minutes", "said"),
    [
        (-5, "0 min"),
        (0, "0 min"),
        (59.9, "59 min"),
        (60, "1 h"),
        (61, "1 h 01 min"),
        (100, "1 h 40 min"),
        (120, "2 h"),
        (47 * 60 + 59, "47 h"),
        (48 * 60, "2 d"),
        (30 * 24 * 60, "30 d"),
    ],
)
def test_a_length_of_time_is_said_in_few_characters(minutes: float, said: str) -> None:
    assert span(timedelta(minutes=minutes)) == said
