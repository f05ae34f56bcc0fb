"""Each kind of event, one file in tests/payloads: what is recorded, shown, and answered."""

from dataclasses import dataclass
from typing import Any

import pytest
from django.test import Client

from conversations.account import pause as account_pause
from conversations.models import Conversation, Message
from rules.models import ResponseRule
from tests.payloads import names, payload
from tests.support.shop import Shop
from webhooks.models import WebhookEvent

PRICE, DELIVERY, PARDON = "Ten euros.", "Two days.", "Pardon?"
NOT_PASSED_ON = "message type that Instagram does not share"


@dataclass(frozen=True)
class Expected:
    """What becomes of a payload. outcome, kind, verdict: of its last item; shown: to staff."""

    outcome: str
    kind: str = ""
    verdict: str = ""
    shown: str = ""
    answers: tuple[str, ...] = ()
    rows: int = 1
    after: str = ""  # a payload that comes before it


def answered(kind: str, shown: str, answer: str = PRICE, **more: Any) -> Expected:
    return Expected("recorded", kind, "answered", shown, (answer,), **more)


def marks(outcome: str, shown: str, **more: Any) -> Expected:
    """It says something about the text that came before it, and was answered."""
    given: dict[str, Any] = {"answers": (PRICE,), "after": "text", "verdict": "answered"} | more
    return Expected(outcome, "text", shown=shown, **given)


def only_in_the_ledger(outcome: str, shown: str) -> Expected:
    return Expected(outcome, shown=shown, rows=0)


EXPECTED = {
    "text": answered("text", "What is the price? 😊"),
    "text_lone_surrogate": answered("text", "price \ufffd please"),
    "text_whitespace": Expected("kept", "empty message", "kept", "The message is empty."),
    "empty_message": Expected("kept", "empty message", "kept", "The message is empty."),
    "image": answered("image", "photo", PARDON),
    "image_several": answered("image", "photo", PARDON),
    "video": answered("video", "video", PARDON),
    "audio": answered("audio", "voice note", PARDON),
    "file": answered("file", "file", PARDON),
    "share": answered("share", "shared post", PARDON),
    "media": answered("media", "shared media", PARDON),
    "ig_post": answered("ig_post", "shared post", PARDON),
    "ig_reel": answered("ig_reel", "shared reel", PARDON),
    "reel": answered("reel", "shared reel", PARDON),
    "ig_story": answered("ig_story", "shared story", PARDON),
    "story": answered("story", "shared story", PARDON),
    "sticker": answered("sticker", "sticker", PARDON),
    "template": answered("template", "<strong>Coat</strong>", PARDON),
    "ephemeral": answered("ephemeral", "view-once photo or video", PARDON),
    "unsupported_type": answered("unsupported_type", NOT_PASSED_ON, PARDON),
    "unsupported": answered("unsupported", NOT_PASSED_ON, PARDON),
    "attachment_unknown": answered("hologram", "hologram", PARDON),
    "attachment_unknown_with_text": answered("text", "hologram"),
    "story_mention": Expected(
        "recorded", "story_mention", "no_answer", "mentioned you in their story"
    ),
    "story_reply": answered("story_reply", "replied to your story"),
    "reply_to_message": answered("text", "</span> What is the price? 😊", after="text", rows=2),
    "quick_reply": answered("quick_reply", "tapped a quick reply"),
    "postback": answered("postback", "tapped a button", DELIVERY),
    "postback_without_mid": answered("postback", "tapped a button"),
    "postback_with_referral": answered("postback", "<strong>autumn</strong>"),
    "message_with_ad": answered("text", "<strong>adref</strong>"),
    "message_with_product": answered("text", "<strong>700000000001</strong>"),
    "referral": marks("kept", "<strong>autumn</strong>"),
    "unsend": marks("unsent", "Unsent by the customer"),
    "edit": marks("edited", "edited"),
    "reaction": marks("marked", "❤️"),
    "reaction_taken_back": marks("marked", "What is the price?"),
    "seen": marks("duplicate", "What is the price?"),
    "edit_without_text": Expected(
        "recorded",
        "announced",
        "undecided",
        "message that Instagram announced but did not pass on",
    ),
    "edit_of_new_message": answered("edit", "price?"),
    "edit_without_sender": only_in_the_ledger("unknown", "edit without text"),
    "echo_of_person": Expected("person", "text", shown="a person in the Instagram app"),
    "echo_of_tool": Expected("person", "text", shown="Another tool (app 1517776481860111)"),
    "echo_of_template": Expected("person", "template", shown="<strong>Coat</strong>"),
    "optin": Expected("unknown", "optin", "kept", "signed up for notifications"),
    "thread_control_passed": marks("duplicate", "bot answers"),
    "thread_control_taken": marks("control", "Another app handles this conversation"),
    "thread_control_requested": Expected(
        "unknown",
        "request_thread_control",
        "kept",
        "another app asked to take over this conversation",
    ),
    "standby": Expected("standby", "text", "standby", "Another app handles this conversation"),
    "standby_echo": Expected("standby", "text", shown="Sent by the app that handles"),
    "comment": Expected("recorded", "comment", "no_answer", "comment on your post"),
    "comment_reply": Expected("recorded", "comment", "no_answer", "@buyer_one"),
    "comment_live": Expected("recorded", "comment", "no_answer", "comment on your post"),
    "comment_id_elsewhere": Expected("recorded", "comment", "no_answer", "@buyer_one"),
    "comment_without_changes": Expected("recorded", "comment", "no_answer", "@buyer_one"),
    "comment_of_our_own": only_in_the_ledger("kept", "The shop&#x27;s own comment."),
    "mention": only_in_the_ledger("unknown", "changes: mentions"),
    "changed_fields": only_in_the_ledger("unknown", "changed_fields: comments"),
    "test_button": only_in_the_ledger("kept", "Meta&#x27;s dashboard sent a test"),
    "test_button_in_messaging": only_in_the_ledger("kept", "Meta&#x27;s dashboard sent a test"),
    "test_button_bare": only_in_the_ledger("kept", "Meta&#x27;s dashboard sent a test"),
    "self_message": only_in_the_ledger("kept", "The account wrote to itself."),
    "messenger": only_in_the_ledger("kept", "This came from Facebook Messenger"),
    "new_place": only_in_the_ledger("unknown", "new place: messages_v2"),
    "time_missing": answered("text", "price?"),
    "seconds": answered("text", "price?"),
    "numbers_for_ids": answered("text", "price?"),
    "something_new": Expected("unknown", "vanish_mode", "kept", "Customer: vanish_mode"),
    "entry_without_items": answered("text", "price?"),
    "entry_with_several_places": Expected(
        "unknown", "text", "answered", "price?", (PRICE,), rows=2
    ),
    "batch_of_accounts": Expected("marked", "text", "answered", "👍", (PRICE, DELIVERY), rows=2),
}


