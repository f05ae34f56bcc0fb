from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from conversations.display import chips, details
from conversations.models import Account, Attempt, Conversation, Message, Origin, State, Verdict
from instagram.content import Button, Buttons, Card, Cards, Media, QuickReply, Text, row
from tests.support.talks import LIST, ask, page, queries, say, viewer

pytestmark = [pytest.mark.django_db, pytest.mark.once]

HOUR = timedelta(hours=1)


@pytest.mark.parametrize(
    ("left", "text", "tone"),
    [
        (timedelta(hours=23, minutes=29), "open for 23 h", "good"),
        (timedelta(hours=2), "open for 2 h", "good"),
        (timedelta(hours=1, minutes=40), "closes in 1 h 40 min", "warn"),
        (timedelta(minutes=9), "closes in 9 min", "warn"),
        (timedelta(seconds=59), "closes in a minute", "warn"),
        (timedelta(0), "closed", "calm"),
    ],
)
def test_window_chip_counts_down(left: timedelta, text: str, tone: str) -> None:
    now = timezone.now()
    talk = Conversation(last_inbound_at=now - 23.5 * HOUR + left)  # we stop a little earlier
    chip = chips.window_chip(talk, now)
    assert (chip.text, chip.tone) == (text, tone)


@pytest.mark.parametrize(
    ("waits", "text", "tone"),
    [
        (timedelta(seconds=-2), "waits < 1 min", "info"),
        (timedelta(seconds=59), "waits < 1 min", "info"),
        (timedelta(minutes=1), "waits 1 min", "info"),
        (timedelta(minutes=75), "waits 1 h 15 min", "warn"),
        (timedelta(hours=5), "waits 5 h", "bad"),
    ],
)
def test_a_row_says_for_how_long_its_customer_waits(waits: timedelta, text: str, tone: str) -> None:
    now = timezone.now()
    chip = chips.waits_chip(Conversation(waiting_since=now - waits), now)
    assert chip
    assert (chip.text, chip.tone) == (text, tone)


def test_window_of_a_customer_who_never_wrote_is_not_open() -> None:
    assert chips.window_chip(Conversation(), timezone.now()).text == "no DM yet"


@pytest.mark.parametrize(
    ("about", "name"),
    [
        ({}, "Instagram app"),
        ({"app": ""}, "Instagram app"),
        ({"app": "0"}, "Instagram app"),
        ({"app": "936619743392459"}, "Instagram app"),
        ({"app": "263902037430900"}, "Meta&#x27;s inbox"),
        ({"app": "1517776481860111"}, "Another tool (app 1517776481860111)"),
        ({"app": "<b>"}, "Another tool (app &lt;b&gt;)"),
    ],
)
def test_what_came_from_our_account_is_named_by_the_app_that_meta_gives(
    staff: Client, talk: Conversation, about: dict[str, str], name: str
) -> None:
    say(talk, "Hello!", origin=Origin.APP, about=about)
    shown = page(staff, talk)
    assert name in shown
    assert ("Instagram app" in shown) == (name == "Instagram app")


def test_thread_says_why_and_links_the_rule(staff: Client, talk: Conversation) -> None:
    question = ask(talk, verdict=Verdict.ANSWERED, reason="matched 'delivery' in rule <Delivery>")
    say(talk, in_reply_to=question, rule=77, sent_at=timezone.now())
    shown = page(staff, talk)
    assert "matched &#x27;delivery&#x27; in rule &lt;Delivery&gt;" in shown
    assert reverse("admin:rules_responserule_change", args=[77]) in shown


def test_thread_hides_the_rule_from_those_who_may_not_see_rules(
    client: Client, talk: Conversation
) -> None:
    question = ask(talk, verdict=Verdict.ANSWERED, reason="matched 'delivery' in rule Delivery")
    say(talk, in_reply_to=question, rule=77)
    shown = page(viewer(client, "view_conversation"), talk)
    assert "in rule Delivery" in shown
    assert "/rules/responserule/" not in shown


