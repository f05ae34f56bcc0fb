"""Conversations over the API: found and read."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

from conversations.models import Account, Conversation, Label, Message
from tests.api.caller import Caller, asked_queries, only_conversation, problem, walk
from tests.support.shop import Shop
from tests.support.talks import ask, make_conversation, say

NOW = timezone.now()
HOUR = timedelta(hours=1)


def names(page: dict[str, Any]) -> list[str]:
    return [one["customer"]["username"] for one in page["results"]]


def test_a_conversation_says_what_is_documented(api: Caller, shop: Shop) -> None:
    shop.hears("price")
    shop.works()
    talk = only_conversation()
    talk.labels.add(Label.objects.named("returns"))
    Conversation.objects.update(referral_ref="autumn", username="mia", name="Mia")
    shown = api.get(f"conversations/{talk.pk}/")
    answer = Message.objects.get(origin="bot")
    assert shown == {
        "id": talk.pk,
        "account": "",
        "customer": {"id": "870001", "username": "mia", "name": "Mia"},
        "labels": ["returns"],
        "needs_person": False,
        "waiting_since": None,
        "assignee": None,
        "put_off_until": None,
        "bot": {
            "is_paused": False,
            "paused_until": None,
            "paused_until_resumed": False,
            "paused_by": "",
        },
        "opted_out_since": None,
        "window": {
            "is_open": True,
            "closes_at": iso((talk.last_inbound_at or NOW) + timedelta(hours=23.5)),
        },
        "came_from": "autumn",
        "has_failed_sends": False,
        "last_message": {
            "id": answer.pk,
            "origin": "bot",
            "kind": "text",
            "text": "Ten euros.",
            "at": iso(answer.at),
        },
        "last_inbound_at": iso(talk.last_inbound_at or NOW),
        "created_at": iso(talk.created_at),
    }


def iso(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


def test_a_conversation_without_a_message_is_shown_too(api: Caller) -> None:
    talk = make_conversation("mia")
    shown = api.get(f"conversations/{talk.pk}/")
    assert (shown["last_message"], shown["last_inbound_at"]) == (None, None)
    assert shown["window"] == {"is_open": False, "closes_at": None}


@pytest.fixture
def three(api: Caller) -> None:
    """Mia wrote last and waits; Ben is with a person; Eve's window is closed, a send failed."""
    now = timezone.now()
    mia = make_conversation("mia", name="Mia Keller", last_inbound_at=now, needs_person=True)
    ask(mia, "where is my parcel?")
    ben = make_conversation(
        "ben", last_inbound_at=now - 23 * HOUR, bot_paused_until=now + HOUR, bot_paused_by="anna"
    )
    ben.labels.add(Label.objects.named("Returns"))
    eve = make_conversation("eve", last_inbound_at=now - 48 * HOUR)
    say(eve, "Sorry!", state="failed", at=now - HOUR)


def test_a_mark_alone_finds_nobody_without_a_username(api: Caller) -> None:
    make_conversation("")
    assert api.get("conversations/", customer="@")["results"] == []
    assert api.get("conversations/", search="@")["results"] == []


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ({}, ["mia", "ben", "eve"]),
        ({"needs_person": "true"}, ["mia"]),
        ({"needs_person": "false"}, ["ben", "eve"]),
        ({"paused": "true"}, ["ben"]),
        ({"paused": "false"}, ["mia", "eve"]),
        ({"window": "open"}, ["mia", "ben"]),
        ({"window": "soon"}, ["ben"]),
        ({"window": "closed"}, ["eve"]),
        ({"failed_sends": "true"}, ["eve"]),
        ({"failed_sends": "false"}, ["mia", "ben"]),
        ({"label": "returns"}, ["ben"]),
        ({"label": "else"}, []),
        ({"customer": "id-of-eve"}, ["eve"]),
        ({"customer": "@MIA"}, ["mia"]),
        ({"customer": "mi"}, []),
        ({"customer": "@"}, []),
        ({"search": "@"}, []),
        ({"search": "kell"}, ["mia"]),
        ({"search": "keller  @mia"}, ["mia"]),
        ({"search": "keller ben"}, []),
        ({"search": "PARCEL"}, ["mia"]),
        ({"search": "@be"}, ["ben"]),
        ({"search": "of-eve"}, ["eve"]),
        ({"search": "100%"}, []),
        ({"paused": "true", "window": "closed"}, []),
        ({"needs_person": "true", "search": "parcel"}, ["mia"]),
    ],
)
def test_conversations_are_found(
    three: None, api: Caller, asked: dict[str, str], found: list[str]
) -> None:
    assert names(api.get("conversations/", **asked)) == found