@pytest.fixture
def shop(shop: Shop) -> Shop:
    account_pause.look_after()  # it knows its own id
    return shop


def receive(shop: Shop, name: str) -> WebhookEvent:
    assert shop.receives(payload(name)) == 200
    shop.works()
    return WebhookEvent.objects.latest("pk")


def table() -> list[tuple[Any, ...]]:
    fields = ("pk", "mid", "kind", "text", "verdict", "state", "reason", "edits", "reaction")
    return list(Message.objects.order_by("pk").values_list(*fields))


def test_every_payload_is_expected() -> None:
    assert sorted(EXPECTED) == names()


@pytest.mark.parametrize("name", EXPECTED)
def test_what_is_recorded_shown_and_answered(shop: Shop, staff: Client, name: str) -> None:
    expected = EXPECTED[name]
    if expected.after:
        receive(shop, expected.after)
    event = receive(shop, name)
    assert event.state == "processed"
    assert event.outcomes[-1]["outcome"] == expected.outcome
    said = Message.objects.exclude(origin="bot")
    assert said.count() == expected.rows
    assert tuple(shop.texts[len(shop.texts) - len(expected.answers) :]) == expected.answers
    assert len(shop.texts) == (2 if expected.after and expected.rows > 1 else len(expected.answers))
    page = f"/admin/webhooks/webhookevent/{event.pk}/change/"
    if expected.rows:
        latest = said.filter(conversation__customer_id="870000000000001").latest("pk")
        assert (latest.kind, latest.verdict) == (expected.kind, expected.verdict)
        page = f"/admin/conversations/conversation/{latest.conversation_id}/change/"
    else:
        assert not Conversation.objects.exists()
    assert expected.shown.casefold() in staff.get(page).content.decode().casefold()


@pytest.mark.table
@pytest.mark.parametrize("name", EXPECTED)
def test_a_second_delivery_changes_nothing(shop: Shop, name: str) -> None:
    if EXPECTED[name].after:
        receive(shop, EXPECTED[name].after)
    body = payload(name)
    shop.receives(body)
    shop.works()
    before, sent = table(), len(shop.texts)
    for _ in range(2):
        shop.receives(body)
        shop.works()
    assert table() == before
    assert len(shop.texts) == sent
    assert not WebhookEvent.objects.filter(state="failed").exists()


def test_a_whole_day_processed_again_adds_nothing_and_sends_nothing(
    shop: Shop, staff: Client
) -> None:
    for name in names():
        receive(shop, name)
    before, sent = table(), len(shop.texts)
    every = [str(pk) for pk in WebhookEvent.objects.values_list("pk", flat=True)]
    staff.post(
        "/admin/webhooks/webhookevent/",
        {"action": "process_again", "_selected_action": every, "select_across": "1"},
    )
    assert WebhookEvent.objects.filter(state="received").count() == len(names())
    shop.works()
    assert table() == before
    assert len(shop.texts) == sent
    assert not WebhookEvent.objects.exclude(state="processed").exists()


@pytest.mark.parametrize("name", [n for n in EXPECTED if EXPECTED[n].kind == "comment"])
def test_a_comment_opens_no_window_and_is_answered_by_a_rule_for_comments(
    shop: Shop, name: str
) -> None:
    ResponseRule.objects.create(
        name="Comments", order=1, keywords="price", reply="40.", for_comments=True
    )
    event = receive(shop, name)
    talk = Conversation.objects.get()
    assert talk.last_inbound_at is None
    assert shop.texts == ["40."]
    assert shop.graph.sent[0].recipient.startswith("comment:1805000000000000")
    assert event.outcomes[0]["kind"] == "comment"
