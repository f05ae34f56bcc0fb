"""List and thread are one page: each address a whole one, and a script asks for parts of it."""

import re

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from conversations import queries as talks
from conversations.models import Conversation, Label, Mention, Note, Origin
from tests.support.talks import LIST, ask, make_conversation, queries, say, viewer

pytestmark = pytest.mark.django_db

BESIDE = "?_changelist_filters="


@pytest.fixture
def two(staff: Client) -> Conversation:
    """One who waits, and one who is assigned to Anna and does not wait."""
    waits = make_conversation("waits", waiting_since=timezone.now())
    mine = make_conversation("mine", assignee=User.objects.get(username="anna"))
    for talk in (waits, mine):
        ask(talk, f"{talk.username} asks")
    return waits


def thread(talk: Conversation, query: str = "") -> str:
    return f"{LIST}{talk.pk}/change/{query}"


def parts_of(page: str) -> list[str]:
    return re.findall(r'data-(?:part|keep)="(\w+)"', page)


def get(client: Client, path: str, parts: str | None = None) -> str:
    headers = {} if parts is None else {"X-Parts": parts}
    response = client.get(path, headers=headers)
    assert response.status_code == 200
    return str(response.content.decode())


def listed(page: str) -> list[str]:
    return re.findall(r'class="queue-open"[^>]*>@(?:<mark>)?(\w+)<', page)


def test_both_addresses_are_whole_pages(staff: Client, two: Conversation) -> None:
    around = ["bar", "menu", "tabs", "filters", "list"]
    assert parts_of(get(staff, LIST)) == [*around, "toasts"]
    shown = get(staff, thread(two))
    assert parts_of(shown) == [*around, "head", "thread", "composer", "customer", "toasts"]
    for found in (shown, get(staff, LIST)):
        assert found.count("<main") == found.count("<h1") == found.count("<html") == 1
        assert 'href="#main"' in found


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("", ["waits"]),
        (f"{BESIDE}tab%3Dmine", ["mine"]),
        (f"{BESIDE}tab%3Dall%26q%3Dmine", ["mine"]),
        (f"{BESIDE}q%3Dasks", ["mine", "waits"]),
        (f"{BESIDE}tab%3Dnonsense", ["waits"]),
        (f"{BESIDE}nonsense%3D1", ["waits"]),
        (f"{BESIDE}account__id__exact%3Dx", ["waits"]),
        (f"{BESIDE}p%3D%00%26tab%3Dwaiting", ["waits"]),
        (f"{BESIDE}%3D%26%26", ["waits"]),
    ],
)
def test_beside_a_thread_stands_the_list_that_one_came_from(
    staff: Client, two: Conversation, query: str, names: list[str]
) -> None:
    assert sorted(listed(get(staff, thread(two, query)))) == names


def test_the_row_of_the_open_thread_is_marked_and_rows_keep_the_list(
    staff: Client, two: Conversation
) -> None:
    shown = get(staff, thread(two, f"{BESIDE}tab%3Dall"))
    current = re.findall(r'<li class="queue-row"\s+data-conversation="(\d+)"\s+aria-current', shown)
    assert current == [str(two.pk)]
    assert shown.count("/change/?_changelist_filters=tab%3Dall") == 2
    assert f'class="inbox-back" data-go href="{LIST}?tab=all"' in re.sub(r"\s+", " ", shown)


@pytest.mark.parametrize(
    "wanted", ["thread", "head thread customer toasts", "tabs,list", "menu", "nonsense", ""]
)
def test_only_the_parts_that_are_asked_for_come(
    staff: Client, two: Conversation, wanted: str
) -> None:
    found = get(staff, thread(two), wanted)
    assert sorted(parts_of(found)) == sorted(set(wanted.replace(",", " ").split()) - {"nonsense"})
    assert "<html" not in found
    assert f'data-conversation="{two.pk}"' in found


def test_a_thread_without_its_list_does_not_read_the_list(staff: Client, two: Conversation) -> None:
    whole = queries(lambda: get(staff, thread(two)))
    opened = queries(lambda: get(staff, thread(two), "head thread customer composer toasts bar"))
    assert opened <= whole - 8
    for number in range(20):
        make_conversation(f"c{number}", waiting_since=timezone.now()).labels.add(
            Label.objects.named("gift")
        )
    assert queries(lambda: get(staff, thread(two))) == whole


# Which tables each part is made of, beside the conversation's own row.
MADE_OF = {
    "list": ({"message", "label"}, {"attempt", "draft", "note"}),
    "tabs": (set(), {"attempt", "draft", "note"}),
    "head": ({"message"}, {"draft", "note"}),
    "thread": ({"message", "note"}, {"draft"}),
    "customer": ({"label", "message"}, {"attempt", "draft", "note"}),
    "composer": ({"message", "draft"}, {"note"}),
    "bar": (set(), {"attempt", "draft", "note"}),
}