def test_thread_escapes_what_customers_write(staff: Client, talk: Conversation) -> None:
    evil = "<script>alert(1)</script>"
    Conversation.objects.filter(pk=talk.pk).update(username=f'"{evil}', name=evil)
    ask(talk, evil, payload=evil, kind="postback", reason=evil)
    ask(talk, "", kind=evil)
    ask(talk, "", kind="image", attachments=[{"type": evil, "payload": {"url": evil}}])
    say(talk, evil, state=State.FAILED, error=evil)
    shown = page(staff, talk)
    assert "<script>alert(1)" not in shown
    assert shown.count("&lt;script&gt;alert(1)&lt;/script&gt;") >= 8


def test_links_in_messages_are_links(staff: Client, talk: Conversation) -> None:
    ask(talk, "javascript:alert(1) https://shop.example/a?b=1&c=2.")
    shown = page(staff, talk)
    assert 'href="https://shop.example/a?b=1&amp;c=2"' in shown
    assert 'rel="noopener noreferrer nofollow" referrerpolicy="no-referrer">' in shown
    assert 'href="javascript:' not in shown


def test_white_space_of_a_message_is_kept(staff: Client, talk: Conversation) -> None:
    ask(talk, "one\n\n   two")
    assert '<p class="msg-text">one\n\n   two</p>' in page(staff, talk)


def test_thread_begins_each_day_with_a_line(staff: Client, talk: Conversation) -> None:
    noon = datetime(2026, 3, 5, 12, tzinfo=timezone.get_current_timezone())
    for hours in (0, 1, 24):
        ask(talk, at=noon + hours * HOUR)
    shown = page(staff, talk)
    assert shown.count('class="msg-day"') == 2
    assert "Thursday, 5 March 2026" in shown
    assert "Friday, 6 March 2026" in shown


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"state": State.FAILED, "error": "This person is gone."}, "This person is gone."),
        ({"state": State.UNKNOWN}, "Not confirmed"),
        ({"state": State.CANCELLED, "error": "The bot was paused."}, "The bot was paused."),
        ({"state": State.SENDING}, "Sending"),
        ({"state": State.QUEUED}, "Sending…"),
        ({"state": State.UNDECIDED, "origin": Origin.APP}, "not clear yet"),
        ({"origin": Origin.STAFF}, "support_agent"),
        ({"origin": Origin.APP}, "smartphone"),
    ],
)
def test_thread_says_what_became_of_the_shops_message(
    staff: Client, talk: Conversation, fields: dict[str, Any], words: str
) -> None:
    say(talk, **fields)
    assert words in page(staff, talk)


def test_queued_message_says_what_it_waits_for(staff: Client, talk: Conversation) -> None:
    later = timezone.now() + HOUR
    say(talk, state=State.QUEUED, not_before=later, error="Instagram is busy.")
    assert "Next attempt at" in page(staff, talk)
    assert "Instagram is busy." in page(staff, talk)
    Message.objects.update(not_before=None)
    say(talk, state=State.UNKNOWN, at=timezone.now() - HOUR)
    assert "until we know whether the message before it was delivered" in page(staff, talk)
    Account.objects.update(paused_until=later, pause="throttled", pause_reason="Log in again.")
    assert "Sending paused until" in page(staff, talk)
    assert "Log in again." in page(staff, talk)


def test_parts_of_a_long_answer_are_numbered(staff: Client, talk: Conversation) -> None:
    question = ask(talk, verdict=Verdict.ANSWERED, reason="matched everything in rule Fallback")
    first, _ = [say(talk, in_reply_to=question, position=position) for position in range(2)]
    assert "part 2 of 2" in page(staff, talk)
    assert ("Part", "1 of 2") in details.read(first).facts


def test_each_kind_is_named_and_a_new_one_by_its_raw_type(
    staff: Client, talk: Conversation
) -> None:
    kept = {"verdict": Verdict.KEPT, "reason": "Instabot does not answer it."}
    ask(talk, "", kind="something_new", **kept)
    ask(talk, "", kind="ig_reel", attachments=[{"type": "ig_reel"}], **kept)
    ask(talk, "", kind="unsupported", **kept)
    ask(talk, "", kind="hologram", attachments=[{"type": "hologram"}], **kept)
    shown = page(staff, talk)
    assert shown.count('class="msg-line"') == 1
    assert "Customer: something_new" in shown
    for words in ("Shared reel", "Message type that Instagram does not share", "Hologram"):
        assert words in shown


