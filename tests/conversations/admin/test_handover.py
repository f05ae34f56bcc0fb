"""A conversation is given to somebody, put off, and the bot paused there: what the head offers."""

import re
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission, User
from django.test import Client
from django.utils import timezone

from conversations import bot_pause, waiting
from conversations.models import UNTIL_RESUMED, Conversation, Mention, Note, Verdict
from shop.models import Shop
from tests.support.clock import Clock
from tests.support.talks import LIST, ask, customers, make_conversation, page, queries, say, viewer
from workqueue.snapshot import Snapshot

pytestmark = pytest.mark.django_db

HOUR = timedelta(hours=1)


def colleague(name: str, full_name: str = "", **fields: Any) -> User:
    user = User.objects.create_user(name, first_name=full_name, is_staff=True, **fields)
    user.user_permissions.set(Permission.objects.filter(codename__endswith="_conversation"))
    return user


@pytest.fixture
def anna(staff: Client) -> User:
    return User.objects.get(username="anna")


@pytest.fixture
def ben() -> User:
    return colleague("ben", "Ben Gold")


def act(staff: Client, talk: Conversation, what: str, **data: Any) -> str:
    """Send a form of the head; return what the page shows then."""
    response = staff.post(f"{LIST}{talk.pk}/{what}/", data, follow=True)
    assert response.status_code == 200
    talk.refresh_from_db()
    return str(response.content.decode())


def history() -> list[str]:
    return [entry.get_change_message() for entry in LogEntry.objects.order_by("pk")]


# Hand over


def test_one_gives_it_to_oneself(staff: Client, talk: Conversation, anna: User) -> None:
    shown = act(staff, talk, "assign", to="me", had="")
    assert "Assigned to you." in shown
    assert talk.assignee == anna
    assert talk.assigned_at
    assert history() == ["Assigned to anna."]
    assert not Note.objects.exists()


def test_a_colleague_who_has_it_already_is_told_nothing_new(
    staff: Client, talk: Conversation, ben: User
) -> None:
    for token in ("first", "second"):
        act(staff, talk, "assign", to=ben.pk, had=talk.assignee_id or "", token=token)
    assert Note.objects.get().text == "Handed over to @ben."
    assert history() == ["Assigned to Ben Gold."]


def test_a_colleague_gets_it_with_a_note_and_is_told(
    staff: Client, talk: Conversation, ben: User
) -> None:
    shown = act(staff, talk, "assign", to=ben.pk, had="", note="She wants her money <back>")
    assert talk.assignee == ben
    assert "Assigned to Ben Gold." in shown
    note = Note.objects.get()
    assert note.text == "Handed over to @ben: She wants her money <back>"
    assert Mention.objects.get().user == ben
    assert "&lt;back&gt;" in shown
    assert "<back>" not in shown


def test_a_colleague_is_told_without_a_note_too(
    staff: Client, talk: Conversation, ben: User
) -> None:
    act(staff, talk, "assign", to=ben.pk, had="")
    assert Note.objects.get().text == "Handed over to @ben."
    assert Mention.objects.get().user == ben


def test_two_clicks_write_one_note(staff: Client, talk: Conversation, ben: User) -> None:
    for _ in range(2):
        act(staff, talk, "assign", to=ben.pk, had="", note="Please", token="same")
    assert Note.objects.count() == 1


def test_it_is_given_to_nobody(staff: Client, talk: Conversation, anna: User) -> None:
    act(staff, talk, "assign", to="me", had="")
    assert "Assigned to nobody." in act(staff, talk, "assign", to="nobody", had=anna.pk)
    assert talk.assignee is None


WITHOUT_RIGHTS: dict[str, dict[str, Any]] = {
    "who left": {"is_active": False},
    "who may not log in here": {"is_staff": False},
}


@pytest.mark.parametrize("case", [*WITHOUT_RIGHTS, "who may only read"])
def test_whoever_may_not_answer_keeps_what_they_have_and_gets_nothing(
    staff: Client, talk: Conversation, ben: User, case: str
) -> None:
    theirs = make_conversation("theirs", assignee=ben)
    if case in WITHOUT_RIGHTS:
        User.objects.filter(pk=ben.pk).update(**WITHOUT_RIGHTS[case])
    else:
        ben.user_permissions.remove(Permission.objects.get(codename="change_conversation"))
    shown = act(staff, talk, "assign", to=ben.pk, had="")
    assert "This person may not answer customers." in shown
    assert talk.assignee is None
    assert "Ben Gold" not in shown
    assert "Ben Gold" in page(staff, theirs)


