"""The list of conversations is a queue: its tabs, its filters, and what is done in bulk."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.contrib.admin import SimpleListFilter
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client, RequestFactory
from django.urls import reverse
from django.utils import timezone

from conversations import queries as talks
from conversations.admin import filters, live
from conversations.models import Conversation, Label, Mention, Note, Origin, State, Verdict
from conversations.queries import Source, Tab
from conversations.waiting import PutOff
from shop.models import Shop
from tests.support.talks import LIST, ask, customers, make_conversation, plans, queries, say, viewer
from workqueue.snapshot import Snapshot

pytestmark = pytest.mark.django_db

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
BULK = reverse("admin:conversations_conversation_bulk")


@pytest.fixture
def anna(staff: Client) -> User:
    return User.objects.get(username="anna")


@pytest.fixture
def colleague(db: None) -> User:
    return User.objects.create_superuser("olena", first_name="Olena", last_name="Koval")


@pytest.fixture
def queue(anna: User, colleague: User) -> datetime:
    """One of each kind; returns now."""
    now = timezone.now()
    waits = {"last_inbound_at": now - HOUR, "waiting_since": now - HOUR}
    make_conversation("waits", **waits)
    make_conversation("waits longest", **waits | {"waiting_since": now - 2 * HOUR})
    make_conversation("mine", **waits | {"waiting_since": now - HOUR / 2}, assignee=anna)
    make_conversation("of a colleague", **waits | {"waiting_since": now}, assignee=colleague)
    closing = {"last_inbound_at": now - 22 * HOUR, "waiting_since": now - 9 * HOUR}
    make_conversation("closing", **closing)
    make_conversation("closes first", **closing | {"last_inbound_at": now - 23 * HOUR})
    make_conversation("closed", **closing | {"last_inbound_at": now - 30 * HOUR})
    make_conversation("put off", **waits, put_off_until=now + 5 * HOUR)
    make_conversation("back sooner", **closing, put_off_until=now + HOUR)
    make_conversation("came back", **waits | {"waiting_since": now - DAY}, put_off_until=now - HOUR)
    make_conversation("mine and quiet", last_inbound_at=now, assignee=anna)
    bot = make_conversation("bot", last_inbound_at=now - 3 * HOUR)
    say(bot, state=State.FAILED)
    old = make_conversation("bot, long ago", last_inbound_at=now - 9 * DAY)
    say(old, state=State.FAILED, at=now - 9 * DAY)
    unconfirmed = make_conversation("bot, unconfirmed", last_inbound_at=now - 2 * HOUR)
    say(unconfirmed, state=State.UNKNOWN)
    return now


def opened(staff: Client, query: str = "") -> Any:
    response = staff.get(LIST + query.removeprefix(LIST))
    assert response.status_code == 200
    return response.context["cl"]


def listed(staff: Client, query: str = "") -> list[str]:
    return customers(opened(staff, query))


# The tabs

WAITING = [
    "came back", "closing", "closes first", "closed", "waits longest", "waits", "mine",
    "of a colleague",
]  # fmt: skip
BOT_ONLY = ["bot, unconfirmed", "bot", "bot, long ago"]


@pytest.mark.parametrize(
    ("tab", "found", "count"),
    [
        ("waiting", WAITING, 8),
        ("mine", ["mine", "mine and quiet"], 2),
        ("unassigned", WAITING[:6], 6),
        ("closing", ["closes first", "closing"], 2),
        ("not_delivered", ["bot, unconfirmed", "bot"], 2),
        ("put_off", ["back sooner", "put off"], 2),
        ("bot_only", BOT_ONLY, None),
    ],
)
def test_each_tab_has_its_own_in_its_order_and_says_how_many(
    staff: Client, queue: datetime, tab: str, found: list[str], count: int | None
) -> None:
    page = opened(staff, f"?tab={tab}")
    shown = customers(page)
    if tab in ("waiting", "unassigned"):  # three wait for equally long
        assert shown[0] == found[0]
        assert sorted(shown[1:4]) == sorted(found[1:4])
        assert shown[4:] == found[4:]
    else:
        assert shown == found
    part = next(part for part in page.parts if part.is_here)
    assert (tab, part.count) == (page.tab, count)


def test_what_is_mine_and_put_off_comes_last(staff: Client, queue: datetime) -> None:
    Conversation.objects.filter(username="mine").update(put_off_until=queue + HOUR)
    assert listed(staff, "?tab=mine") == ["mine and quiet", "mine"]
    Conversation.objects.filter(username="mine").update(put_off_until=queue - HOUR)
    assert listed(staff, "?tab=mine") == ["mine", "mine and quiet"]


def test_all_are_listed_newest_first_and_without_a_number(staff: Client, queue: datetime) -> None:
    page = opened(staff, "?tab=all")
    assert len(page.result_list) == Conversation.objects.count()
    shown = customers(page)
    assert (shown[0], shown[-1]) == ("mine and quiet", "bot, long ago")
    assert page.parts[-1].count is None


@pytest.mark.parametrize(
    ("query", "tab"),
    [
        ("", "waiting"),
        ("?p=2", "waiting"),
        ("?tab=nonsense", "waiting"),
        ("?needs_person__exact=1", "all"),
        ("?q=maria", "all"),
        ("?paused=&label=&q=", "waiting"),
        ("?tab=mine&paused=yes", "mine"),
    ],
)
def test_the_list_opens_with_those_who_wait_but_searches_among_all(
    staff: Client, queue: datetime, query: str, tab: str
) -> None:
    assert opened(staff, query.replace("label=&", "")).tab == tab


@pytest.mark.parametrize(
    ("tab", "words"),
    [
        ("waiting", "No one is waiting."),
        ("mine", "You have no open conversations."),
        ("unassigned", "Every customer who is waiting has been assigned."),
        ("closing", "No window closes within the next two hours."),
        ("not_delivered", "All messages of the last 7 days were delivered."),
        ("put_off", "Nothing is put off."),
    ],
)
def test_an_empty_tab_says_what_that_means(staff: Client, tab: str, words: str) -> None:
    make_conversation("quiet")
    assert words in staff.get(f"{LIST}?tab={tab}").content.decode()


# A row


def test_a_row_says_who_waits_how_long_and_who_has_it(
    staff: Client, anna: User, colleague: User
) -> None:
    now = timezone.now()
    talk = make_conversation(
        "maria", name="Maria Gonzalez", last_inbound_at=now - 9 * HOUR / 60,
        waiting_since=now - 9 * HOUR / 60, assignee=colleague,
    )  # fmt: skip
    talk.labels.add(Label.objects.named("returns"))
    ask(talk, "Where is it?")
    say(talk, "Sorry, our assistant didn't understand that.")
    row = staff.get(LIST).content.decode().partition("queue-rows")[2]
    for words in (
        "@maria", "Maria Gonzalez", "Where is it?", "waits 9 min", "Time to reply:", "23 h left",
        "Olena Koval", ">returns<", "MG",
        f'href="{LIST}{talk.pk}/change/?_changelist_filters=tab%3Dwaiting"',
    ):  # fmt: skip
        assert words in row
    assert "bot answers" not in row
    assert "our assistant" not in row


def test_a_row_says_until_when_it_is_put_off(staff: Client, queue: datetime) -> None:
    assert "put off until" in staff.get(f"{LIST}?tab=put_off").content.decode()


@pytest.mark.parametrize("tab", list(Tab))
def test_a_tab_takes_as_many_queries_for_thirty_as_for_one(
    staff: Client, anna: User, tab: str
) -> None:
    now = timezone.now()
    own = {"last_inbound_at": now - 23 * HOUR, "waiting_since": now, "assignee": anna}
    own |= {"assignee": None} if tab in ("unassigned", "bot_only") else {}
    own |= {"put_off_until": now + HOUR} if tab == "put_off" else {}
    own |= {"waiting_since": None} if tab == "bot_only" else {}

    def another(name: str) -> None:
        talk = make_conversation(name, **own)
        talk.labels.add(Label.objects.named("returns"))
        ask(talk)
        say(talk, state=State.FAILED)

    another("first")
    few = queries(lambda: staff.get(f"{LIST}?tab={tab}"))
    for number in range(29):
        another(f"c{number}")
    assert len(listed(staff, f"?tab={tab}")) == 30
    assert queries(lambda: staff.get(f"{LIST}?tab={tab}")) == few <= 16


def test_long_lists_have_pages_without_counting_the_rows(staff: Client, anna: User) -> None:
    now = timezone.now()
    for number in range(51):
        make_conversation(f"c{number}", waiting_since=now - timedelta(minutes=number))
    page = opened(staff)
    assert (len(page.result_list), page.newer) == (50, "")
    rest = opened(staff, page.older)
    assert customers(rest) == ["c0"]
    assert rest.older == ""
    assert listed(staff, rest.newer)[0] == "c50"
    for nonsense in ("0", "-1", "x", "9" * 30):
        assert staff.get(f"{LIST}?p={nonsense}").status_code == 200


INDEXES = {
    Tab.WAITING: "conversation_waiting",
    Tab.MINE: "conversation_mine",
    Tab.UNASSIGNED: "conversation_waiting",
    Tab.CLOSING: "conversation_waiting",
    Tab.NOT_DELIVERED: "message_trouble",
    Tab.PUT_OFF: "conversation_put_off",
    Tab.BOT_ONLY: "conversation_newest",
    Tab.ALL: "conversation_newest",
}


@pytest.mark.usefixtures("_many")
@pytest.mark.parametrize(("tab", "index"), INDEXES.items())
def test_each_tab_is_found_by_its_index(anna: User, tab: Tab, index: str) -> None:
    now = timezone.now()
    rows = Conversation.objects.newest_first()
    (plan,) = plans(lambda: list(talks.in_tab(rows, tab, anna.pk, now)[:51]))
    assert index in plan


@pytest.mark.usefixtures("_many")
@pytest.mark.parametrize("source", Source)
def test_how_customers_came_is_found_by_its_index(db: None, source: Source) -> None:
    rows = talks.from_source(Conversation.objects.newest_first(), source)
    (plan,) = plans(lambda: list(rows.values_list("pk")[:51]))
    assert ("message_came" in plan) == (source != Source.AD)


@pytest.mark.usefixtures("_many")
@pytest.mark.parametrize("tab", [Tab.ALL, Tab.BOT_ONLY])
def test_a_last_page_is_found_without_a_look_at_the_rows_before_it(anna: User, tab: Tab) -> None:
    rows = talks.in_tab(Conversation.objects.all(), tab, anna.pk, timezone.now())
    (plan,) = plans(lambda: list(rows.values_list("pk")[50_000:50_051]))
    by_index_alone = {"sqlite": "COVERING INDEX conversation_newest"}
    on_postgresql = "Index Only Scan using conversation_newest"
    assert by_index_alone.get(connection.vendor, on_postgresql) in plan


FEW: dict[type[SimpleListFilter], str] = {
    filters.FlaggedFilter: "1", filters.OptedOutFilter: "yes", filters.SendsFilter: "failed",
    filters.AssigneeFilter: "1", filters.LabelFilter: "1",
}  # fmt: skip


@pytest.mark.usefixtures("_many")
@pytest.mark.parametrize("chosen", FEW, ids=lambda one: one.parameter_name)
def test_few_of_many_are_found_without_a_look_at_the_others(
    anna: User, rf: RequestFactory, chosen: type[SimpleListFilter]
) -> None:
    """An open page that is narrowed to them has them read twice a second."""
    rows: Any = talks.in_tab(Conversation.objects.all(), Tab.ALL, anna.pk, timezone.now())
    narrowed: Any = live._filter(chosen, FEW[chosen]).queryset(rf.get(LIST), rows)
    (plan,) = plans(lambda: list(narrowed.values_list("pk")[:51]))
    assert "conversation_newest" not in plan


@pytest.mark.usefixtures("_many")
def test_the_numbers_stand_on_indexes_of_few_rows(anna: User) -> None:
    (plan,) = plans(lambda: talks.count_tabs(anna.pk, timezone.now()))
    for index in (
        "conversation_waiting", "message_trouble", "conversation_mine", "conversation_put_off",
    ):  # fmt: skip
        assert index in plan


# What it can be narrowed to


@pytest.fixture
def various(anna: User, colleague: User) -> None:
    now = timezone.now()
    direct = make_conversation("direct", last_inbound_at=now, bot_paused_until=now + HOUR)
    ask(direct)
    direct.labels.add(Label.objects.named("returns"))
    story = make_conversation("story", last_inbound_at=now - 23 * HOUR, assignee=anna)
    ask(story, kind="story_reply")
    story.labels.add(Label.objects.named("returns"))
    ask(make_conversation("comment", created_at=now - 9 * DAY, assignee=colleague), kind="comment")
    ad = {"source": "ADS", "type": "OPEN_THREAD", "ad_id": "1202"}
    make_conversation("ad", last_inbound_at=now - 3 * DAY, referral=ad, opted_out_at=now)


def day(back: int) -> date:
    return timezone.now().date() - back * DAY


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("origin=direct", ["direct"]),
        ("origin=story", ["story"]),
        ("origin=comment", ["comment"]),
        ("origin=ad", ["ad"]),
        ("origin=nonsense", ["ad", "comment", "direct", "story"]),
        ("assignee=me", ["story"]),
        ("assignee=nobody", ["ad", "direct"]),
        ("assignee=99999", []),
        ("assignee=nonsense", []),
        ("opted_out=yes", ["ad"]),
        ("labels__id__exact={returns}", ["direct", "story"]),
        ("labels__id__exact=nonsense", []),
        ("labels__id__exact={returns}&assignee=me", ["story"]),
        ("labels__id__exact={returns}&paused=yes&window=open&origin=direct", ["direct"]),
        ("labels__id__exact={returns}&paused=yes&assignee=me", []),
        ("since={since}", ["ad", "direct", "story"]),
        ("until={until}", ["ad", "comment"]),
        ("since={since}&until={until}", ["ad"]),
        ("since=0001-01-01&until=9999-12-31", ["ad", "comment", "direct", "story"]),
        ("since=nonsense", ["ad", "comment", "direct", "story"]),
        ("q=st&labels__id__exact={returns}", ["story"]),
        ("tab=mine&labels__id__exact={returns}", ["story"]),
        ("tab=mine&origin=ad", []),
    ],
)
def test_filters_combine(staff: Client, various: None, query: str, found: list[str]) -> None:
    returns = Label.objects.named("returns").pk
    filled = query.format(returns=returns, since=day(5), until=day(2))
    assert sorted(listed(staff, f"?{filled}")) == found


def test_each_filter_that_is_on_can_be_taken_off_alone(staff: Client, various: None) -> None:
    page = opened(staff, "?assignee=me&origin=story&q=story")
    assert [(one.title, one.chosen) for one in page.active] == [
        ("Assignee", "Me"),
        ("Origin", "Story"),
    ]
    assert page.active[0].off == f"{LIST}?origin=story&q=story&tab=all"
    assert "Reset filters" in staff.get(f"{LIST}?assignee=me").content.decode()


# What is done with all that are ticked


def press(staff: Client, do: str, *ticked: Conversation, **fields: str) -> str:
    given = {"do": do, "ticked": [str(talk.pk) for talk in ticked], **fields}
    response = staff.post(f"{BULK}?tab=all", given, follow=True)
    assert response.redirect_chain == [(f"{LIST}?tab=all", 302)]
    return " ".join(str(message) for message in response.context["messages"])


@pytest.fixture
def two() -> tuple[Conversation, Conversation]:
    now = timezone.now()
    return make_conversation("one", waiting_since=now), make_conversation("two")


Two = tuple[Conversation, Conversation]


def test_done_says_how_many_it_changed(staff: Client, two: Two) -> None:
    said = press(staff, "done", *two)
    assert said.startswith("1 of 2 conversations marked as done. The others were not waiting, ")
    assert not Conversation.objects.filter(waiting_since__isnull=False)
    said = press(staff, "done", *two)
    assert said.startswith("No conversation marked as done. They were not waiting, ")
    (entry,) = LogEntry.objects.all()
    assert (entry.object_id, entry.get_change_message()) == (str(two[0].pk), "Marked as done.")


def test_done_ends_the_pause_that_a_rule_began(staff: Client, two: Two) -> None:
    now = timezone.now()
    Conversation.objects.update(bot_paused_until=now + HOUR, bot_paused_by="rule", last_word_at=now)
    press(staff, "done", two[0])
    assert Conversation.objects.get(pk=two[0].pk).bot_paused_until is None
    assert Conversation.objects.get(pk=two[1].pk).bot_paused_until is not None


def test_conversations_are_assigned_to_me_a_colleague_or_nobody(
    staff: Client, two: Two, anna: User, colleague: User
) -> None:
    assert press(staff, "assign:me", *two) == "2 conversations assigned to you."
    assert set(Conversation.objects.values_list("assignee", flat=True)) == {anna.pk}
    said = press(staff, f"assign:{colleague.pk}", two[0])
    assert said == "1 conversation assigned to Olena Koval."
    assert press(staff, "assign:me", *two).startswith("1 of 2 conversations assigned to you.")
    assert press(staff, "assign:nobody", *two) == "2 conversations assigned to nobody."
    assert not Conversation.objects.exclude(assignee=None)


def test_each_colleague_who_gets_some_is_told_in_each_that_they_did_not_have(
    staff: Client, two: Two, colleague: User
) -> None:
    press(staff, f"assign:{colleague.pk}", two[0])
    press(staff, f"assign:{colleague.pk}", *two)
    notes = Note.objects.order_by("pk")
    assert [(note.conversation, note.by) for note in notes] == [(one, "anna") for one in two]
    assert {note.text for note in notes} == {"Handed over to @olena."}
    assert [one.user for one in Mention.objects.all()] == [colleague] * 2
    press(staff, "assign:me", *two)
    press(staff, "assign:nobody", *two)
    assert notes.count() == 2


def test_who_had_it_by_then_is_not_told(staff: Client, two: Two, anna: User) -> None:
    """A colleague took one of them while the page was open: nothing is changed there."""
    quick, told = (User.objects.create_superuser(name) for name in ("quick", "told"))
    Conversation.objects.filter(pk=two[0].pk).update(assignee=quick)
    press(staff, f"assign:{told.pk}", *two, **{f"had-{talk.pk}": "" for talk in two})
    assert Mention.objects.get().note.conversation == two[1]


def test_a_conversation_is_not_assigned_to_who_could_not_answer_it(staff: Client, two: Two) -> None:
    other = User.objects.create_user("bookkeeper", is_staff=True)
    for whom in (other.pk, 99999, "x", ""):
        assert "This person may not answer customers" in press(staff, f"assign:{whom}", *two)
    assert not Conversation.objects.exclude(assignee=None)


def test_a_label_is_added_to_all_that_lack_it(staff: Client, two: Two) -> None:
    two[0].labels.add(Label.objects.named("Returns"))
    said = press(staff, "label", *two, label=" returns ")
    assert said.startswith("1 of 2 conversations labelled “Returns”.")
    assert Conversation.objects.filter(labels=Label.objects.get()).count() == 2
    assert "1 to 50 characters" in press(staff, "label", *two, label="x" * 51)
    assert "1 to 50 characters" in press(staff, "label", *two, label="\0 ")


def test_a_pause_that_is_over_is_not_ended_once_more(staff: Client, two: Two) -> None:
    for talk, hours in zip(two, (1, -1), strict=True):
        until = timezone.now() + hours * HOUR
        Conversation.objects.filter(pk=talk.pk).update(bot_paused_until=until)
    assert press(staff, "resume", *two).startswith("1 of 2 conversations resumed.")
    assert LogEntry.objects.get().object_id == str(two[0].pk)


def test_what_is_done_is_not_taken_back_with_what_was_put_off(
    staff: Client, two: Two, anna: User
) -> None:
    given = {"assignee": anna, "closed_at": timezone.now()}
    Conversation.objects.filter(pk=two[1].pk).update(**given)
    assert press(staff, "put_off:end", *two).startswith("No conversation back in the queue.")
    assert listed(staff, "?tab=mine") == []


def test_a_pause_does_not_shorten_a_longer_one(staff: Client, two: Two) -> None:
    longer = timezone.now() + 100 * HOUR
    Conversation.objects.filter(pk=two[0].pk).update(bot_paused_until=longer)
    assert press(staff, "pause", *two).startswith("1 of 2 conversations paused until")
    assert Conversation.objects.get(pk=two[0].pk).bot_paused_until == longer
    paused = Conversation.objects.get(pk=two[1].pk)
    assert paused.bot_is_paused(timezone.now())
    assert paused.bot_paused_by == "anna"


def test_conversations_are_put_off_and_come_back(staff: Client, two: Two) -> None:
    assert press(staff, "put_off:hours", two[0]).startswith("1 conversation put off until")
    now = timezone.now()
    until = Conversation.objects.get(pk=two[0].pk).put_off_until
    assert until is not None
    assert timedelta() < now + 3 * HOUR - until < HOUR
    assert listed(staff, "?tab=put_off") == ["one"]
    assert press(staff, "put_off:tomorrow", two[0])
    assert Conversation.objects.get(pk=two[0].pk).put_off_until == PutOff.TOMORROW.ends_at(now)
    assert press(staff, "put_off:end", *two).startswith("1 of 2 conversations back in the queue.")
    assert listed(staff) == ["one"]
    assert "Choose until when." in press(staff, "put_off:christmas", *two)


@pytest.mark.parametrize(
    ("zone", "now", "then"),
    [
        ("Europe/Kyiv", datetime(2026, 7, 1, 12, tzinfo=UTC), datetime(2026, 7, 2, 6, tzinfo=UTC)),
        ("Europe/Kyiv", datetime(2026, 7, 1, 22, tzinfo=UTC), datetime(2026, 7, 3, 6, tzinfo=UTC)),
        ("Europe/Kyiv", datetime(2026, 1, 1, 12, tzinfo=UTC), datetime(2026, 1, 2, 7, tzinfo=UTC)),
        ("America/Lima", datetime(2026, 7, 2, 2, tzinfo=UTC), datetime(2026, 7, 2, 14, tzinfo=UTC)),
    ],
)
def test_tomorrow_is_nine_in_the_morning_of_the_shop(
    db: None, zone: str, now: datetime, then: datetime
) -> None:
    Shop.objects.update_or_create(pk=1, defaults={"time_zone": zone})
    Snapshot.forget_everything()
    assert PutOff.TOMORROW.ends_at(now) == then


@pytest.mark.parametrize("do", ["", "erase", "assign", "done:"])
def test_what_is_not_offered_changes_nothing_else(staff: Client, two: Two, do: str) -> None:
    before = list(Conversation.objects.order_by("pk").values())
    press(staff, do, two[1])
    assert list(Conversation.objects.order_by("pk").values()) == before


@pytest.mark.parametrize("ticked", [[], ["x"], ["9" * 40]])
def test_nothing_ticked_is_said(staff: Client, two: Two, ticked: list[str]) -> None:
    response = staff.post(BULK, {"do": "done", "ticked": ticked}, follow=True)
    assert "Select at least one conversation." in response.content.decode()
    assert Conversation.objects.filter(waiting_since__isnull=False).count() == 1


def test_only_who_may_change_conversations_ticks_them(client: Client, two: Two) -> None:
    reader = viewer(client, "view_conversation")
    shown = reader.get(f"{LIST}?tab=all").content.decode()
    assert "@one" in shown
    assert "queue-tick" not in shown
    assert reader.post(BULK, {"do": "done", "ticked": two[0].pk}).status_code == 403
    assert reader.get(BULK).status_code == 405


def test_a_customer_without_a_message_of_theirs_is_listed(staff: Client) -> None:
    talk = make_conversation("", waiting_since=timezone.now())
    say(talk, origin=Origin.STAFF)
    ask(make_conversation("other"), verdict=Verdict.ANSWERED)
    assert "Has not written yet" in staff.get(LIST).content.decode()
