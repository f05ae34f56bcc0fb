"""The page of reports: who may see it, which period it shows, and its tables as files."""

import csv
import io
from datetime import UTC, date, datetime, timedelta

import pytest
from django.test import Client
from django.utils import timezone

from conversations import statistics
from conversations.models import Account, AccountDay, Conversation, Origin, State, Verdict
from conversations.statistics import upkeep
from conversations.statistics.report import Period
from reports import tables
from rules.models import ResponseRule
from tests.support.clock import Clock, move_to
from tests.support.talks import ask, make_conversation, queries, say, viewer

pytestmark = pytest.mark.django_db

PAGE = "/admin/conversations/dayfigures/"
DAY, HOUR, MINUTE = timedelta(days=1), timedelta(hours=1), timedelta(minutes=1)


@pytest.fixture(autouse=True)
def _at_noon(time_passes: Clock) -> None:
    """Some hours ago is today, whenever the tests run."""
    move_to(12, time_passes)


def answered(talk: Conversation, at: datetime, rule: int | None = None) -> None:
    question = ask(talk, at=at, verdict=Verdict.ANSWERED)
    sent = at + 4 * timedelta(seconds=1)
    say(talk, at=at + timedelta(seconds=1), sent_at=sent, in_reply_to=question, rule=rule)


def shown(client: Client, query: str = "") -> str:
    response = client.get(f"{PAGE}{query}")
    assert response.status_code == 200
    return str(response.content.decode())


def file(client: Client, table: str, query: str = "") -> list[list[str]]:
    response = client.get(f"{PAGE}{table}.csv{query}")
    assert response["Content-Type"] == "text/csv; charset=utf-8"
    assert response.content.startswith(b"\xef\xbb\xbf")
    return list(csv.reader(io.StringIO(response.content.decode("utf-8-sig"))))


@pytest.mark.parametrize(
    ("rights", "status"), [("view_reports", 200), ("view_conversation", 403), ("", 403)]
)
def test_reports_have_a_right_of_their_own(client: Client, rights: str, status: int) -> None:
    person = viewer(client, *rights.split())
    for path in (PAGE, f"{PAGE}days.csv"):
        assert person.get(path).status_code == status
    assert (PAGE in person.get("/admin/").content.decode()) == (status == 200)


def test_without_a_message_the_page_says_so(staff: Client) -> None:
    assert "No messages yet." in shown(staff)


@pytest.mark.table
@pytest.mark.parametrize(
    ("query", "says"),
    [
        ("", "29 Oct 2026 to 27 Nov 2026, compared with"),
        ("?days=7", "21 Nov 2026 to 27 Nov 2026, compared with"),
        ("?days=1", "27 Nov 2026, compared with"),
        ("?from=2026-11-01&to=2026-11-03", "1 Nov 2026 to 3 Nov 2026, compared with"),
        ("?from=2026-11-01", "1 Nov 2026 to 27 Nov 2026, compared with"),
        ("?to=2026-11-03", "5 Oct 2026 to 3 Nov 2026, compared with"),
        ("?to=2030-01-01", "29 Oct 2026 to 27 Nov 2026, compared with"),
        ("?days=8", "29 Oct 2026 to 27 Nov 2026, compared with"),
        ("?days=%C2%B2", "29 Oct 2026 to 27 Nov 2026, compared with"),
        ("?from=2026-11-31", "“From” is not a date: 2026-11-31."),
        ("?to=soon", "“To” is not a date: soon."),
        ("?from=2026-11-05&to=2026-11-03", "The first day is after the last"),
        ("?from=2011-01-01", "At most three years"),
        ("?to=0001-01-01", "Instagram had no messages then."),
        ("?from=0001-01-01&to=0001-01-02", "Instagram had no messages then."),
        ("?from=%3Cb%3E", "is not a date: &lt;b&gt;."),
    ],
)
def test_a_period_is_chosen(
    staff: Client, monkeypatch: pytest.MonkeyPatch, query: str, says: str
) -> None:
    at = datetime(2026, 11, 27, 12, tzinfo=UTC)
    monkeypatch.setattr("reports.admin.timezone.now", lambda: at)
    page = " ".join(shown(staff, query).split())
    assert says in page


def test_the_page_has_what_was_counted_and_who_did_it(staff: Client) -> None:
    talk, now = make_conversation("maria"), timezone.now()
    rule = ResponseRule.objects.create(name="Prices & more", order=1, keywords="x", reply="y")
    answered(talk, now - 2 * HOUR, rule.pk)
    ask(talk, at=now - HOUR)
    say(talk, at=now - 50 * MINUTE, origin=Origin.STAFF, staff="ben")
    page = shown(staff, "?days=7")
    for words in ("Prices &amp; more", "ben", "Messages in", "~4 s", "~12 min", "50 %"):
        assert words in page
    assert 'style="' not in page


def test_the_tables_are_those_of_the_api(staff: Client) -> None:
    talk, now = make_conversation("maria"), timezone.now()
    for hours in range(1, 60, 3):
        answered(talk, now - hours * HOUR)
        ask(talk, at=now - hours * HOUR)
        say(talk, at=now - hours * HOUR, state=State.FAILED, origin=Origin.STAFF)
    upkeep.look()
    last = timezone.localdate()
    days = statistics.of_shop(last - 6 * DAY, last)
    head, *rows = file(staff, "days", "?days=7")
    assert [row[0] for row in rows] == [day.day.isoformat() for day in days]
    for title, name in (
        ("Messages in", "received"),
        ("Customers", "customers"),
        ("No rule answered", "unanswered"),
        ("Sent by the bot", "bot_messages"),
        ("Sent by staff", "staff_messages"),
        ("Failed", "failed"),
    ):
        column = head.index(title)
        assert [int(row[column]) for row in rows] == [getattr(day, name) for day in days]