def test_a_colleague_who_was_quicker_keeps_it_and_is_named_with_the_time(
    staff: Client, talk: Conversation, ben: User, anna: User
) -> None:
    waiting.assign(talk.pk, ben.pk, seen=None)
    shown = act(staff, talk, "assign", to="me", had="", note="I know her")
    assert talk.assignee == ben
    at = timezone.localtime(talk.assigned_at).strftime("%H:%M")
    assert f"This conversation was assigned to Ben Gold at {at}." in shown
    assert "Assign to me anyway" in shown
    assert 'value="I know her"' in shown
    assert "Assign to me anyway" in page(staff, talk)
    assert history() == []
    shown = act(staff, talk, "assign", to="me", anyway="on", note="I know her")
    assert talk.assignee == anna
    assert "anyway" not in shown
    assert Note.objects.get().text == "I know her"


def test_it_may_be_left_to_the_colleague(staff: Client, talk: Conversation, ben: User) -> None:
    waiting.assign(talk.pk, ben.pk, seen=None)
    act(staff, talk, "assign", to="me", had="")
    assert "anyway" not in act(staff, talk, "assign", to="leave")
    assert talk.assignee == ben


def test_a_conflict_is_over_when_it_is_somebody_elses_again(
    staff: Client, talk: Conversation, ben: User
) -> None:
    waiting.assign(talk.pk, ben.pk, seen=None)
    act(staff, talk, "assign", to="me", had="")
    waiting.assign(talk.pk, None, seen=ben.pk)
    assert "anyway" not in page(staff, talk)


@pytest.mark.parametrize(
    ("had", "has", "gets"),
    [
        ("", "", "anna"),
        ("", "ben", "ben"),
        ("ben", "ben", "anna"),
        ("ben", "kim", "kim"),
        ("ben", "", "anna"),
        ("kim", "anna", "anna"),
    ],
)
def test_it_is_given_only_if_it_is_still_whose_the_page_showed(
    staff: Client, talk: Conversation, had: str, has: str, gets: str
) -> None:
    people = {user.username: user for user in User.objects.all()}
    people |= {name: colleague(name) for name in ("ben", "kim")}
    Conversation.objects.update(assignee=people.get(has))
    act(staff, talk, "assign", to="me", had=people[had].pk if had else "")
    assert talk.assignee == people[gets]


def test_only_who_may_change_conversations_gives_them(
    client: Client, talk: Conversation, ben: User
) -> None:
    reader = viewer(client, "view_conversation")
    for what in ("assign", "put-off", "pause"):
        assert reader.post(f"{LIST}{talk.pk}/{what}/", {"to": ben.pk}).status_code == 403
        assert reader.get(f"{LIST}{talk.pk}/{what}/").status_code == 405


# Mine, until it is done


def mine(staff: Client) -> list[str]:
    shown = staff.get(f"{LIST}?tab=mine").context["cl"]
    tab = next(part for part in shown.parts if part.title == "Mine")
    found = customers(shown)
    assert tab.count == len(found)
    return found


def test_what_is_done_leaves_mine_and_is_back_when_the_customer_waits_again(
    staff: Client, talk: Conversation, anna: User, ben: User
) -> None:
    first = ask(talk)
    waiting.recount(talk.pk)
    act(staff, talk, "assign", to="me", had="")
    assert mine(staff) == ["maria"]
    act(staff, talk, "change", seen=first.pk)
    assert mine(staff) == []
    assert talk.assignee == anna
    ask(talk)
    waiting.recount(talk.pk)
    assert mine(staff) == ["maria"]


REOPENS: dict[str, dict[str, Any]] = {
    "put off": {"what": "put-off", "until": "hours"},
    "given again": {"what": "assign", "to": "me"},
}


@pytest.mark.parametrize("case", REOPENS)
def test_what_was_done_is_mine_again(
    staff: Client, talk: Conversation, anna: User, case: str
) -> None:
    Conversation.objects.update(assignee=anna, closed_at=timezone.now())
    assert mine(staff) == []
    act(staff, talk, had=anna.pk, **REOPENS[case])
    assert mine(staff) == ["maria"]


def test_what_is_mine_and_quiet_can_be_done(staff: Client, talk: Conversation, anna: User) -> None:
    Conversation.objects.update(assignee=anna)
    assert "data-done" in page(staff, talk)
    act(staff, talk, "change")
    assert mine(staff) == []
    assert "data-done" not in page(staff, talk)


def test_done_says_so_where_the_customer_wrote_meanwhile(
    staff: Client, talk: Conversation, anna: User
) -> None:
    first = ask(talk)
    ask(talk, "hello?")
    bot_pause.pause_by_rule(talk, "rule Human", 5, timezone.now())
    waiting.recount(talk.pk)
    shown = act(staff, talk, "change", seen=first.pk)
    assert "The customer has written in the meantime and is still waiting." in shown
    assert talk.waiting_since
    assert talk.bot_is_paused(timezone.now())


def test_done_in_the_list_counts_what_came_late_and_is_older(
    staff: Client, talk: Conversation
) -> None:
    now = timezone.now()
    ask(talk, at=now)
    late = ask(talk, "before that", at=now - HOUR)
    waiting.recount(talk.pk)
    shown = staff.get(LIST).content.decode()
    assert re.search(rf'name="seen-{talk.pk}"\s+value="{late.pk}"', shown)


