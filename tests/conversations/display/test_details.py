"""What engineers ask of a message, fetched when somebody opens it."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone

from conversations.display import details
from conversations.models import Attempt, Conversation, State
from tests.support.talks import LIST, make_conversation, page, say

pytestmark = [pytest.mark.django_db, pytest.mark.once]

MINUTE = timedelta(minutes=1)


@pytest.fixture
def talk() -> Conversation:
    return make_conversation("maria", last_inbound_at=timezone.now())


def open_details(client: Client, message: int) -> tuple[int, str]:
    response = client.get(f"{LIST}message/{message}/details/")
    return response.status_code, response.content.decode()


def test_numbers_and_calls_are_fetched_and_not_in_the_thread(
    staff: Client, talk: Conversation
) -> None:
    message = say(talk, state=State.FAILED)
    Attempt.objects.create(
        message=message, started_at=timezone.now(), milliseconds=188, outcome="Permanent",
        http_status=400, code=10, subcode=2018108, trace_id="trace-1",
    )  # fmt: skip
    Attempt.objects.create(message=message, started_at=timezone.now())
    assert "trace-1" not in page(staff, talk)
    status, shown = open_details(staff, message.pk)
    assert status == 200
    assert "2 calls to Instagram" in shown
    for words in (str(message.pk), "188 ms", "400", "2018108", "trace-1", "in progress"):
        assert words in shown


@pytest.mark.parametrize(
    ("calls", "shown"), [(0, []), (1, [0]), (4, [0, 1, 2, 3]), (5, [0, 1, 2, 4]), (9, [0, 1, 2, 8])]
)
def test_of_many_calls_the_first_and_the_last_are_shown(
    talk: Conversation, calls: int, shown: list[int]
) -> None:
    message, now = say(talk, state=State.FAILED), timezone.now()
    for n in range(calls):
        Attempt.objects.create(message=message, started_at=now + n * MINUTE, outcome="NotSent")
    found = details.read(message)
    assert [(one.started_at - now) // MINUTE for one in found.attempts] == shown
    assert (found.calls, found.left_out) == (calls, calls - len(shown))


@pytest.mark.parametrize("asked", [0, 12345, 99999999999999999999])
def test_no_message_has_no_details(staff: Client, asked: int) -> None:
    assert open_details(staff, asked)[0] == 404


def test_who_may_see_no_conversations_sees_no_details(client: Client, talk: Conversation) -> None:
    message = say(talk)
    assert open_details(client, message.pk)[0] == 302
    client.force_login(User.objects.create_user("nobody", is_staff=True))
    assert open_details(client, message.pk)[0] == 403
