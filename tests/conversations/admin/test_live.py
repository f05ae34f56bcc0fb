"""What an open page asks once a second."""

import re
import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Permission, User
from django.db import connection, transaction
from django.test import Client
from django.utils import timezone

from conversations import bot_pause, waiting
from conversations.admin import live
from conversations.models import (
    Account,
    Conversation,
    Label,
    Message,
    Note,
    State,
    Verdict,
)
from people.models import Session
from tests.support.clock import Clock
from tests.support.talks import LIST, ask, make_conversation, queries, say, viewer
from workqueue import snapshot

LIVE = f"{LIST}live/"
HOUR = timedelta(hours=1)


@pytest.fixture(autouse=True)
def _all_is_read_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is remembered for a moment has its own tests, at the end."""
    monkeypatch.setattr(live._believed, "max_age", 0)
    monkeypatch.setattr(snapshot, "MAX_AGE", 0)


def waits(username: str, minutes_ago: float = 10, **fields: Any) -> Conversation:
    at = timezone.now() - timedelta(minutes=minutes_ago)
    talk = make_conversation(username, last_inbound_at=at, **fields)
    ask(talk, at=at)
    waiting.recount(talk.pk)
    return Conversation.objects.get(pk=talk.pk)


def look(staff: Client, query: str = "", etag: str = "") -> Any:
    return staff.get(f"{LIVE}{query}", headers={"If-None-Match": etag} if etag else {})


def rows(staff: Client, query: str = "") -> list[int]:
    return [pk for pk, _ in look(staff, query).json()["rows"]]


def test_it_says_rows_in_their_order_with_versions_and_counts(staff: Client) -> None:
    late, early = waits("late", 1), waits("early", 30, assignee=User.objects.get())
    answer = look(staff, f"?open={late.pk}").json()
    assert answer["rows"] == [[early.pk, early.version], [late.pk, late.version]]
    assert answer["open"] == late.version
    assert answer["tabs"] == {
        "waiting": 2, "mine": 1, "unassigned": 1, "closing": 0, "not_delivered": 0, "put_off": 0,
    }  # fmt: skip
    assert answer["more"] is False
    assert answer["may_change"] is True


def test_what_is_known_is_not_said_again(staff: Client) -> None:
    talk = waits("maria")
    first = look(staff)
    again = look(staff, etag=first["ETag"])
    assert (again.status_code, again.content) == (304, b"")
    Conversation.objects.raise_version(talk.pk)
    assert look(staff, etag=first["ETag"]).status_code == 200


@pytest.mark.parametrize(
    ("waited", "put_off", "newest"),
    [
        ([], {}, None),
        ([30, 10], {}, 10),
        ([30, 10], {10: 60}, 30),  # put off still
        ([30, 10], {30: -5}, 5),  # back for five minutes
        ([30, 10], {30: -50}, 10),  # was put off, and waits again
    ],
)
def test_it_says_since_when_the_last_one_waits(
    staff: Client, waited: list[int], put_off: dict[int, int], newest: int | None
) -> None:
    now, minute = timezone.now(), timedelta(minutes=1)
    for minutes in waited:
        until = now + put_off[minutes] * minute if minutes in put_off else None
        since = now - minutes * minute
        make_conversation(f"c{minutes}", waiting_since=since, put_off_until=until)
    said = look(staff).json()["newest"]
    assert said == (None if newest is None else (now - newest * minute).isoformat())


MENTIONS, OUTBOX, LATE = (
    f"/admin/conversations/{name}/" for name in ("mention", "outboxmessage", "latequestion")
)


def test_it_says_the_numbers_of_the_sidebar_and_of_mentions_ones_own(
    client: Client, db: None
) -> None:
    talk, anna = make_conversation("maria"), viewer(client, "view_conversation")
    olga = User.objects.create_superuser("olga")
    note = Note.objects.create(conversation=talk, writer=olga, by="olga", text="@viewer @olga")
    note.mentions.create(user=User.objects.get(username="viewer"))
    note.mentions.create(user=olga, seen_at=timezone.now())
    say(talk, state=State.FAILED)
    for _ in range(2):
        ask(talk, verdict=Verdict.TOO_OLD)
    assert look(anna).json()["badges"] == {MENTIONS: 1}  # the other links are not in their sidebar
    client.force_login(olga)
    assert look(client).json()["badges"] == {MENTIONS: 0, OUTBOX: 1, LATE: 1}


def raised(talk: Conversation) -> None:
    Conversation.objects.raise_version(talk.pk)


def put_off(talk: Conversation) -> None:
    waiting.put_off(talk.pk, timezone.now() + HOUR, "anna")


def somebody_else_writes(_: Conversation) -> None:
    waits("another")


def somebody_else_waits_no_more(_: Conversation) -> None:
    talk = Conversation.objects.get(username="second")
    waiting.done(talk.pk, Message.objects.latest("pk").pk, timezone.now())


def a_send_fails_elsewhere(_: Conversation) -> None:
    say(make_conversation("elsewhere"), state=State.FAILED)


def a_send_fails_that_is_old(_: Conversation) -> None:
    """No tab has it any more; the outbox has."""
    say(make_conversation("elsewhere"), state=State.FAILED, at=timezone.now() - 200 * HOUR)


def one_is_mentioned(_: Conversation) -> None:
    note = Note.objects.create(conversation=make_conversation("elsewhere"), by="ben", text="@anna")
    note.mentions.create(user=User.objects.get(username="anna"))


def somebody_writes_too_late(_: Conversation) -> None:
    ask(make_conversation("elsewhere"), verdict=Verdict.TOO_OLD)


CHANGES: list[Callable[[Conversation], None]] = [
    raised, put_off, somebody_else_writes, somebody_else_waits_no_more, a_send_fails_elsewhere,
    a_send_fails_that_is_old, one_is_mentioned, somebody_writes_too_late,
]  # fmt: skip


@pytest.mark.parametrize("change", CHANGES, ids=lambda one: one.__name__)
def test_whatever_the_page_shows_makes_another_answer(
    staff: Client, change: Callable[[Conversation], None]
) -> None:
    talk = waits("maria")
    waits("second")
    etag = look(staff)["ETag"]
    assert look(staff, etag=etag).status_code == 304
    change(talk)
    assert look(staff, etag=etag).status_code == 200


def test_a_change_of_the_open_conversation_is_seen_that_is_not_in_the_list(staff: Client) -> None:
    talk = make_conversation("maria")
    query = f"?tab=waiting&open={talk.pk}"
    etag = look(staff, query)["ETag"]
    bot_pause.pause(talk.pk, "anna")
    assert look(staff, query, etag).status_code == 200


WHEN: dict[str, tuple[dict[str, timedelta], timedelta]] = {
    "the window closes soon": ({"last_inbound_at": -HOUR}, timedelta(hours=20, minutes=31)),
    "the window closes": ({"last_inbound_at": -21.6 * HOUR}, 2 * HOUR),
    "what is put off comes back": ({"put_off_until": HOUR}, 1.1 * HOUR),
    "a pause ends": ({"bot_paused_until": HOUR}, 1.1 * HOUR),
}


@pytest.mark.parametrize("what", WHEN)
def test_time_alone_makes_another_answer(staff: Client, time_passes: Clock, what: str) -> None:
    columns, until = WHEN[what]
    now = timezone.now()
    make_conversation("maria", **{name: now + by for name, by in columns.items()})
    first = look(staff, "?tab=all")
    time_passes(timedelta(minutes=1))
    assert look(staff, "?tab=all", first["ETag"]).status_code == 304
    time_passes(until)
    assert look(staff, "?tab=all", first["ETag"]).status_code == 200


def test_another_right_is_another_answer(client: Client, db: None) -> None:
    waits("maria")
    reader = viewer(client, "view_conversation")
    etag = look(reader)["ETag"]
    user = User.objects.get(username="viewer")
    User.objects.filter(pk=user.pk).update(is_superuser=True)
    assert look(reader, etag=etag).status_code == 200


def test_a_list_beside_shows_only_what_it_is_narrowed_to(staff: Client) -> None:
    label = Label.objects.named("returns")
    one, _ = waits("one"), waits("two")
    one.labels.add(label)
    assert rows(staff, f"?tab=waiting&labels__id__exact={label.pk}") == [one.pk]
    assert rows(staff, "?tab=waiting&assignee=nobody&paused=no") != []
    assert rows(staff, "?tab=waiting&paused=yes") == []


NOT_LIVE = ["?q=delivery", "?tab=all&q=x", "?origin=story", "?tab=all&paused=yes", "?after_rule=1"]
LIVE_LISTS = [
    "?tab=all", "?tab=all&paused=no", "?tab=all&window=open", "?tab=all&opted_out=no",
    "?tab=all&assignee=nobody", "?tab=all&since=2020-01-01", "?tab=all&until=2099-12-31",
    "?tab=all&needs_person__exact=0", "?paused=no&account={account}",
    "?labels__id__exact={label}", "?tab=waiting&paused=no", "?tab=bot_only&paused=no",
]  # fmt: skip
SAYS_SO = "This list looks for new conversations once a minute."


@pytest.mark.parametrize("query", LIVE_LISTS)
def test_what_an_index_finds_is_read_anew(staff: Client, query: str) -> None:
    label = Label.objects.named("returns")
    waits("maria").labels.add(label)
    query = query.format(label=label.pk, account=Account.objects.ours().pk)
    before = look(staff, query).json()["rows"]
    at = timezone.now()
    new = make_conversation("new", last_inbound_at=at)
    new.labels.add(label)
    if "bot_only" not in query:
        ask(new, at=at)
        waiting.recount(new.pk)
    after = rows(staff, query)
    assert sorted(after) == sorted([new.pk, *(pk for pk, _ in before)])
    assert SAYS_SO not in staff.get(f"{LIST}{query}").content.decode()


@pytest.mark.parametrize("query", NOT_LIVE)
def test_what_would_read_everything_is_asked_for_by_the_ids_shown(
    staff: Client, query: str
) -> None:
    one, two = waits("one"), waits("two")
    assert look(staff, query).json()["rows"] is None
    assert SAYS_SO in staff.get(f"{LIST}{query}").content.decode()
    assert rows(staff, f"{query}&rows={two.pk},{one.pk},999,x") == [two.pk, one.pk]


@pytest.mark.parametrize(
    "query",
    [
        "?tab=nonsense", "?tab=", "?p=0", "?p=-1", "?p=x", "?p=99999999999999999999", "?open=x",
        "?open=99999999999999999999", "?open=-1", "?labels__id__exact=x", "?assignee=%00",
        "?since=2026-13-45&tab=waiting", "?until=0001-01-01", "?after_rule=x", "?rows=&q=x",
        "?q=%00", "?tab=waiting&paused=maybe&window=ajar&opted_out=2", "?unknown=1", "?e=1",
        "?rows=1,2,,x&origin=x",
    ],
)  # fmt: skip
def test_nonsense_is_answered(staff: Client, query: str) -> None:
    waits("maria")
    assert look(staff, query).status_code == 200


def test_who_is_not_logged_in_is_told_so(client: Client, db: None) -> None:
    answer = look(client)
    assert (answer.status_code, answer.json()) == (401, {"error": "You have been logged out."})


def test_who_may_not_see_conversations_is_told_so(client: Client, db: None) -> None:
    answer = look(viewer(client, "view_label"))
    assert (answer.status_code, answer.json()) == (403, {"error": "You may not see conversations."})


def test_it_only_reads(staff: Client) -> None:
    assert staff.post(LIVE).status_code == 405
    waits("maria")
    assert "Set-Cookie" not in look(staff)
    assert look(staff)["Cache-Control"] == "no-store"


def test_it_takes_as_many_queries_for_thirty_as_for_one(staff: Client) -> None:
    talk = waits("maria")
    query = f"?tab=waiting&open={talk.pk}"
    before = queries(lambda: look(staff, query))
    for number in range(30):
        waits(f"customer{number}")
    assert queries(lambda: look(staff, query)) == before <= 4


@pytest.mark.django_db(transaction=True)
def test_what_commits_late_is_not_skipped(staff: Client) -> None:
    """No number is shared: a change whose transaction began first and ends last is seen."""
    slow, fast = waits("slow"), waits("fast")
    with held(slow) as let_go:
        if connection.vendor == "postgresql":  # SQLite has one writer, who is waited for
            Conversation.objects.raise_version(fast.pk)
        between = look(staff)
        seen = dict(between.json()["rows"])
        assert seen[slow.pk] == slow.version
        let_go()
    after = look(staff, etag=between["ETag"])
    assert after.status_code == 200
    assert dict(after.json()["rows"])[slow.pk] == slow.version + 1


class held:  # noqa: N801 - read as a word
    """Another transaction changes a conversation, and stays open until it is let go."""

    def __init__(self, talk: Conversation) -> None:
        self.talk, self.changed, self.may_end = talk, threading.Event(), threading.Event()
        self.thread = threading.Thread(target=self._change)

    def _change(self) -> None:
        try:
            with transaction.atomic():
                Conversation.objects.raise_version(self.talk.pk)
                self.changed.set()
                assert self.may_end.wait(20)
        finally:
            connection.close()

    def __enter__(self) -> Callable[[], None]:
        self.thread.start()
        assert self.changed.wait(20)
        return self._let_go

    def _let_go(self) -> None:
        self.may_end.set()
        self.thread.join()

    def __exit__(self, *_: object) -> None:
        self._let_go()


# Some rows by themselves


def some_rows(client: Client, query: str) -> Any:
    return client.get(f"{LIVE}rows/{query}")


def test_rows_are_fetched_by_themselves_as_they_stand_in_their_list(staff: Client) -> None:
    one, two, three = waits("one"), waits("two"), waits("three")
    found = some_rows(staff, f"?tab=waiting&ids={two.pk},{one.pk},999,x").content.decode()
    whole = staff.get(f"{LIST}?tab=waiting").content.decode()

    def row(page: str, talk: Conversation) -> str:
        begins = page.index(f'data-conversation="{talk.pk}"')
        return " ".join(page[begins : page.index("</li>", begins)].split())

    assert re.findall(r'class="queue-open"[^>]*>@(\w+)<', found) == ["two", "one"]
    assert row(found, one) == row(whole, one)
    assert row(found, two) == row(whole, two)
    assert f'data-conversation="{three.pk}"' not in found


def test_some_rows_are_for_those_who_may_see_them_at_this_moment(client: Client, db: None) -> None:
    talk = waits("maria")
    query = f"?ids={talk.pk}"
    assert some_rows(client, query).status_code == 401
    reader = viewer(client, "view_conversation")
    shown = some_rows(reader, query)
    assert "@maria" in shown.content.decode()
    assert "queue-tick" not in shown.content.decode()
    User.objects.get(username="viewer").user_permissions.clear()
    refused = some_rows(reader, query)
    assert (refused.status_code, "maria" in refused.content.decode()) == (403, False)


@pytest.mark.parametrize("query", ["", "?ids=", "?ids=x,,-1", "?ids=99999999999999999999", "?p=x"])
def test_nonsense_has_no_rows(staff: Client, query: str) -> None:
    shown = some_rows(staff, query)
    assert (shown.status_code, "queue-row" in shown.content.decode()) == (200, False)


def test_some_rows_take_as_many_queries_for_thirty_as_for_one(staff: Client) -> None:
    talk = waits("maria")
    before = queries(lambda: some_rows(staff, f"?ids={talk.pk}"))
    ids = ",".join(str(waits(f"customer{number}").pk) for number in range(30))
    assert queries(lambda: some_rows(staff, f"?ids={ids}")) == before


# What is remembered for a moment


@pytest.fixture
def remembered(_all_is_read_anew: None, monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """Everything is still recent until a test says otherwise."""
    monkeypatch.setattr(live._believed, "max_age", 1000)
    monkeypatch.setattr(snapshot, "MAX_AGE", 1000)
    return monkeypatch


@pytest.mark.parametrize("query", ["?tab=waiting", "?tab=mine", "?tab=all", "?assignee=nobody"])
def test_who_asks_again_costs_no_query(
    staff: Client, remembered: pytest.MonkeyPatch, query: str
) -> None:
    waits("maria")
    assert queries(lambda: look(staff, query)) == 0


def test_a_thread_beside_the_list_costs_one(staff: Client, remembered: pytest.MonkeyPatch) -> None:
    talk = make_conversation("maria")
    assert queries(lambda: look(staff, f"?tab=waiting&open={talk.pk}")) == 1


def test_counts_and_rows_are_late_by_a_moment_and_never_lost(
    staff: Client, remembered: pytest.MonkeyPatch
) -> None:
    talk = waits("maria")
    first = look(staff, "?tab=waiting")
    Conversation.objects.raise_version(talk.pk)
    say(make_conversation("elsewhere"), state=State.FAILED)
    assert look(staff, "?tab=waiting", first["ETag"]).status_code == 304
    remembered.setattr(snapshot, "MAX_AGE", 0)
    later = look(staff, "?tab=waiting", first["ETag"]).json()
    assert later["rows"] == [[talk.pk, talk.version + 1]]
    assert later["tabs"]["not_delivered"] == 1


def test_what_is_shared_is_nobody_elses_own(db: None, remembered: pytest.MonkeyPatch) -> None:
    anna, ben = (User.objects.create_superuser(name) for name in ("anna", "ben"))
    of_anna, of_ben = waits("of_anna", assignee=anna), waits("of_ben", assignee=ben)
    waits("nobodys")
    for user, own in ((anna, of_anna), (ben, of_ben)) * 2:
        browser = Client()
        browser.force_login(user)
        for query in ("?tab=mine", "?tab=waiting&assignee=me"):
            shown = look(browser, query).json()
            assert [pk for pk, _ in shown["rows"]] == [own.pk]
            assert (shown["tabs"]["mine"], shown["user"]) == (1, user.pk)


def test_an_answer_in_front_of_the_middleware_is_like_one_behind_it(
    staff: Client, remembered: pytest.MonkeyPatch
) -> None:
    waits("maria")
    remembered.setattr(live._believed, "max_age", 0)
    behind = look(staff)
    remembered.setattr(live._believed, "max_age", 1000)
    in_front = look(staff)
    assert in_front.content == behind.content
    for name in (
        "Cache-Control", "Content-Security-Policy", "Content-Type", "ETag", "Referrer-Policy",
        "X-Content-Type-Options",
    ):  # fmt: skip
        assert in_front[name] == behind[name], name


def test_who_has_logged_out_is_told_so_after_some_seconds(
    staff: Client, remembered: pytest.MonkeyPatch
) -> None:
    assert look(staff).status_code == 200
    Session.objects.all().delete()
    assert look(staff).status_code == 200
    remembered.setattr(live._believed, "max_age", 0)
    assert look(staff).status_code == 401


def test_who_has_just_been_allowed_in_need_not_wait(
    client: Client, db: None, remembered: pytest.MonkeyPatch
) -> None:
    reader = viewer(client, "view_label")
    assert look(reader).status_code == 403
    may = Permission.objects.get(codename="view_conversation")
    User.objects.get(username="viewer").user_permissions.add(may)
    assert look(reader).status_code == 200
