"""The first page: what needs somebody, today's figures, and whether everything runs."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone

from conversations.models import (
    FIRST,
    Account,
    Conversation,
    Mention,
    Note,
    Origin,
    State,
    Verdict,
    Worker,
)
from rules.models import ResponseRule
from tests.support.clock import Clock, move_to
from tests.support.talks import LIST, ask, make_conversation, queries, say, viewer
from webhooks.models import WebhookEvent

pytestmark = pytest.mark.django_db

HOME = "/admin/"
HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)


def shown(client: Client, address: str = "") -> str:
    return " ".join(client.get(f"{HOME}{address}").content.decode().split())


def facts(client: Client, address: str = "") -> dict[str, str]:
    """What there is to do, and where that opens."""
    return {fact.text: fact.link for fact in client.get(f"{HOME}{address}").context["to_do"]}


def waits(minutes: int = 90, **fields: Any) -> Conversation:
    now = timezone.now()
    since = now - minutes * MINUTE
    talk = make_conversation("maria", waiting_since=since, last_inbound_at=now, **fields)
    ask(talk, at=now - minutes * MINUTE)
    return talk


def is_mine() -> None:
    make_conversation("mine", assignee=User.objects.get(username="anna"))


def closes_soon() -> None:
    at = timezone.now() - 23 * HOUR
    make_conversation("soon", waiting_since=at, last_inbound_at=at)


def failed() -> None:
    say(make_conversation("failed"), state=State.FAILED)


def is_late() -> None:
    ask(make_conversation("late"), verdict=Verdict.TOO_OLD)


def is_stuck() -> None:
    at = timezone.now() - 2 * MINUTE
    say(make_conversation("stuck"), state=State.QUEUED, created_at=at, origin=Origin.STAFF)


def event_failed() -> None:
    WebhookEvent.objects.create(body=b"", state=WebhookEvent.State.FAILED)


def is_mentioned() -> None:
    note = Note.objects.create(conversation=make_conversation("noted"), text="See here")
    Mention.objects.create(note=note, user=User.objects.get(username="anna"))


@pytest.mark.parametrize(
    ("happens", "says"),
    [
        (waits, "1 customer waiting"),
        (is_mine, "1 open conversation assigned to you"),
        (closes_soon, "1 conversation closing soon"),
        (failed, "1 customer did not get a message"),
        (is_late, "1 customer wrote too late for the bot, or while it was off"),
        (is_stuck, "1 message waiting for more than a minute to be sent"),
        (event_failed, "1 event failed"),
        (is_mentioned, "1 note for you"),
        (lambda: ask(make_conversation("asked")), "1 message no rule answered (7 days)"),
    ],
)
def test_what_needs_somebody_is_said_and_opens_its_list(
    staff: Client, happens: Callable[[], Any], says: str
) -> None:
    assert says not in facts(staff)
    happens()
    link = facts(staff)[says]
    assert f'href="{link}"' in shown(staff)
    assert staff.get(link).status_code == 200


def test_what_is_urgent_stands_first(staff: Client) -> None:
    is_mine()
    ask(make_conversation("asked"))
    event_failed()
    waits()
    found = [fact.urgent for fact in staff.get(HOME).context["to_do"]]
    assert found == sorted(found, reverse=True)
    assert True in found


def test_the_longest_wait_is_said(staff: Client) -> None:
    waits(minutes=90)
    assert "The longest for 1 h 30" in shown(staff)


def test_what_is_well_is_said_only_of_what_there_is(staff: Client) -> None:
    calm = ("No one is waiting.", "No failed messages", "No missed messages.", "Nothing waiting",
            "No unanswered messages")  # fmt: skip
    page = shown(staff)
    assert "No messages yet. They appear here when a customer writes." in page
    assert not [words for words in calm if words in page]
    ask(make_conversation("maria"), verdict=Verdict.ANSWERED)
    page = shown(staff)
    assert "No messages yet" not in page
    assert [words for words in calm if words not in page] == []


def test_no_rule_is_no_calm_thing(staff: Client) -> None:
    assert "No rules active" in facts(staff)
    ResponseRule.objects.create(name="Price", order=1, keywords="price", reply="Ten euros.")
    assert "No rules active" not in facts(staff)


def test_the_figures_of_today_stand_beside_those_before(staff: Client) -> None:
    talk, now = make_conversation("maria"), timezone.now()
    ask(talk, at=now, verdict=Verdict.ANSWERED)
    for days in (1, 1, 9):
        ask(talk, at=now - days * 24 * HOUR, verdict=Verdict.ANSWERED)
    page = shown(staff)
    assert "No one is waiting." in page
    assert "Yesterday 2" in page or "Yesterday 0" in page  # no worker has counted yet


def test_a_figure_of_today_opens_the_list_of_who_is_behind_it(
    client: Client, staff: Client
) -> None:
    ask(make_conversation("maria", waiting_since=timezone.now()), at=timezone.now())
    rows = staff.get(HOME).context["rows"]
    lists = {day.name: link for day, _, link in rows if link}
    assert list(lists) == ["Messages in", "Not answered"]
    for link in lists.values():
        assert f'<a href="{link.replace("&", "&amp;")}">' in shown(staff)
        assert staff.get(link).context["cl"].queryset.count() == 1
    assert not any(link for *_, link in viewer(client, "view_reports").get(HOME).context["rows"])


def test_figures_are_for_those_who_may_see_them(client: Client) -> None:
    ask(make_conversation("maria"))
    person = viewer(client, "view_conversation")
    assert "Messages in" not in shown(person)
    assert "1 message no rule answered" in shown(person)


def test_who_may_see_nothing_is_told_so(client: Client) -> None:
    assert "You don't have access to anything yet." in shown(viewer(client)).replace("&#x27;", "'")


@pytest.mark.parametrize(
    ("ago", "says"),
    [
        (None, "never seen: nothing is answered"),
        (4 * timedelta(seconds=1), "last sign 4 s ago"),
        (5 * MINUTE, "not seen for 5 min: nothing is answered"),
    ],
)
@pytest.mark.usefixtures("time_stands")
def test_a_dead_worker_is_seen(staff: Client, ago: timedelta | None, says: str) -> None:
    if ago is not None:
        Worker.objects.create(name="one", seen_at=timezone.now() - ago)
    assert says in shown(staff)


def test_the_service_says_when_it_last_heard_of_instagram(staff: Client) -> None:
    page = shown(staff)
    for words in ("none yet", "not connected yet", "nothing waits"):
        assert words in page
    now = timezone.now()
    event = WebhookEvent.objects.create(body=b"", due_at=now - 3 * MINUTE)
    WebhookEvent.objects.filter(pk=event.pk).update(received_at=now - 3 * MINUTE)
    Account.objects.ours()
    page = shown(staff)
    for words in ("3 min ago", "the oldest waits for 3 min", "our account: login not used yet"):
        assert words in page


@pytest.mark.parametrize(
    ("fields", "says", "tone"),
    [
        ({}, "login accepted", "good"),
        ({"token_ends_at": 54 * 24 * HOUR + HOUR}, "login accepted, ends in 54 days", "good"),
        ({"token_ends_at": 25 * HOUR}, "login accepted, ends in 1 day", "warn"),
        ({"token_ends_at": -HOUR}, "the login has ended: nothing is sent", "bad"),
        ({"renewal_problem": "No answer."}, "login accepted, but not renewed: No answer.", "warn"),
        ({"active": False}, "disconnected", "calm"),
    ],
)
def test_what_meta_says_of_the_login_is_said(
    staff: Client, fields: dict[str, Any], says: str, tone: str
) -> None:
    if "token_ends_at" in fields:
        fields = {"token_ends_at": timezone.now() + fields["token_ends_at"]}
    known = {"instagram_id": "17", "username": "shop", "token": "sealed"}
    Account.objects.filter(pk=Account.objects.ours().pk).update(**known, **fields)
    (sign,) = (one for one in staff.get(HOME).context["signs"] if one.name == "Instagram")
    assert (sign.text, sign.tone) == (f"@shop: {says}", tone)


def test_a_refused_login_is_said(staff: Client) -> None:
    account, now = Account.objects.ours(), timezone.now()
    Account.objects.filter(pk=account.pk).update(
        pause=Account.Pause.BROKEN, paused_until=now + HOUR, struck_at=now,
        pause_reason="Instagram does not accept our login.",
    )  # fmt: skip
    page = shown(staff)
    assert "Instagram does not accept our login. We try again every minute." in page


def test_more_of_everything_costs_no_query(staff: Client, time_passes: Clock) -> None:
    move_to(12, time_passes)  # yesterday is counted by six more, where anything was said in it
    waits()
    few = queries(lambda: staff.get(HOME))
    for number in range(10):
        talk = make_conversation(f"c{number}", waiting_since=timezone.now())
        ask(talk)
        say(talk, state=State.FAILED)
    assert queries(lambda: staff.get(HOME)) <= few + 2


# Of one account


@pytest.fixture
def two(time_passes: Clock) -> Account:
    """The second of two accounts; to each a customer has written today, who waits."""
    move_to(12, time_passes)
    Account.objects.ours()
    Account.objects.filter(pk=FIRST).update(instagram_id="71", username="first")
    second = Account.objects.create(instagram_id="72", username="second")
    waits(30)
    waits(90, account=second)
    return second


def test_one_account_is_not_chosen(staff: Client) -> None:
    waits()
    for address in ("", "?account=nobody"):
        assert "<select" not in shown(staff, address)


def test_all_accounts_are_usual(staff: Client, two: Account) -> None:
    assert facts(staff)["2 customers waiting"].endswith("?tab=waiting")
    page = shown(staff)
    assert '<option value="72">@second</option>' in page
    assert "The longest for 1 h 30" in page


@pytest.mark.parametrize("name", ["71", "@First"])
def test_what_there_is_to_do_is_that_of_the_account(staff: Client, two: Account, name: str) -> None:
    ask(make_conversation("late", account=two), verdict=Verdict.TOO_OLD)
    say(make_conversation("failed", account=two), state=State.FAILED)
    at = timezone.now() - 2 * MINUTE
    say(make_conversation("stuck", account=two), state=State.QUEUED, created_at=at)
    here, there = facts(staff, f"?account={name}"), facts(staff, "?account=72")
    assert [text for text in here if "not answered" not in text and "rule" not in text] == [
        "1 customer waiting"
    ]
    assert here["1 customer waiting"] == f"{LIST}?tab=waiting&account={FIRST}"
    assert {
        "1 customer waiting",
        "1 customer did not get a message",
        "1 customer wrote too late for the bot, or while it was off",
        "1 message waiting for more than a minute to be sent",
    } < set(there)
    assert "The longest for 30 min" in shown(staff, f"?account={name}")


def test_a_number_opens_a_list_that_has_as_many(staff: Client, two: Account) -> None:
    for account in (None, two):
        fields = {"account": account} if account else {}
        ask(make_conversation("late", **fields), verdict=Verdict.TOO_OLD)
        at = timezone.now() - 2 * MINUTE
        say(make_conversation("stuck", **fields), state=State.QUEUED, created_at=at)
    found = facts(staff, "?account=second")
    for said in (
        "1 customer waiting",
        "1 customer wrote too late for the bot, or while it was off",
        "1 message waiting for more than a minute to be sent",
    ):
        page = staff.get(found[said]).context["cl"]
        assert page.queryset.count() == 1


def test_what_is_of_all_accounts_says_so(staff: Client, two: Account) -> None:
    assert "2 messages no rule answered (7 days)" in facts(staff)
    assert "2 messages no rule answered (7 days, all accounts)" in facts(staff, "?account=72")


def test_the_figures_are_those_of_the_account(staff: Client, two: Account) -> None:
    talk = make_conversation("busy", account=two)
    for _ in range(4):
        ask(talk, at=timezone.now())
    counts = [
        staff.get(f"{HOME}{address}").context["rows"][0][1].value
        for address in ("", "?account=71", "?account=72")
    ]
    assert counts == ["6", "1", "5"]
    assert '/dayfigures/?account=72"' in shown(staff, "?account=second")


def test_an_account_that_there_is_not_is_said_to_be_none(staff: Client, two: Account) -> None:
    page = shown(staff, "?account=%3Cb%3E")
    assert "There is no account “&lt;b&gt;”. Showing all accounts." in page
    assert "2 customers waiting" in page