@pytest.mark.parametrize("part", MADE_OF)
def test_of_what_is_not_asked_for_nothing_is_read(
    staff: Client, two: Conversation, part: str
) -> None:
    get(staff, thread(two))
    with CaptureQueriesContext(connection) as caught:
        get(staff, thread(two), part)
    read = {
        table
        for query in caught.captured_queries
        for table in re.findall(r'(?:FROM|JOIN) "?conversations_(\w+)', query["sql"])
    }
    reads, leaves = MADE_OF[part]
    assert reads <= read
    assert not leaves & read


def test_only_whoever_reads_the_thread_has_seen_its_notes(staff: Client, two: Conversation) -> None:
    anna = User.objects.get(username="anna")
    note = Note.objects.create(conversation=two, text="@anna please call", at=timezone.now())
    told = Mention.objects.create(note=note, user=anna)
    for part in ("list", "tabs", "head", "customer"):
        get(staff, thread(two), part)
    assert Mention.objects.get(pk=told.pk).seen_at is None
    get(staff, thread(two), "thread")
    assert Mention.objects.get(pk=told.pk).seen_at is not None


@pytest.mark.parametrize(
    ("came", "back"),
    [
        ("{thread}?_changelist_filters=tab%3Dmine", "{thread}?_changelist_filters=tab%3Dmine"),
        ("{thread}?before=12&_changelist_filters=q%3Da", "{thread}?_changelist_filters=q%3Da"),
        ("{thread}?before=12", "{thread}"),
        ("{thread}", "{thread}"),
        ("{list}?tab=mine", "{thread}"),
        ("/admin/", "{thread}"),
        ("/nothing", "{thread}"),
        ("https://elsewhere.example{thread}?a=b", "{thread}"),
        ("nonsense", "{thread}"),
        ("", "{thread}"),
    ],
)
def test_an_act_leads_back_to_the_thread_with_the_same_list_beside_it(
    staff: Client, two: Conversation, came: str, back: str
) -> None:
    where = {"thread": thread(two), "list": LIST}
    pause = reverse("admin:conversations_conversation_pause", args=[two.pk])
    referer = came.format(**where)
    if referer.startswith("/"):
        referer = f"http://testserver{referer}"
    response = staff.post(pause, headers={"Referer": referer})
    assert response["Location"] == back.format(**where)


def test_what_is_ticked_beside_a_thread_leads_back_to_the_thread(
    staff: Client, two: Conversation
) -> None:
    bulk = reverse("admin:conversations_conversation_bulk")
    open_thread = thread(two, f"{BESIDE}tab%3Dall")
    sent = {"ticked": two.pk, "do": "assign:me"}
    referer = {"Referer": f"http://testserver{open_thread}"}
    assert staff.post(f"{bulk}?tab=all", sent, headers=referer)["Location"] == open_thread
    assert staff.post(f"{bulk}?tab=all", sent)["Location"] == f"{LIST}?tab=all"


@pytest.mark.parametrize(
    ("asked", "most", "shows"),
    [
        (1, 1000, ["Messages", "1", "2", "2"]),
        (3, 7, ["Last 7 messages", "3", "2", "2"]),
        (9, 5, ["Last 5 messages", "5", "0", "0"]),
    ],
)
def test_beside_a_thread_stands_how_much_was_said(
    staff: Client, monkeypatch: pytest.MonkeyPatch, asked: int, most: int, shows: list[str]
) -> None:
    monkeypatch.setattr(talks, "MOST_COUNTED", most)
    talk = make_conversation("maria")
    for origin in (Origin.BOT, Origin.BOT, Origin.STAFF, Origin.APP):
        say(talk, origin=origin)
    for _ in range(asked):
        ask(talk)
    shown = get(staff, thread(talk), "customer")
    title = re.findall(r'id="who-numbers">([^<]+)<', shown)
    assert title + re.findall(r"<dd>\s*(\d+)\s*</dd>", shown) == shows


def test_who_may_only_look_gets_neither_composer_nor_boxes(
    client: Client, two: Conversation
) -> None:
    shown = get(viewer(client, "view_conversation"), thread(two))
    assert "composer" not in parts_of(shown)
    assert "queue-tick" not in shown
    assert "Mark as done" not in shown


def test_the_menu_is_that_of_all_other_pages(staff: Client, two: Conversation) -> None:
    def menu(page: str) -> list[str]:
        part = page.partition('id="nav-sidebar-apps"')[2].partition("</nav>")[0]
        return re.findall(r'href="(/admin/[^"]+/)"', part)

    own, unfolds = menu(get(staff, LIST)), menu(get(staff, "/admin/rules/responserule/"))
    assert own == [link for link in unfolds if link in own]
    assert len(own) > 10
    assert f'href="{LIST}"' in get(staff, LIST)
    assert re.search(r'class="menu-badge">\s*1\s*<', get(staff, LIST))


def test_customers_are_called_by_their_names_in_the_title(staff: Client, two: Conversation) -> None:
    assert "<title>@waits · Inbox</title>" in get(staff, thread(two))
    assert "<title>Inbox</title>" in get(staff, LIST)