def test_labels_in_other_capitals_show_a_conversation_once(three: None, api: Caller) -> None:
    for name in ("sale", "SALE"):
        Conversation.objects.get(username="mia").labels.add(Label.objects.create(name=name))
    Conversation.objects.get(username="eve").labels.add(Label.objects.get(name="SALE"))
    assert names(api.get("conversations/", label="Sale")) == ["mia", "eve"]


@pytest.mark.parametrize(
    "minutes", [1, 21 * 60 + 59, 22 * 60 + 1, 23 * 60 + 29, 23 * 60 + 31, 1450]
)
def test_what_is_found_by_its_window_says_so(api: Caller, minutes: int) -> None:
    now = timezone.now()
    make_conversation("mia", last_inbound_at=now - timedelta(minutes=minutes))
    [shown] = api.get("conversations/")["results"]
    is_open = shown["window"]["is_open"]
    closes = datetime.fromisoformat(shown["window"]["closes_at"])
    assert names(api.get("conversations/", window="open")) == ["mia"] * is_open
    assert names(api.get("conversations/", window="closed")) == ["mia"] * (not is_open)
    is_soon = is_open and closes < now + 2 * HOUR
    assert names(api.get("conversations/", window="soon")) == ["mia"] * is_soon


def test_conversations_are_found_by_time(three: None, api: Caller) -> None:
    ben = Conversation.objects.get(username="ben").last_inbound_at
    assert ben
    assert names(api.get("conversations/", since=iso(ben))) == ["mia", "ben"]
    assert names(api.get("conversations/", until=iso(ben))) == ["eve"]
    assert names(api.get("conversations/", since=iso(ben), until=iso(ben + HOUR))) == ["ben"]


@pytest.mark.table
@pytest.mark.parametrize("name", ["since", "until"])
@pytest.mark.parametrize(
    "written",
    [
        "2026-11-25T11:15:00+01:00",
        "2026-11-25T11:15:00%2B01:00",
        "2026-11-25T11:15:00%2b01:00",
        "2026-11-25T11:15:00 01:00",
        "2026-11-25T11:15:00.000+0100",
        "2026-11-25T11:15+01",
        "2026-11-25+11:15:00+01:00",
        "2026-11-25T05:15:00-05:00",
        "2026-11-25T10:15:00Z",
        "20261125T111500+0100",
    ],
)
def test_a_plus_in_an_address_may_arrive_as_a_space(api: Caller, name: str, written: str) -> None:
    at = datetime.fromisoformat("2026-11-25T10:15:00+00:00")
    make_conversation("mia", last_inbound_at=at)
    make_conversation("ben", last_inbound_at=at - timedelta(seconds=1))
    shown = names(api.get(f"conversations/?{name}={written}"))
    assert shown == {"since": ["mia"], "until": ["ben"]}[name]


@pytest.mark.parametrize(
    "written", ["2026-11-25+10:15", "2026-11-25T10:15:00", "2026-11-25", "T" * 3000, "10:15+01:00"]
)
def test_a_space_in_a_time_is_a_plus_only_before_an_offset(api: Caller, written: str) -> None:
    problem(api.call("get", f"conversations/?since={written}"), 400, "invalid")


