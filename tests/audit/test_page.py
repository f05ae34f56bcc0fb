"""The audit log's page and its file: found, in pages, bounded, and only by whom it is for."""

import csv
import io
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Permission, User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from audit import admin, file, search
from audit.models import Entry
from audit.search import Asked
from audit.trail import Kind
from conversations.account import access, identity
from conversations.models import Account
from shop.models import Shop
from workqueue.snapshot import Snapshot

pytestmark = pytest.mark.django_db
PAGE, FILE = "/admin/audit/entry/", "/admin/audit/entry/audit-log.csv"
NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


def add(says: str, at: datetime | None = None, **given: Any) -> Entry:
    given = {"kind": Kind.SETTING, "name": "anna", "address": "10.1.2.3"} | given
    return Entry.objects.create(says=says, at=at or timezone.now(), **given)


def shown(client: Client, query: str = "") -> list[str]:
    response = client.get(f"{PAGE}?{query}")
    assert response.status_code == 200
    return [entry.says for entry in response.context["found"].rows]


def saved(client: Client, query: str = "") -> list[list[str]]:
    response = client.get(f"{FILE}?{query}")
    return list(csv.reader(io.StringIO(response.content.decode("utf-8-sig"))))


@pytest.mark.once
def test_an_entry_is_a_sentence_with_its_time_by_the_shops_clock(staff: Client) -> None:
    Shop.objects.create(name="Flowers", time_zone="Europe/Kyiv")
    Snapshot.forget_everything()
    add("added the API token “reports” of anna", NOON, kind=Kind.TOKEN)
    text = " ".join(staff.get(PAGE).text.split())
    assert "<strong>anna</strong> added the API token “reports” of anna" in text
    assert "1 Jun, 15:00:00" in text
    assert "10.1.2.3" in text
    assert ">API token<" in text


@pytest.mark.once
def test_who_has_no_name_is_somebody_at_the_door_or_instabot(staff: Client) -> None:
    add("tried to log in", name="")
    add("disconnected @shop", name="", address="")
    text = " ".join(staff.get(PAGE).text.split())
    assert "<strong>somebody not logged in</strong> tried to log in" in text
    assert "<strong>instabot</strong> disconnected @shop" in text


def test_the_newest_stand_first_and_older_ones_on_pages_of_their_own(
    staff: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(admin, "ROWS", 2)
    # Two of one moment, and one that was written late.
    for says, at in (("c", NOON), ("d", NOON), ("a", NOON - 2 * HOUR), ("e", NOON + HOUR)):
        add(says, at)
    add("b", NOON - HOUR)
    pages, link = [], PAGE
    while link:
        response = staff.get(link)
        pages.append([entry.says for entry in response.context["found"].rows])
        link = response.context["older"]
    assert pages == [["e", "d"], ["c", "b"], ["a"]]
    assert response.context["newest"] == PAGE


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("q=token", ["token of olga", "token of anna"]),
        ("q=TOK", ["token of olga", "token of anna"]),
        ("q=token+olga", ["token of olga"]),
        ("q=nobody", []),
        ("q=10.1.2.3", ["rules", "token of anna"]),
        ("q=10.1.", ["rules", "token of anna"]),
        ("q=2001:DB8::", ["token of olga"]),
        ("q=anna+10.9", []),
        ("q=6.5", ["pause 6.5"]),
        ("q=%E2%80%9C", ["pause 6.5", "rules", "token of olga", "token of anna"]),
        ("kind=token", ["token of olga", "token of anna"]),
        ("kind=token&q=anna", ["token of anna"]),
        ("person=7", ["token of olga"]),
        ("from=2026-06-02&to=2026-06-02", ["rules"]),
        ("from=2026-06-03", ["pause 6.5"]),
        ("to=2026-06-01&kind=token", ["token of olga", "token of anna"]),
    ],
)
def test_entries_are_found_by_words_address_kind_person_and_days(
    staff: Client, query: str, found: list[str]
) -> None:
    add("token of anna", NOON, kind=Kind.TOKEN)
    olgas = {"kind": Kind.TOKEN, "name": "olga", "person_id": 7, "address": "2001:db8::1"}
    add("token of olga", NOON + HOUR, **olgas)
    add("rules", NOON + 24 * HOUR, kind=Kind.EXPORT)
    add("pause 6.5", NOON + 48 * HOUR, name="", address="")
    assert shown(staff, query) == found
    assert [row[2].lstrip("'") for row in saved(staff, query)[1:]] == found


@pytest.mark.once
@pytest.mark.parametrize(
    "query",
    [
        "q=%00", "q=%25%27%22", "kind=x", "person=x", "person=99999999999999999999",
        "from=x&to=2026-13-01", "from=0001-01-01", "to=9999-12-31", "before=x",
        "before=99999999999999999999", "before=4711",
    ],
)  # fmt: skip
def test_what_cannot_be_asked_for_breaks_nothing(staff: Client, query: str) -> None:
    add("token")
    assert staff.get(f"{PAGE}?{query}").status_code == 200
    assert staff.get(f"{FILE}?{query}").status_code == 200