def test_media_are_links_that_a_page_may_show(staff: Client, talk: Conversation) -> None:
    good, bad = "https://cdn.example/1.jpg", "javascript:alert(1)"
    ask(talk, "", kind="image", attachments=[{"type": "image", "payload": {"url": good}}])
    ask(talk, "", kind="video", attachments=[{"type": "video", "payload": {"url": bad}}])
    ask(talk, "", kind="audio", attachments=[{"type": "audio", "payload": "?"}])
    shown = page(staff, talk)
    assert f'href="{good}"' in shown
    assert bad not in shown
    assert "Voice note" in shown


def test_what_we_sent_is_shown_for_what_it_is(staff: Client, talk: Conversation) -> None:
    coat = Card(
        "Blue coat", "Wool", "https://shop.example/c.jpg", "https://shop.example/c",
        (Button("Buy", payload="BUY_1"),),
    )  # fmt: skip
    for said in (
        Media("image", "https://shop.example/a.jpg"),
        Buttons("Which one?", (Button("Open", url="https://shop.example"), Button("B", "", "X"))),
        Cards((coat,)),
        Text("What now?", (QuickReply("Sizes", "MENU_SIZES"),)),
    ):
        kind, text, rest = row(said)
        say(talk, text, kind=kind, content=rest)
    shown = page(staff, talk)
    for url in ("https://shop.example/a.jpg", "https://shop.example", "https://shop.example/c.jpg"):
        assert f'href="{url}"' in shown
    for words in (
        "Which one?",
        "Blue coat",
        "Wool",
        "Tapping sends BUY_1",
        "Tapping sends MENU_SIZES",
    ):
        assert words in shown
    assert "message with buttons" not in shown
    assert 'class="msg-line"' not in shown


def test_what_engines_say_is_escaped_and_its_links_are_links(
    staff: Client, talk: Conversation
) -> None:
    evil = "<script>alert(1)</script>"
    bad = "javascript:alert(1)"
    for said in (
        Media("image", bad),
        Buttons(evil, (Button(evil, url=bad), Button(evil, payload=evil))),
        Cards((Card(evil, evil, bad, bad, (Button(evil, url=bad),)),)),
        Text(evil, (QuickReply(evil, evil),)),
    ):
        kind, text, rest = row(said)
        say(talk, text, kind=kind, content=rest)
    shown = page(staff, talk)
    assert "<script>alert(1)" not in shown
    assert f'href="{bad}"' not in shown


def test_what_became_of_a_message_on_instagram_is_shown(staff: Client, talk: Conversation) -> None:
    now = timezone.now()
    said = ask(talk, "love it", mid="m1", kind="story_reply", about={"story": {"id": "1"}})
    ask(talk, "this one", about={"reply_to": "m1"}, reaction="❤️")
    ask(talk, "new text", edits=2, edited_at=now)
    ask(talk, "", unsent_at=now, verdict=Verdict.KEPT, reason="Unsent by the customer.")
    shown = page(staff, talk)
    assert said.pk
    for words in ("Replied to your story", "In reply to:</span> love it", "❤️", "Edited 2 times"):
        assert words in shown
    assert shown.count("Unsent by the customer") == 1


def test_the_head_says_who_owns_the_conversation_and_how_the_customer_came(
    staff: Client, talk: Conversation
) -> None:
    now = timezone.now()
    Conversation.objects.update(other_app_at=now, referral_ref="autumn", referred_at=now)
    shown = page(staff, talk)
    assert "Another app handles this conversation" in shown
    assert "<strong>autumn</strong>" in shown


