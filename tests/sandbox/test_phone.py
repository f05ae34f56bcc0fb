"""Everything that a customer, and the shop, can do with a phone: through the whole way."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from conversations import models as kept
from conversations import turns
from conversations.account import identity
from conversations.account import pause as account_pause
from conversations.recovery import upkeep as recovery
from rules.models import ResponseRule
from sandbox import meta
from sandbox.models import FIRST_CUSTOMERS, Customer, Fault, Message, Step
from shop import tuning
from tests.sandbox.calls import wait_for
from tests.support.clock import Clock
from tests.support.missed import begins
from webhooks import processing
from webhooks.models import WebhookEvent

pytestmark = [pytest.mark.usefixtures("server", "transactional_db"), pytest.mark.once]

IGSID = FIRST_CUSTOMERS[0][0]


@pytest.fixture(autouse=True)
def _rules(client: Client, server: str) -> None:
    client.get("/sandbox/state")
    ResponseRule.objects.create(
        name="Delivery", order=1, keywords="ship", reply="Two days.", for_comments=True,
        public_reply="We have written to you.",
    )  # fmt: skip
    ResponseRule.objects.create(name="Fallback", order=9, match="everything", reply="Pardon?")
    tuning.put("conversation_rate", "0")


def post(client: Client, path: str, **body: Any) -> dict[str, Any]:
    about = {} if path == "acts" else {"customer": IGSID}
    response = client.post(f"/sandbox/{path}", about | body, content_type="application/json")
    assert response.status_code < 300, response.content
    return dict(response.json())


def works(events: int) -> None:
    """Wait until so many webhooks have come in all, and do what is due."""
    wait_for(lambda: WebhookEvent.objects.count() >= events)
    for _ in range(5):
        for pk in WebhookEvent.objects.due(timezone.now()).values_list("pk", flat=True):
            processing.at_once(pk, take=False)
        for pk in kept.Conversation.objects.due(timezone.now()).values_list("pk", flat=True):
            turns.take(pk)


def state(client: Client) -> dict[str, Any]:
    return dict(client.get(f"/sandbox/state?customer={IGSID}").json())


def said(client: Client) -> list[str]:
    return [message["text"] for message in state(client)["messages"]]


@pytest.mark.parametrize(
    "kind", ["photo", "voice", "shared_post", "story_mention", "view_once", "poll"]
)
def test_what_has_no_words_is_recorded(client: Client, kind: str) -> None:
    post(client, "messages", kind=kind)
    works(1)
    row = kept.Message.objects.get(origin="customer")
    assert row.mid == Message.objects.get(from_customer=True).mid
    assert row.verdict != "undecided"


def test_what_a_rule_offers_is_tapped_and_answered(client: Client) -> None:
    rule = ResponseRule.objects.create(
        name="Menu",
        order=2,
        keywords="menu",
        reply="What do you need?",
        quick_replies="Ship = SHIP",
    )
    rule.cards.create(title="Coat", subtitle="Wool", buttons="When? = SHIP")
    post(client, "messages", text="menu")
    works(1)
    text, cards = state(client)["messages"][1:]
    assert text["quick_replies"] == [{"title": "Ship", "payload": "SHIP"}]
    [button] = cards["attachment"]["payload"]["elements"][0]["buttons"]
    works(3)
    taps = (("quick_reply", text["quick_replies"][0]), ("postback", button))
    for events, (kind, tap) in zip((4, 6), taps, strict=True):  # each question has its echo
        post(client, "messages", kind=kind, text=tap["title"], payload=tap["payload"])
        works(events)
        assert said(client)[-1] == "Two days."
    kinds = kept.Message.objects.filter(origin="customer").order_by("pk")
    assert list(kinds.values_list("kind", flat=True)) == ["text", "quick_reply", "postback"]
    assert not kept.Message.objects.filter(origin="app").exists()


def test_a_story_reply_is_answered(client: Client) -> None:
    post(client, "messages", kind="story_reply", text="Do you ship?")
    works(1)
    assert kept.Message.objects.get(origin="customer").kind == "story_reply"
    assert said(client) == ["Do you ship?", "Two days."]


def test_a_comment_gets_a_private_and_a_public_reply(client: Client) -> None:
    post(client, "messages", kind="comment", text="Do you ship?")
    works(1)
    assert said(client) == ["Do you ship?", "Two days.", "We have written to you."]
    works(3)  # the comment, the echo, our own comment
    assert kept.Conversation.objects.get().last_inbound_at is None
    assert not kept.Message.objects.exclude(origin__in=["customer", "bot"]).exists()


def test_unsend_edit_and_reaction_reach_the_message(client: Client) -> None:
    post(client, "messages", text="Do you chip?")
    works(1)
    message = Message.objects.get(from_customer=True)
    post(client, "acts", message=message.pk, act="edit", text="Do you ship?")
    post(client, "acts", message=message.pk, act="react", text="❤️")
    works(4)
    row = kept.Message.objects.get(origin="customer")
    assert (row.text, row.edits, row.reaction) == ("Do you ship?", 1, "❤️")
    shown = post(client, "acts", message=message.pk, act="unsend")
    assert shown["messages"][0]["unsent"]
    works(5)
    row.refresh_from_db()
    assert (row.text, row.unsent_at is not None) == ("", True)


def test_reading_marks_what_the_shop_sent(client: Client) -> None:
    post(client, "messages", text="Do you ship?")
    works(1)
    works(2)
    post(client, "acts", message=Message.objects.get(from_customer=False).pk, act="read")
    works(3)
    assert kept.Message.objects.get(origin="bot").seen_at is not None


def test_a_person_in_the_app_pauses_the_bot(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    post(client, "messages", kind="by_person", text="I am Olena.")
    works(1)
    assert kept.Conversation.objects.get().bot_is_paused(timezone.now())
    assert state(client)["messages"][0]["label"] == "Typed by a person"


def test_twice_is_recorded_once_and_late_comes_after_the_next(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(meta, "LATE_SECONDS", 0.5)
    post(client, "messages", text="first", delivery="late")
    post(client, "messages", text="second", delivery="twice")
    wait_for(lambda: WebhookEvent.objects.count() == 3)
    bodies = [bytes(event.body) for event in WebhookEvent.objects.order_by("pk")]
    assert [b"second" in body for body in bodies] == [True, True, False]
    works(3)
    assert kept.Message.objects.filter(origin="customer").count() == 2


def test_another_app_takes_over_and_gives_back(client: Client) -> None:
    post(client, "messages", text="Do you ship?")
    works(1)
    assert post(client, "moves", elsewhere=True)["elsewhere"]
    post(client, "messages", text="Do you ship?")
    works(4)
    verdicts = kept.Message.objects.filter(origin="customer").order_by("pk")
    assert [row.verdict for row in verdicts] == ["answered", "standby"]
    post(client, "moves", elsewhere=False)
    post(client, "messages", text="Do you ship?")
    works(6)
    assert said(client).count("Two days.") == 2


def test_a_link_leaves_where_the_customer_came_from(client: Client) -> None:
    post(client, "moves", ref="autumn")
    works(1)
    assert kept.Conversation.objects.get().referral_ref == "autumn"


def ask_with(client: Client, kind: str, **fault: Any) -> kept.Message:
    """Ask while this goes wrong; return the answer's row."""
    shown = post(client, "faults", kind=kind, **fault)
    assert len(shown["faults"]) == 1
    post(client, "messages", text="Do you ship?")
    works(1)
    return kept.Message.objects.get(origin="bot")