@pytest.mark.once
def test_days_that_are_no_period_are_told_of(staff: Client) -> None:
    add("token", NOON)
    response = staff.get(f"{PAGE}?from=2026-06-02&to=2026-06-01")
    assert "The first day is after the last" in response.text
    assert len(response.context["found"].rows) == 1


def test_a_look_is_bounded_and_goes_on_further_back(
    staff: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(search, "MOST_READ", 10)
    add("erased conversation 7", NOON - HOUR)
    for _ in range(25):
        add("logged in", NOON)
    looked, link = 0, f"{PAGE}?q=erased"
    while link and not (rows := (response := staff.get(link)).context["found"].rows):
        looked += 1
        assert "There are older entries" in response.text
        link = response.context["older"]
    assert looked == 2
    assert [entry.says for entry in rows] == ["erased conversation 7"]
    assert shown(staff, "q=erased&to=2026-06-01") == []
    assert shown(staff) == ["logged in"] * 25 + ["erased conversation 7"]


def test_a_page_asks_for_no_count_and_reads_by_the_index(staff: Client) -> None:
    for query in ("", "q=token", "q=token&kind=token&person=1&from=2026-06-01"):
        add("token")
        with CaptureQueriesContext(connection) as asked:
            staff.get(f"{PAGE}?{query}")
        of_log = [one["sql"] for one in asked if "audit_entry" in one["sql"]]
        assert len(of_log) == (2 if query else 1)
        assert not [one for one in of_log if "COUNT" in one]
        assert all("LIMIT" in one and "ORDER BY" in one for one in of_log)


def plan(rows: Any) -> str:
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SET LOCAL enable_seqscan = off")  # of a small table it would read all
    said: str = rows.explain()
    return said


def test_the_database_walks_the_index_in_its_order() -> None:
    for number in range(50):
        add("token", NOON + number * HOUR)
    place = Entry.objects.order_by("at")[25]
    asked = Asked(text="token", kind="token", first=NOON.date())
    rows = search._narrow(search._below(search._of_days(asked), place.pk), asked)
    for one in (rows, search._down_to(rows, (place.at, place.pk))):
        said = plan(one[:10])
        assert "audit_newest" in said
        assert "TEMP B-TREE" not in said
        assert "Sort Key: at" not in said.replace("Incremental Sort", "")


def test_a_file_has_what_the_page_is_narrowed_to_and_is_on_record_itself(staff: Client) -> None:
    add("=1+1", NOON, name="=cmd()", address="=x")
    add("token", NOON, kind=Kind.TOKEN)
    rows = saved(staff, "kind=setting")
    assert rows == [
        list(file.HEADS),
        ["2026-06-01 12:00:00+00:00", "'=cmd()", "'=1+1", "setting", "'=x"],
    ]
    newest = Entry.objects.order_by("-pk")[0]
    assert (newest.kind, newest.name) == (Kind.EXPORT, "anna")
    assert newest.says == "exported 1 entry of the audit log"


@pytest.mark.parametrize("bite", [2, 100])
def test_a_file_is_bounded_and_says_so(
    staff: Client, monkeypatch: pytest.MonkeyPatch, bite: int
) -> None:
    monkeypatch.setattr(file, "BITE", bite)
    monkeypatch.setattr(file, "MOST_ENTRIES", 3)
    for number in range(4):
        add(str(number), NOON + number * HOUR)
    assert [row[2] for row in saved(staff)[1:]] == ["'3", "'2", "'1", file.CUT]
    assert [row[2] for row in saved(staff, "to=2026-05-31")[1:]] == []
    monkeypatch.setattr(search, "MOST_READ", 1)
    monkeypatch.setattr(file, "MOST_LOOKS", 2)
    assert [row[2] for row in saved(staff, "q=nothing")[1:]] == [file.CUT]


@pytest.mark.once
def test_it_is_closed_to_whoever_is_limited_to_accounts(client: Client) -> None:
    Account.objects.ours().save()
    Account.objects.create(instagram_id="2", username="second")
    identity.forget()
    lena = User.objects.create_user("lena", is_staff=True)
    lena.user_permissions.add(Permission.objects.get(codename="view_entry"))
    client.force_login(lena)
    assert client.get(PAGE).status_code == 200
    assert PAGE in client.get("/admin/").text
    access.limit(lena, [Account.objects.ours()])
    assert client.get(PAGE).status_code == 403
    assert client.get(FILE).status_code == 403
    assert PAGE not in client.get("/admin/").text


@pytest.mark.once
def test_nobody_changes_or_deletes_an_entry_in_the_admin(staff: Client) -> None:
    entry = add("token")
    for path in (f"{PAGE}{entry.pk}/change/", f"{PAGE}{entry.pk}/delete/", f"{PAGE}add/"):
        assert staff.post(path, {"says": "x", "post": "yes"}).status_code == 404
    staff.post(PAGE, {"action": "delete_selected", "_selected_action": entry.pk, "post": "yes"})
    assert Entry.objects.get().says == "token"