@pytest.mark.slow
def test_long_thread_comes_in_pages(staff: Client, talk: Conversation) -> None:
    # All at one moment: the pages may not lose or repeat any of them.
    now = timezone.now()
    make_many(talk, 100, now)
    seen: list[int] = []
    query = ""
    for shown_on_page in (24, 24, 24, 24, 4):
        read = staff.get(f"{LIST}{talk.pk}/change/{query}").context["thread"]
        assert len(read.entries) == shown_on_page
        seen = [entry.message.pk for entry in read.entries] + seen
        query = f"?before={read.older}"
    assert read.older is None
    assert seen == sorted(Message.objects.values_list("pk", flat=True))
    assert "Earlier messages" in page(staff, talk)
    assert "Newest messages" not in page(staff, talk)


@pytest.mark.parametrize("before", ["x", "-1", "٣", "99999999999999999999", "12345", ""])
def test_page_that_makes_no_sense_is_the_newest(
    staff: Client, talk: Conversation, before: str
) -> None:
    ask(talk, "here I am")
    assert "here I am" in page(staff, talk, f"?before={before}")


@pytest.mark.slow
def test_thread_of_thousand_messages_takes_as_many_queries_as_a_short_one(
    staff: Client, talk: Conversation
) -> None:
    make_many(talk, 1, timezone.now())
    page(staff, talk)  # what a process keeps for itself, as the shop's clock, is read
    few = queries(lambda: page(staff, talk))
    make_many(talk, 1000, timezone.now())
    Attempt.objects.bulk_create(
        Attempt(message=row, started_at=timezone.now()) for row in talk.messages.all()
    )
    assert queries(lambda: page(staff, talk)) == few <= 24


def make_many(talk: Conversation, count: int, at: datetime) -> None:
    already = talk.messages.count()
    Message.objects.bulk_create(
        Message(
            conversation=talk, origin=Origin.CUSTOMER, text=f"message {number}", at=at,
            mid=f"{talk.pk}-{number}", verdict=Verdict.NO_ANSWER, reason="No rule matched.",
        )
        for number in range(already, already + count)
    )  # fmt: skip


def test_reason_that_only_repeats_the_verdict_is_said_once(
    staff: Client, talk: Conversation
) -> None:
    ask(talk, reason="No rule matched.")
    assert page(staff, talk).count("No rule matched") == 1


MEDIA_LINK = "https://lookaside.fbsbx.com/ig_messaging_cdn/?asset_id=1"


@pytest.mark.parametrize(
    "said",
    [
        {"attachments": [{"type": "image", "payload": {"url": MEDIA_LINK}}]},
        {"attachments": [{"type": "ig_story", "payload": {"story_media_url": MEDIA_LINK}}]},
        {"attachments": [{"type": "ig_reel", "payload": {"video_url": MEDIA_LINK}}]},
        {"attachments": [{"type": "share", "url": MEDIA_LINK}]},
        {"about": {"story": {"id": "1", "url": MEDIA_LINK}}},
        {"about": {"story": {"id": "1", "media_url": MEDIA_LINK}}},
        {"about": {"message_story": {"mention": {"id": "1", "link": MEDIA_LINK}}}},
        {"about": {"shares": {"data": [{"link": MEDIA_LINK}]}}},
        {"about": {"video_url": MEDIA_LINK}},
    ],
)
def test_a_link_of_metas_is_shown_wherever_it_stands(
    staff: Client, talk: Conversation, said: dict[str, Any]
) -> None:
    ask(talk, "", kind="image", **said)
    assert page(staff, talk).count(f'src="{MEDIA_LINK}"') == 1


@pytest.mark.parametrize(
    "about",
    [
        {"nlp": {"entities": {"url": [{"value": "x", "url": MEDIA_LINK}]}}},
        {"media": {"id": "1", "url": MEDIA_LINK}},
        {"prior_message": {"source": "checkbox_plugin", "identifier": "1"}},
        {"link": "javascript:alert(1)"},
    ],
)
def test_what_is_no_media_of_the_message_is_no_link(
    staff: Client, talk: Conversation, about: dict[str, Any]
) -> None:
    ask(talk, "hello", about=about)
    assert "msg-medium" not in page(staff, talk)
