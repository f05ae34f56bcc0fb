from datetime import timedelta

import pytest

from backoffice.ages import age, span, time_since


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


@pytest.mark.no_database
@pytest.mark.parametrize(
    ("seconds", "said", "in_a_sentence"),
    [
        (-5, "just now", "just now"),  # the other computer's clock is ahead
        (0, "just now", "just now"),
        (59.9, "just now", "just now"),
        (60, "1 min", "1 min ago"),
        (6000, "1 h 40 min", "1 h 40 min ago"),
    ],
)
def test_what_has_just_been_is_not_said_to_be_no_minutes_old(
    seconds: float, said: str, in_a_sentence: str
) -> None:
    length = timedelta(seconds=seconds)
    assert (age(length), time_since(length)) == (said, in_a_sentence)
