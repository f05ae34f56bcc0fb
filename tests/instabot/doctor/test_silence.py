"""The doctor's line about a silence."""

from datetime import timedelta

import pytest
from django.utils import timezone

from conversations.models import FIRST, SilenceWatch
from conversations.silence import watch
from instabot.doctor.findings import Finding, State
from tests.instabot.doctor.faults import DAY, HOUR, MINUTE, Patient, ago, connects, found
from tests.support.clock import Clock, move_to
from tests.support.talks import ask, make_conversation
from tests.support.weeks import remember

pytestmark = [pytest.mark.django_db, pytest.mark.once]

Answer = SilenceWatch.Answer


@pytest.fixture(autouse=True)
def _weeks(patient: Patient, time_passes: Clock) -> None:
    """It is about noon, and two customers begin to write each hour from 8 to 20."""
    move_to(12, time_passes)
    connects(patient)
    remember()
    watch.tend()


def is_silent(length: timedelta, answer: str = "", **columns: object) -> Finding:
    """The last message came so long ago, and this is what Instagram said of it since."""
    at = ask(make_conversation("maria"), at=ago(length)).at
    began = {"watched_since": ago(60 * DAY), "silent_since": at, "answer": answer}
    SilenceWatch.objects.update(**began | columns)
    [line] = found("silence")
    return line


def test_a_pause_is_usual_and_says_how_many_were_expected() -> None:
    line = is_silent(70 * MINUTE)
    assert line.state == State.OK
    assert line.says == (
        "The last message came 1 h 10 min ago. By the week's pattern, 2 customers would have begun"
        " to write since: normal."
    )


@pytest.mark.parametrize(
    ("length", "answer", "columns", "state", "words"),
    [
        (3 * HOUR, "", {}, State.OK, "Instagram is asked"),
        (3 * HOUR, Answer.NOTHING, {}, State.OK, "a quiet day"),
        (3 * DAY, Answer.NOTHING, {}, State.OK, "a quiet day"),
        (3 * HOUR, Answer.WAITING, {}, State.WARNING, "no worker has read yet"),
        (3 * HOUR, Answer.UNREAD, {"problem": "No."}, State.WARNING, "could not be read: No."),
        (3 * DAY, Answer.UNREAD, {"problem": "No."}, State.WRONG, "could not be read: No."),
        (3 * HOUR, Answer.LOST, {"lost": 3}, State.WRONG, "3 messages are in the Instagram inbox"),
    ],
)
def test_a_silence_is_said_with_what_instagram_says_of_it(
    length: timedelta, answer: str, columns: dict[str, object], state: State, words: str
) -> None:
    line = is_silent(length, answer, **columns)
    assert line.state == state
    assert words in line.says
    assert bool(line.next_step) == (state != State.OK)


def test_whoever_was_away_says_since_when_it_counts() -> None:
    line = is_silent(9 * HOUR, watched_since=timezone.now() - 30 * MINUTE)
    assert line.state == State.OK
    assert line.says.startswith("The last message came 9 h ago. It is watched since ")


def test_before_the_week_is_known_the_last_message_alone_is_said() -> None:
    SilenceWatch.objects.filter(pk=FIRST).delete()
    [line] = found("silence")
    assert line.state == State.OK
    assert line.says.startswith("No message has come yet. How often customers write is learned")
