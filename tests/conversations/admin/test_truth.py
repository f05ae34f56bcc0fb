"""What lists, the first page and buttons say is what is so."""

from datetime import timedelta
from typing import Any

import pytest
from django.db.models import F
from django.test import Client
from django.utils import timezone

from conversations import waiting
from conversations.models import Account, Conversation, Message, Origin, State, Verdict
from tests.support.talks import ALL, LIST, ask, make_conversation, say
from workqueue.snapshot import Snapshot

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)


@pytest.fixture
def staff(admin_client: Client) -> Client:
    return admin_client


@pytest.fixture
def talk() -> Conversation:
    return make_conversation("maria", last_inbound_at=timezone.now())


def shown(staff: Client, path: str) -> str:
    return staff.get(path).content.decode()


def pause_account(kind: Account.Pause, lasts: timedelta) -> None:
    now = timezone.now()
    Account.objects.update(
        pause=kind, paused_until=now + lasts, struck_at=now - 5 * MINUTE,
        pause_reason="Instagram does not accept our login.",
    )  # fmt: skip


@pytest.mark.parametrize("state", [State.QUEUED, State.SENDING])
def test_the_first_page_counts_what_has_not_left(
    staff: Client, talk: Conversation, state: State
) -> None:
    reply = say(talk, state=state, origin=Origin.STAFF)
    assert "Nothing waiting to be sent." in shown(staff, "/admin/")
    Message.objects.filter(pk=reply.pk).update(created_at=timezone.now() - 2 * MINUTE)
    page = shown(staff, "/admin/")
    assert "1 message waiting for more than a minute" in page
    assert "Nothing waiting" not in page


@pytest.mark.parametrize(
    ("state", "chip", "other"),
    [(State.FAILED, ">failed<", ">not confirmed<"), (State.UNKNOWN, ">not confirmed<", ">failed<")],
)
def test_what_was_not_confirmed_is_not_called_failed(
    staff: Client, talk: Conversation, state: State, chip: str, other: str
) -> None:
    say(talk, state=state)
    page = shown(staff, ALL)
    assert chip in page
    assert other not in page


@pytest.mark.parametrize("verdict", [Verdict.FALLBACK, Verdict.NO_ANSWER, Verdict.TOO_OLD])
def test_a_customer_without_an_answer_is_not_called_answered(
    staff: Client, talk: Conversation, verdict: Verdict
) -> None:
    ask(talk, verdict=Verdict.ANSWERED)
    Conversation.objects.update(last_inbound_at=timezone.now())
    assert "bot answers" in shown(staff, ALL)
    last = ask(talk, verdict=verdict)
    waiting.recount(talk.pk)
    pages = (ALL, f"{LIST}{talk.pk}/change/")
    for path in pages:
        assert "bot answers" not in shown(staff, path), "they wait"
    waiting.done(talk.pk, last.pk, timezone.now())
    for path in pages:
        page = shown(staff, path)
        assert "not answered" in page
        assert "bot answers" not in page


@pytest.mark.parametrize(
    ("of_talk", "of_account"),
    [
        ({"last_inbound_at": timedelta(hours=40)}, {}),
        ({"last_inbound_at": None}, {}),
        ({}, {"bot_off_by": "olga"}),
        ({}, {"active": False}),
    ],
    ids=["window closed", "only comments", "bot off", "disconnected"],
)
def test_the_bot_is_not_said_to_answer_where_it_does_not(
    staff: Client, talk: Conversation, of_talk: dict[str, timedelta | None],
    of_account: dict[str, Any],
) -> None:  # fmt: skip
    ask(talk, verdict=Verdict.ANSWERED)
    Conversation.objects.update(last_inbound_at=timezone.now())
    assert "bot answers" in shown(staff, ALL)
    ago = {name: by and timezone.now() - by for name, by in of_talk.items()}
    Conversation.objects.filter(pk=talk.pk).update(**ago, version=F("version") + 1)
    Account.objects.filter(pk=talk.account_id).update(**of_account)
    Snapshot.forget_everything()
    assert "bot answers" not in shown(staff, ALL)


def test_a_customer_whom_a_person_has_answered_is_not_called_unanswered(
    staff: Client, talk: Conversation
) -> None:
    ask(talk, verdict=Verdict.FALLBACK)
    say(talk, origin=Origin.STAFF, staff="anna", state=State.SENT)
    waiting.recount(talk.pk)
    for path in (ALL, f"{LIST}{talk.pk}/change/"):
        page = shown(staff, path)
        assert "not answered" not in page
        assert "waits" not in page


def test_a_resend_says_that_it_waits_while_the_account_cannot_send(
    staff: Client, talk: Conversation
) -> None:
    reply = say(talk, state=State.FAILED, origin=Origin.STAFF, staff="anna")
    again = f"{LIST}message/{reply.pk}/again/"
    pause_account(Account.Pause.BROKEN, timedelta(days=1))
    page = staff.post(again, follow=True).content.decode()
    assert "1 message queued to send again as soon as sending goes on." in page
    assert "We try again every minute." in page


@pytest.mark.parametrize("kind", [Account.Pause.BROKEN, Account.Pause.UNREACHABLE])
def test_what_is_asked_again_in_a_minute_does_not_rest_until_tomorrow(
    staff: Client, talk: Conversation, kind: Account.Pause
) -> None:
    say(talk, state=State.QUEUED)
    pause_account(kind, timedelta(days=1))
    for path in ("/admin/", "/admin/conversations/account/", f"{LIST}{talk.pk}/change/"):
        assert "paused until" not in shown(staff, path)
    thread = shown(staff, f"{LIST}{talk.pk}/change/")
    assert "Sending paused since" in thread
    assert "We try again every minute." in thread


def test_a_throttle_says_until_when(staff: Client, talk: Conversation) -> None:
    pause_account(Account.Pause.THROTTLED, timedelta(minutes=20))
    assert "Sending paused until" in shown(staff, f"{LIST}{talk.pk}/change/")