def test_pages_follow_each_other_and_go_back(api: Caller) -> None:
    for number in range(25):
        # Several moved at the same moment.
        make_conversation(f"c{number}", last_inbound_at=NOW - (number // 3) * HOUR)
    whole = [row["id"] for row in walk(api, "conversations/?limit=200")]
    assert len(set(whole)) == 25
    assert [row["id"] for row in walk(api, "conversations/?limit=4")] == whole
    page = api.get("conversations/?limit=10")
    second = api.get(page["next"])
    assert [row["id"] for row in api.get(second["previous"])["results"]] == whole[:10]


def test_however_many_moved_at_one_moment_each_is_on_one_page(api: Caller) -> None:
    ours = Account.objects.ours()
    Conversation.objects.bulk_create(
        Conversation(account=ours, customer_id=str(number), last_inbound_at=NOW)
        for number in range(1300)
    )
    found = [row["id"] for row in walk(api, "conversations/?limit=200")]
    assert (len(found), len(set(found))) == (1300, 1300)


def test_a_conversation_that_moves_up_hides_no_other(api: Caller) -> None:
    for number in range(6):
        make_conversation(f"c{number}", last_inbound_at=NOW - number * HOUR)
    page = api.get("conversations/?limit=3")
    Conversation.objects.filter(username="c5").update(last_inbound_at=NOW + HOUR)
    assert names(api.get(page["next"])) == ["c3", "c4"]


@pytest.mark.table
@pytest.mark.parametrize(
    "asked",
    [
        {"needs_person": "perhaps"},
        {"window": "ajar"},
        {"since": "yesterday"},
        {"since": "2026-11-25T10:00:00"},
        {"until": "0001-01-01T00:00:00Z"},
        {"search": "\0"},
        {"search": ""},
        {"customer": "x" * 300},
        {"limit": "0"},
        {"limit": "201"},
        {"limit": "ten"},
        {"limit": "\u0662"},
        {"cursor": "nonsense"},
        {"cursor": "cD1ub25zZW5zZQ=="},  # p=nonsense
        {"cursor": "cD0wMDAxLTAxLTAxKzIzOjU5"},
        {"cursor": "bz0tMQ=="},  # o=-1
        {"cursor": "\u00e9"},
        {"costumer": "mia"},
        {"page": "2"},  # pages by number are for rules
        {"needs_person": ["true", "false"]},
    ],
)
def test_what_cannot_be_asked_for_is_said(three: None, api: Caller, asked: dict[str, Any]) -> None:
    [name] = asked
    found = api.call("get", "conversations/", params=asked)
    said = problem(found, 400, "invalid")
    assert [error["parameter"] for error in said["errors"]] == [name]


@pytest.mark.parametrize(
    ("path", "most"),
    [
        ("conversations/", 10),
        ("conversations/?search=hello", 23),  # on PostgreSQL in a transaction with its own time
        ("conversations/?failed_sends=false", 10),
    ],
)
def test_the_number_of_queries_does_not_grow(api: Caller, path: str, most: int) -> None:
    def fill(first: int, last: int) -> None:
        for number in range(first, last):
            talk = make_conversation(f"c{number}", last_inbound_at=NOW)
            talk.labels.add(Label.objects.named(f"label {number}"))
            ask(talk, "hello")

    fill(0, 2)
    few = asked_queries(api, "get", path)
    fill(2, 30)
    assert asked_queries(api, "get", path) == few <= most


@pytest.mark.parametrize("path", ["", "messages/", "pause/", "resume/", "reply/"])
def test_a_conversation_that_is_not_there_is_not_found(api: Caller, path: str) -> None:
    method = "get" if path in ("", "messages/") else "post"
    body = {"text": "hello"} if path == "reply/" else None
    found = api.call(
        method, f"conversations/99999/{path}", json=body, headers={"Idempotency-Key": "k"}
    )
    problem(found, 404, "not-found")
