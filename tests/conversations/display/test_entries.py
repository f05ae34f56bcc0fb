"""One row of a thread: what it shows, what became of it in one line, and what one may do."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from conversations.display import thread
from conversations.display.entry import Entry
from conversations.models import Account, Conversation, Message, Origin, State, Verdict
from tests.support.talks import ask, make_conversation, page, say

pytestmark = [pytest.mark.django_db, pytest.mark.once]

HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
GONE = "This customer can't receive messages from you."
LATE = "The 24-hour window is closed."


@pytest.fixture
def talk() -> Conversation:
    return make_conversation("maria", last_inbound_at=timezone.now())


def read(talk: Conversation, **place: str) -> list[Entry]:
    talk.refresh_from_db()
    return thread.read(talk, place, timezone.now()).entries


def last(talk: Conversation) -> Entry:
    return read(talk)[-1]


# ---- What became of it


@pytest.mark.parametrize(
    ("fields", "fate", "sentence", "tone"),
    [
        ({"state": State.SENT}, "Sent", "", "calm"),
        ({"state": State.SENDING}, "", "Sending…", "calm"),
        ({"state": State.QUEUED}, "", "Sending…", "calm"),
        ({"state": State.FAILED, "error": GONE}, "Not delivered", GONE, "bad"),
        (
            {"state": State.FAILED, "error": "Not confirmed; anna chose not to resend it."},
            "",
            "Not confirmed; anna chose not to resend it.",
            "bad",
        ),
        (
            {"state": State.UNKNOWN, "error": "No answer came."},
            "",
            "Not confirmed yet. We're checking whether it was delivered.",
            "warn",
        ),
        (
            {"state": State.CANCELLED, "error": "Cancelled: anna replied instead."},
            "",
            "Cancelled: anna replied instead.",
            "calm",
        ),
        ({"state": State.UNDECIDED, "origin": Origin.APP}, "Sender not clear yet", "", "warn"),
    ],
)
def test_what_became_of_the_shops_message_is_one_calm_line(
    talk: Conversation, fields: dict[str, Any], fate: str, sentence: str, tone: str
) -> None:
    say(talk, **fields)
    entry = last(talk)
    assert (entry.fate, entry.sentence, entry.tone) == (fate, sentence, tone)


@pytest.mark.parametrize(
    ("verdict", "reason", "fate", "tone"),
    [
        (Verdict.ANSWERED, "matched 'a' in rule A", "Answered", "calm"),
        (Verdict.NO_ANSWER, "No rule matched.", "No answer", "warn"),
        (Verdict.KEPT, "Reels are not answered.", "", "calm"),
        (Verdict.KEPT, "", "Stored, not answered", "calm"),
        (Verdict.PAUSED, "Paused by anna.", "Waiting for staff", "calm"),
        (Verdict.FAILED, "It broke.", "Failed", "bad"),
    ],
)
def test_what_became_of_the_customers_message_is_one_calm_line(
    talk: Conversation, verdict: Verdict, reason: str, fate: str, tone: str
) -> None:
    ask(talk, verdict=verdict, reason=reason)
    entry = last(talk)
    assert (entry.fate, entry.sentence, entry.tone) == (fate, reason, tone)


def test_an_unconfirmed_send_is_never_red(talk: Conversation, settings: Settings) -> None:
    say(talk, state=State.UNKNOWN, called_at=timezone.now() - settings.SETTLE_FOR - MINUTE)
    entry = last(talk)
    assert entry.tone == "warn"
    assert entry.sentence == "Not confirmed. We couldn't find out whether it was delivered."


# ---- What one may do


def closed(talk: Conversation) -> None:
    Conversation.objects.update(last_inbound_at=timezone.now() - 30 * HOUR)


def open_(talk: Conversation) -> None:
    pass


Change = Callable[[Conversation], None]


@pytest.mark.parametrize(
    ("state", "change", "may", "why_not"),
    [
        (State.FAILED, open_, (True, True), ""),
        (State.FAILED, closed, (False, True), LATE),
        (State.CANCELLED, open_, (True, False), ""),
        (State.CANCELLED, closed, (False, False), LATE),
        (State.UNKNOWN, open_, (True, True), ""),
        (State.UNKNOWN, closed, (False, True), LATE),
        (State.QUEUED, open_, (False, True), ""),
        (State.SENDING, open_, (False, False), ""),
        (State.SENT, closed, (False, False), ""),
    ],
)
def test_it_can_be_resent_where_that_can_do_something(
    talk: Conversation, state: State, change: Change, may: tuple[bool, bool], why_not: str
) -> None:
    """may: be resent, be cancelled."""
    say(talk, origin=Origin.STAFF, staff="anna", state=state)
    change(talk)
    entry = last(talk)
    assert (entry.may_go_again, entry.may_be_stopped) == may
    assert entry.why_not_again == why_not


def test_why_not_is_not_said_twice(talk: Conversation) -> None:
    say(talk, state=State.FAILED, error=f"{LATE} It was held back: Instagram can't be reached.")
    closed(talk)
    assert last(talk).why_not_again == ""


@pytest.mark.parametrize(("age", "again"), [(6 * 24 * HOUR, True), (8 * 24 * HOUR, False)])
def test_a_reply_to_a_comment_can_be_resent_for_a_week(
    talk: Conversation, age: timedelta, again: bool
) -> None:
    closed(talk)
    now = timezone.now()
    question = ask(talk, "price?", kind="comment", at=now - age, about={"comment": "1"})
    say(talk, kind="private_reply", in_reply_to=question, state=State.FAILED, at=now)
    entry = last(talk)
    assert (entry.may_go_again, entry.quoted) == (again, "price?")
    assert bool(entry.why_not_again) != again


@pytest.mark.parametrize(
    ("rows", "waits", "hurry"),
    [
        ([{}], "Sending…", False),
        ([{"not_before": HOUR}], "Next attempt at", True),
        ([{"not_before": HOUR}, {}], "Waiting for the message before it.", False),
        ([{"state": State.UNKNOWN}, {}], "Waiting until we know whether the message", True),
        ([{"state": State.UNKNOWN}, {"staff": "anna"}], "Sending…", False),
    ],
)
def test_send_now_stands_where_a_click_can_do_something(
    talk: Conversation, rows: list[dict[str, Any]], waits: str, hurry: bool
) -> None:
    now = timezone.now()
    for row in rows:
        later = {name: now + row[name] for name in row if name == "not_before"}
        say(talk, at=now, **({"state": State.QUEUED} | row | later))
    entry = last(talk)
    assert waits in entry.sentence
    assert (entry.may_go_again, entry.tone) == (hurry, "calm")
    Account.objects.update(paused_until=now + HOUR, pause=Account.Pause.THROTTLED)
    entry = last(talk)
    assert "Sending paused until" in entry.sentence
    assert (entry.may_go_again, entry.may_be_stopped, entry.tone) == (False, True, "warn")


# ---- Said once


def notes(talk: Conversation) -> list[int]:
    return [entry.times for entry in read(talk)]


def noon() -> Any:
    return timezone.localtime().replace(hour=12, minute=0, second=0, microsecond=0) - 24 * HOUR


def test_equal_notes_in_a_row_are_said_below_the_last(talk: Conversation) -> None:
    at = noon()
    for n in range(5):
        ask(talk, f"hello {n}", at=at + n * MINUTE, reason="Paused.", verdict=Verdict.PAUSED)
    say(talk, at=at + 6 * MINUTE)
    ask(talk, "and?", at=at + 7 * MINUTE, reason="Paused.", verdict=Verdict.PAUSED)
    assert notes(talk) == [0, 0, 0, 0, 5, 1, 1]


@pytest.mark.parametrize(
    "other",
    [
        {"reason": "Another reason."},
        {"verdict": Verdict.NO_ANSWER},
        {"edits": 1},
        {"at": 24 * HOUR},
    ],
)
def test_what_differs_is_said_by_itself(talk: Conversation, other: dict[str, Any]) -> None:
    at = noon()
    first = {"reason": "Paused.", "verdict": Verdict.PAUSED}
    ask(talk, at=at, **first)
    ask(talk, **(first | other | {"at": at + other.get("at", MINUTE)}))
    assert notes(talk) == [1, 1]


def test_what_has_something_to_click_stands_alone(talk: Conversation) -> None:
    at = noon()
    for n in range(2):
        say(talk, state=State.FAILED, error=GONE, at=at + n * MINUTE, origin=Origin.STAFF)
    assert notes(talk) == [1, 1]


def test_equal_lines_in_a_row_are_one(talk: Conversation) -> None:
    at = noon()
    rows = [
        ask(talk, "", kind="optin", verdict=Verdict.KEPT, reason="", at=at + n * MINUTE)
        for n in range(50)
    ]
    ask(talk, "", kind="request_thread_control", verdict=Verdict.KEPT, at=at + HOUR)
    talk.refresh_from_db()
    entries = [one for one in read(talk) if one.event == "signed up for notifications"]
    [line] = entries
    on_page = rows[len(rows) - thread.SHOWN + 1 :]
    assert line.times == len(on_page)
    assert [*line.absorbed, line.message.pk] == [row.pk for row in on_page]
    assert line.since == on_page[0].at


def test_who_goes_on_is_named_once(talk: Conversation) -> None:
    at = noon()
    for n in (0, 1, 3, 9):
        ask(talk, f"hello {n}", at=at + n * MINUTE)
    say(talk, at=at + 10 * MINUTE)
    say(talk, at=at + 10 * MINUTE, origin=Origin.STAFF, staff="anna")
    say(talk, at=at + 10 * MINUTE, origin=Origin.STAFF, staff="olena")
    goes_on = [entry.continues for entry in read(talk)]
    assert goes_on == [False, True, True, False, False, False, False]


# ---- What it is about


@pytest.mark.parametrize(
    ("about", "label"),
    [
        ({"media": {"id": "1", "media_product_type": "FEED"}}, "Comment on your post"),
        ({"media": {"id": "1", "media_product_type": "REELS"}}, "Comment on your reel"),
        ({"media": {"id": "1", "media_product_type": "AD", "ad_title": "Sale"}}, "your ad “Sale”"),
        ({"media": {"id": "1"}, "parent": "2"}, "Reply to a comment on your post"),
        ({"media": "?"}, "Comment on your post"),
        ({}, "Comment on your post"),
    ],
)
def test_a_comment_says_what_it_is_on(
    talk: Conversation, about: dict[str, Any], label: str
) -> None:
    ask(talk, "price?", kind="comment", about=about)
    assert label in last(talk).label


def test_a_comments_post_is_a_link_where_meta_gives_one(talk: Conversation) -> None:
    post = "https://www.instagram.com/p/abc/"
    ask(talk, "price?", kind="comment", about={"media": {"id": "1", "permalink": post}})
    assert last(talk).post == post


def test_a_message_replied_to_is_quoted_from_any_page(talk: Conversation) -> None:
    at = noon()
    ask(talk, "Do you ship to Lviv?", mid="m1", at=at)
    for n in range(thread.SHOWN):
        ask(talk, f"hello {n}", at=at + n * MINUTE)
    ask(talk, "this one", about={"reply_to": "m1"})
    ask(talk, "that one", about={"reply_to": "m0"})
    assert [entry.quoted for entry in read(talk)[-2:]] == [
        "Do you ship to Lviv?",
        "an earlier message",
    ]


PRODUCT = {"id": "1", "title": "Coat", "subtitle": "59 EUR", "image_url": "https://a.example/c.jpg"}


def test_products_are_cards_and_nothing_is_a_card_without_words(talk: Conversation) -> None:
    elements = [PRODUCT, {}, {"title": None}, {"image_url": "https://a.example/d.jpg"}]
    payload = {"product": {"elements": elements}}
    ask(talk, "", kind="template", attachments=[{"type": "template", "payload": payload}])
    entry = last(talk)
    assert [(card.title, card.image_url) for card in entry.cards] == [
        ("Coat", "https://a.example/c.jpg"),
        ("", "https://a.example/d.jpg"),
    ]
    assert (entry.media, entry.label) == ([], "")


def test_all_pictures_of_a_message_are_shown(talk: Conversation) -> None:
    urls = [f"https://lookaside.fbsbx.com/{n}" for n in range(3)]
    ask(talk, "", kind="image", attachments=[{"type": "image", "payload": {"urls": urls}}])
    assert [one.url for one in last(talk).media] == urls


@pytest.mark.parametrize(
    ("referral", "ref", "words"),
    [
        ({"ref": "autumn", "source": "SHORTLINK"}, "autumn", "through the link “autumn”"),
        ({}, "", "through a link"),
        ({"ad_id": "1", "ads_context_data": {"ad_title": "Sale"}}, "1", "from the ad “Sale”"),
        ({"ad_id": "1"}, "1", "from the ad “1”"),
        ({"product": {"id": "700"}}, "700", "from product 700"),
    ],
)
def test_a_visit_by_a_link_is_a_line_where_it_was(
    talk: Conversation, referral: dict[str, Any], ref: str, words: str
) -> None:
    at = noon()
    for n in range(3):
        ask(talk, f"hello {n}", at=at + n * HOUR)
    came = {"referral": referral, "referral_ref": ref}
    Conversation.objects.update(referred_at=at + HOUR / 2, **came)
    assert [words in entry.came for entry in read(talk)] == [False, True, False]
    Conversation.objects.update(referred_at=timezone.now())
    talk.refresh_from_db()
    shown = thread.read(talk, {}, timezone.now())
    assert words in shown.came
    assert not any(entry.came for entry in shown.entries)


@pytest.mark.parametrize(
    ("fields", "before"),
    [
        ({"edits": 1, "text_before": "<b>hello</b>"}, "<b>hello</b>"),
        ({"edits": 1, "text_before": ""}, ""),
        ({"edits": 2, "text_before": "hello"}, ""),  # edited back
        ({"edits": 1, "text_before": "x", "unsent_at": timezone.now()}, ""),
    ],
)
def test_an_edited_message_says_what_it_said_before(
    staff: Client, talk: Conversation, fields: dict[str, Any], before: str
) -> None:
    ask(talk, "hello", **fields)
    assert last(talk).before == before
    shown = page(staff, talk)
    assert "Edited" in shown
    assert "<b>hello" not in shown
    assert ("&lt;b&gt;hello&lt;/b&gt;" in shown) == bool(before)


# ---- Pages


@pytest.fixture
def rows(talk: Conversation) -> list[Message]:
    """A long thread, of which many messages were said at one moment."""
    at = noon()
    Message.objects.bulk_create(
        Message(
            conversation=talk, origin=Origin.CUSTOMER, text=f"message {n}", mid=f"m{n}",
            at=at + n // 30 * MINUTE, verdict=Verdict.ANSWERED,
        )
        for n in range(300)
    )  # fmt: skip
    return list(talk.messages.order_by("at", "pk"))


@pytest.mark.parametrize("number", [0, 1, 11, 12, 150, 287, 288, 299])
def test_the_page_of_a_message_has_it_and_what_is_around(
    talk: Conversation, rows: list[Message], number: int
) -> None:
    shown = thread.read(talk, {"at": str(rows[number].pk)}, timezone.now())
    half = thread.SHOWN // 2
    around = rows[max(number - half, 0) : number + half]
    assert [entry.message.pk for entry in shown.entries] == [row.pk for row in around]
    assert [entry.message.pk for entry in shown.entries if entry.is_marked] == [rows[number].pk]
    assert (shown.older is None) == (around[0] == rows[0])
    assert (shown.newer is None) == shown.is_newest == (around[-1] == rows[-1])


@pytest.mark.parametrize(("way", "step"), [("before", "older"), ("after", "newer")])
def test_pages_go_on_from_a_found_message_to_both_ends(
    talk: Conversation, rows: list[Message], way: str, step: str
) -> None:
    shown = thread.read(talk, {"at": str(rows[150].pk)}, timezone.now())
    seen = [entry.message.pk for entry in shown.entries]
    while (edge := getattr(shown, step)) is not None:
        shown = thread.read(talk, {way: str(edge)}, timezone.now())
        page = [entry.message.pk for entry in shown.entries]
        seen = [*page, *seen] if way == "before" else [*seen, *page]
    half = thread.SHOWN // 2
    expected = rows[: 150 + half] if way == "before" else rows[150 - half :]
    assert seen == [row.pk for row in expected]


def test_another_conversations_message_is_no_place(talk: Conversation, rows: list[Message]) -> None:
    other = ask(make_conversation("bert"))
    shown = thread.read(talk, {"at": str(other.pk)}, timezone.now())
    assert shown.is_newest
    assert not any(entry.is_marked for entry in shown.entries)