@pytest.mark.parametrize("kind", ["error", "proxy", "cut", "hang"])
def test_what_was_taken_without_a_good_answer_is_settled_by_its_echo(
    client: Client, kind: str, settings: Any
) -> None:
    settings.GRAPH_TIMEOUT = (1.0, 0.5)
    identity.forget_clients()
    answer = ask_with(client, kind)
    assert answer.attempts.get().outcome == "Ambiguous"
    works(2)
    answer.refresh_from_db()
    assert answer.state == "sent"
    assert said(client) == ["Do you ship?", "Two days."]
    identity.client(identity.ready(1))._session().close()


@pytest.mark.parametrize(
    ("kind", "state", "code"),
    [("throttled", "queued", 613), ("login", "queued", 190), ("window", "failed", 10),
     ("gone", "failed", 100)],
)  # fmt: skip
def test_what_is_refused_is_not_on_the_phone(
    client: Client, kind: str, state: str, code: int
) -> None:
    answer = ask_with(client, kind)
    assert (answer.state, answer.attempts.get().code) == (state, code)
    assert said(client) == ["Do you ship?"]
    assert not Fault.objects.exists()  # it was for one call


def test_a_refused_login_is_refused_until_it_is_mended(client: Client) -> None:
    ask_with(client, "login", once=False, everybody=True)
    account_pause.look_after()
    assert kept.Account.objects.get().pause == "broken"
    [fault] = state(client)["faults"]
    assert fault["text"] == "Login refused (190): everybody, each time"
    post(client, "faults", mend=fault["id"])
    account_pause.look_after()
    works(1)
    assert said(client) == ["Do you ship?", "Two days."]


@pytest.mark.parametrize(
    ("kind", "echoes", "step"),
    [("echo_before", 1, "Echo posted"), ("echo_never", 0, "No echo"),
     ("echo_twice", 2, "Echo posted"), ("echo_bare", 1, "Echo posted")],
)  # fmt: skip
def test_echoes_come_before_never_twice_or_bare_and_the_answer_is_one(
    client: Client, kind: str, echoes: int, step: str
) -> None:
    answer = ask_with(client, kind)
    works(1 + echoes)
    answer.refresh_from_db()
    assert answer.state == "sent"
    assert WebhookEvent.objects.count() == 1 + echoes
    assert kept.Message.objects.count() == 2
    assert not kept.Conversation.objects.get().bot_is_paused(timezone.now())
    assert Step.objects.filter(text__startswith=step).exists()