@pytest.mark.parametrize("table", tables.TABLES)
def test_each_table_is_a_file(staff: Client, table: str) -> None:
    talk = make_conversation("maria")
    answered(talk, timezone.now())
    head, *rows = file(staff, table)
    assert {len(row) for row in rows} <= {len(head)}


def test_other_files_are_not_there(staff: Client) -> None:
    assert staff.get(f"{PAGE}secrets.csv").status_code == 404


@pytest.mark.parametrize("name", ["=1+1", "+49", "@sum", "-2", "=cmd|' /C calc'!A0"])
def test_no_name_is_a_formula(staff: Client, name: str) -> None:
    rule = ResponseRule.objects.create(name=name, order=1, keywords="x", reply="y")
    answered(make_conversation("maria"), timezone.now(), rule.pk)
    _, row = file(staff, "rules")
    assert row == [f"'{name}", "1", "0"]


def test_figures_say_when_days_are_still_to_be_counted(staff: Client) -> None:
    answered(make_conversation("maria"), timezone.now())
    for account in (Account.objects.ours(), Account.objects.create(instagram_id="72")):
        AccountDay.objects.create(account=account, day=date(2026, 1, 1), dirty=True)
    assert "1 day still being counted" in shown(staff)


def test_a_longer_period_costs_no_query(staff: Client) -> None:
    talk, now = make_conversation("maria"), timezone.now()
    answered(talk, now)
    upkeep.look()
    few = queries(lambda: shown(staff, "?days=7"))
    for days in range(1, 40):
        answered(talk, now - days * DAY)
        day = timezone.localdate() - days * DAY
        found = Period.read(day, day).total.as_json()
        AccountDay.objects.update_or_create(
            account=talk.account, day=day, defaults={"figures": found, "counted_at": now}
        )
    assert queries(lambda: shown(staff, "?days=365")) == few


def test_today_is_counted_at_once_where_no_worker_counts(staff: Client, time_passes: Clock) -> None:
    talk = make_conversation("maria")
    answered(talk, timezone.now())
    upkeep.look()
    answered(talk, timezone.now())
    today = timezone.localdate()
    assert Period.read(today, today).received == 1  # a minute old at most
    time_passes(3 * MINUTE)
    assert Period.read(today, today).received == 2


# Of one account


@pytest.fixture
def two() -> Account:
    """The second of two accounts, to which two customers wrote; to the first one did."""
    first = Account.objects.ours()
    Account.objects.filter(pk=first.pk).update(instagram_id="71", username="first")
    second = Account.objects.create(instagram_id="72", username="second")
    for name, account in (("maria", first), ("ben", second), ("mia", second)):
        for days in (0, 3):
            answered(make_conversation(f"{name} {days}", account=account), ago(days))
    return second


def ago(days: int) -> datetime:
    return timezone.now() - days * DAY


@pytest.mark.parametrize("counted", [True, False])
@pytest.mark.parametrize(
    ("address", "received"),
    [("", 6), ("&account=71", 2), ("&account=72", 4), ("&account=@Second", 4)],
)
@pytest.mark.usefixtures("two")
def test_the_page_and_its_files_are_of_the_account(
    staff: Client, address: str, received: int, *, counted: bool
) -> None:
    upkeep.look()
    if not counted:  # today, then, is counted by the page
        AccountDay.objects.filter(day=timezone.localdate()).update(counted_at=ago(1))
    page = staff.get(f"{PAGE}?days=7{address}").context["period"]
    assert page.received == received
    head, *rows = file(staff, "days", f"?days=7{address}")
    assert sum(int(row[head.index("Messages in")]) for row in rows) == received
    assert int(rows[-1][head.index("Customers")]) == received / 2


@pytest.mark.usefixtures("two")
def test_links_of_the_page_keep_the_account(staff: Client) -> None:
    page = shown(staff, "?days=7&account=second")
    assert '<option value="72" selected>@second</option>' in page
    assert 'href="/admin/conversations/dayfigures/?days=30&amp;account=72"' in page
    assert "days.csv?from=" in page
    assert page.count("&amp;account=72") > 6
    assert '<input type="hidden" name="days" value="7">' in page
    assert '<input type="hidden" name="account" value="72">' in page


@pytest.mark.usefixtures("two")
def test_a_file_says_of_which_account_it_is(staff: Client) -> None:
    day = timezone.localdate()
    for address, name in (("", ""), ("&account=second", "72-")):
        said = staff.get(f"{PAGE}rules.csv?days=1{address}")["Content-Disposition"]
        assert said == f'attachment; filename="rules-{name}{day}-{day}.csv"'


@pytest.mark.usefixtures("two")
def test_of_an_account_that_there_is_not_all_are_shown_and_no_file(staff: Client) -> None:
    page = shown(staff, "?days=7&account=nobody")
    assert "There is no account “nobody”. Showing all accounts." in page
    assert staff.get(f"{PAGE}days.csv?account=nobody").status_code == 404


def test_the_only_account_is_not_chosen(staff: Client) -> None:
    answered(make_conversation("maria"), timezone.now())
    assert 'name="account"' not in shown(staff)