def test_a_note_is_asked_for_only_where_there_is_a_colleague(
    staff: Client, talk: Conversation, ben: User
) -> None:
    assert "Note for the colleague" in page(staff, talk)
    ben.delete()
    shown = page(staff, talk)
    assert "Note for the colleague" not in shown
    assert "To me" in shown


# Put off


def test_it_is_put_off_and_taken_back(staff: Client, talk: Conversation) -> None:
    ask(talk)
    waiting.recount(talk.pk)
    shown = act(staff, talk, "put-off", until="hours")
    assert talk.put_off_until
    assert timedelta() <= timezone.now() + 3 * HOUR - talk.put_off_until < HOUR
    assert "back_form" in shown
    shown = act(staff, talk, "put-off", until="back")
    assert talk.put_off_until is None
    assert "back_form" not in shown
    assert [said.split(" until")[0] for said in history()] == ["Put off", "Back in the queue."]


def test_a_time_of_ones_own_is_by_the_shops_clock(
    staff: Client, talk: Conversation, time_passes: Clock
) -> None:
    Shop.objects.update_or_create(pk=1, defaults={"name": "Shop", "time_zone": "Asia/Tokyo"})
    Snapshot.forget_everything()
    day = (timezone.now() + timedelta(days=3)).date()
    act(staff, talk, "put-off", until="own", at=f"{day}T08:30")
    assert talk.put_off_until == datetime.fromisoformat(f"{day}T08:30+09:00")


@pytest.mark.parametrize(
    ("at", "said"),
    [
        ("", "Choose a date and time."),
        ("tomorrow", "Choose a date and time."),
        ("2020-01-01T09:00", "Choose a time in the future, within a year."),
        ("9999-12-31T23:59", "Choose a time in the future, within a year."),
        ("0001-01-01T00:00", "Choose a time in the future, within a year."),
        ("2026-12-01T09:00+25:00", "Choose a date and time."),
    ],
)
def test_a_time_that_is_none_is_refused(
    staff: Client, talk: Conversation, at: str, said: str
) -> None:
    assert said in act(staff, talk, "put-off", until="own", at=at)
    assert talk.put_off_until is None


# Pause


@pytest.mark.parametrize(
    ("length", "minutes"), [("half_hour", 30), ("three_hours", 180), ("", 12 * 60)]
)
def test_the_bot_is_paused_for_as_long_as_one_says(
    staff: Client, talk: Conversation, length: str, minutes: int
) -> None:
    shown = act(staff, talk, "pause", **{"for": length})
    assert talk.bot_paused_until
    left = (talk.bot_paused_until - timezone.now()).total_seconds() / 60
    assert minutes - 1 < left <= minutes
    assert "data-countdown" in shown
    assert "by Anna" in shown or "by anna" in shown
    assert "Resume now" in shown


YEAR_9999 = re.compile(r"\b9999\b")  # a token may have these digits


def test_the_bot_is_paused_until_somebody_resumes_it(staff: Client, talk: Conversation) -> None:
    shown = act(staff, talk, "pause", **{"for": "until_resumed"})
    assert talk.bot_paused_until == UNTIL_RESUMED
    assert "Bot paused until someone resumes it." in shown
    assert "Bot paused until someone resumes it," in shown
    assert not YEAR_9999.search(shown)
    listed = staff.get(f"{LIST}?tab=all").content.decode()
    assert "bot paused" in listed
    assert not YEAR_9999.search(listed)
    act(staff, talk, "resume")
    assert talk.bot_paused_until is None


def test_a_shorter_pause_says_that_a_longer_one_stays(staff: Client, talk: Conversation) -> None:
    bot_pause.pause(talk.pk, "ben", UNTIL_RESUMED)
    shown = act(staff, talk, "pause", **{"for": "half_hour"})
    assert "The bot is already paused until someone resumes it, by ben." in shown
    assert history() == []


def test_more_colleagues_cost_no_query(staff: Client, talk: Conversation) -> None:
    ask(talk, verdict=Verdict.PAUSED)
    say(talk)
    before = queries(lambda: page(staff, talk))
    for number in range(5):
        colleague(f"kim{number}")
    assert queries(lambda: page(staff, talk)) == before


@pytest.mark.parametrize(
    ("what", "fields", "says"),
    [
        ("resume", {}, "The bot was not paused."),
        ("opt-in", {}, "The customer had not opted out."),
        ("put-off", {"until": "back"}, "It was not put off."),
    ],
)
def test_a_button_of_a_page_that_is_old_claims_nothing(
    staff: Client, talk: Conversation, what: str, fields: dict[str, str], says: str
) -> None:
    assert says in act(staff, talk, what, **fields)
    assert not LogEntry.objects.exists()