def test_an_echo_that_comes_before_the_answer_is_there_when_the_call_ends(client: Client) -> None:
    answer = ask_with(client, "echo_before")
    assert answer.sent_at  # written when the call has ended
    assert WebhookEvent.objects.latest("pk").received_at < answer.sent_at


def test_a_fault_of_one_customer_is_nobody_elses(client: Client) -> None:
    other = Customer.objects.exclude(igsid=IGSID).first()
    Fault.objects.create(customer=other, kind="window", once=False)
    post(client, "messages", text="Do you ship?")
    works(1)
    assert said(client) == ["Do you ship?", "Two days."]


@pytest.mark.parametrize(
    ("path", "body", "about"),
    [
        ("acts", {"act": "unsend"}, "message"),
        ("acts", {"act": "edit", "text": "x"}, "message"),
        ("faults", {"kind": "flood"}, "kind"),
        ("messages", {"kind": "public_reply", "text": "x"}, "kind"),
    ],
)
def test_what_nobody_could_do_is_refused(
    client: Client, path: str, body: dict[str, Any], about: str
) -> None:
    ours = Message.objects.create(
        customer=Customer.objects.get(igsid=IGSID), mid="aWdf1", from_customer=False, text="Hi"
    )
    given = {"customer": IGSID, "message": ours.pk} | body
    response = client.post(f"/sandbox/{path}", given, content_type="application/json")
    assert response.status_code == 400
    assert list(response.json()) == [about]


def test_a_lost_webhook_is_found_in_the_thread(client: Client, time_passes: Clock) -> None:
    begins(time_passes)
    Fault.objects.create(kind=Fault.Kind.WEBHOOK_LOST)
    post(client, "messages", text="ship?")
    assert Step.objects.get().text == "Webhook lost: nothing was posted"
    post(client, "messages", kind="photo")
    works(1)
    time_passes(timedelta(hours=1))
    recovery.look()
    [lost, photo] = kept.Message.objects.filter(origin="customer").order_by("at", "pk")
    assert (lost.text, lost.verdict, lost.kind) == ("ship?", "too_old", "text")
    assert (photo.kind, photo.found_at) == ("image", None)


def test_a_lost_comment_is_found_below_the_post(client: Client, time_passes: Clock) -> None:
    begins(time_passes)
    Fault.objects.create(kind=Fault.Kind.WEBHOOK_LOST)
    post(client, "messages", kind="comment", text="ship here?")
    post(client, "messages", kind="comment", text="ship there?")
    works(1)
    time_passes(timedelta(hours=1))
    for _ in range(3):  # the threads, and then below the post
        recovery.look()
    found, told = kept.Message.objects.filter(origin="customer").order_by("found_at")
    if told.found_at:
        found, told = told, found
    assert (found.text, found.kind, found.verdict) == ("ship here?", "comment", "too_old")
    assert (told.text, told.found_at, told.verdict) == ("ship there?", None, "answered")
    assert kept.MissedLook.objects.get().comments_problem == ""


@pytest.mark.parametrize(
    ("kind", "is_as"),
    [
        ("photo", "image"), ("voice", "audio"), ("shared_post", "share"),
        ("story_mention", "story_mention"), ("story_reply", "story_reply"), ("poll", "unsupported"),
        ("quick_reply", "text"),
    ],
)  # fmt: skip
def test_what_a_lost_message_was_is_found_too(
    client: Client, time_passes: Clock, kind: str, is_as: str
) -> None:
    begins(time_passes)
    Fault.objects.create(kind=Fault.Kind.WEBHOOK_LOST)
    words = {"text": "Nice!"} if kind in ("story_reply", "quick_reply") else {}
    post(client, "messages", kind=kind, **words)
    time_passes(timedelta(hours=1))
    recovery.look()
    [found] = kept.Message.objects.all()
    assert (found.kind, found.text) == (is_as, words.get("text", ""))
    if is_as in ("image", "audio", "share"):
        assert found.attachments[0]["payload"]["url"].startswith("http")
    if is_as.startswith("story"):
        assert found.about["story"]["url"].startswith("http")


def test_what_was_typed_in_the_app_is_found_too(client: Client, time_passes: Clock) -> None:
    begins(time_passes)
    Fault.objects.create(kind=Fault.Kind.WEBHOOK_LOST)
    post(client, "messages", kind="by_person", text="We do.")
    time_passes(timedelta(hours=1))
    recovery.look()
    [found] = kept.Message.objects.all()
    assert (found.origin, found.text, found.state) == ("app", "We do.", "sent")
