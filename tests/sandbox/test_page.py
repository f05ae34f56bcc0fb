import pytest
from django.test import Client
from pytest_django import Settings

from conversations import turns
from conversations.models import Conversation
from rules.models import ResponseRule
from sandbox import meta, payloads
from sandbox.models import FIRST_CUSTOMERS, Customer, Message, Step
from tests.sandbox.calls import wait_for
from webhooks import processing
from webhooks.models import WebhookEvent

pytestmark = [pytest.mark.usefixtures("sandbox"), pytest.mark.once]

IGSID = FIRST_CUSTOMERS[0][0]


@pytest.fixture
def silent(monkeypatch: pytest.MonkeyPatch) -> list[Message]:
    """Nobody posts a webhook; the messages that would have been told."""
    told: list[Message] = []
    monkeypatch.setattr(
        meta, "tell", lambda _what, _part, message, **_options: told.append(message)
    )
    return told


def test_the_page_shows_a_phone_and_some_customers(client: Client, db: None) -> None:
    text = client.get("/sandbox/").content.decode()
    assert "Where is my order?" in text
    assert all(name in text for name in ("Iryna Kovalenko", "Marco Bianchi", "Tom Becker"))
    assert Customer.objects.count() == len(FIRST_CUSTOMERS)
    client.get("/sandbox/")
    assert Customer.objects.count() == len(FIRST_CUSTOMERS)


def test_the_page_loads_nothing_from_elsewhere(client: Client, db: None) -> None:
    text = client.get("/sandbox/").content.decode()
    assert "http://" not in text
    assert "https://" not in text


def test_the_page_may_run_nothing_but_its_own_files(client: Client, db: None) -> None:
    told = client.get("/sandbox/")["Content-Security-Policy"].split("; ")
    assert {"default-src 'self'", "script-src 'self'", "style-src 'self'"} <= set(told)


def test_a_message_is_in_the_thread_and_told_to_the_shop(
    client: Client, db: None, silent: list[Message]
) -> None:
    client.get("/sandbox/state")
    response = client.post(
        "/sandbox/messages",
        {"customer": IGSID, "text": "  Do you ship?\n"},
        content_type="application/json",
    )
    assert response.status_code == 201
    state = response.json()
    assert [(m["text"], m["mine"], m["seen"]) for m in state["messages"]] == [
        ("Do you ship?", True, False)
    ]
    assert state["awaiting"]
    assert state["customers"][0]["last"] == "You: Do you ship?"
    assert [message.customer.igsid for message in silent] == [IGSID]


@pytest.mark.parametrize(
    ("written", "about"),
    [
        ({"text": "   "}, "text"),
        ({"text": "x" * 1001}, "text"),
        ({"kind": "postback"}, "text"),
        ({"kind": "video", "text": "x"}, "kind"),
        ({"text": "Hi", "customer": "0"}, "customer"),
    ],
)
def test_what_nobody_could_write_is_refused(
    client: Client, db: None, silent: list[Message], written: dict[str, str], about: str
) -> None:
    client.get("/sandbox/state")
    body = {"customer": IGSID, **written}
    response = client.post("/sandbox/messages", body, content_type="application/json")
    assert response.status_code == 400
    assert list(response.json()) == [about]
    assert silent == []
    assert not Message.objects.exists()


def test_1000_characters_are_not_too_many(client: Client, db: None, silent: list[Message]) -> None:
    client.get("/sandbox/state")
    body = {"customer": IGSID, "text": "\u0436" * 1000}
    response = client.post("/sandbox/messages", body, content_type="application/json")
    assert response.status_code == 201


def test_nobody_writes_without_the_token_of_the_page(db: None, silent: list[Message]) -> None:
    stranger = Client(enforce_csrf_checks=True)
    stranger.get("/sandbox/")
    for path, body in (("messages", {"customer": IGSID, "text": "Hi"}), ("customers", {})):
        response = stranger.post(f"/sandbox/{path}", body, content_type="application/json")
        assert response.status_code == 403
    token = stranger.cookies["csrftoken"].value
    response = stranger.post(
        "/sandbox/messages",
        {"customer": IGSID, "text": "Hi"},
        content_type="application/json",
        headers={"X-CSRFToken": token},
    )
    assert response.status_code == 201


def test_a_new_customer_has_an_empty_thread(client: Client, db: None) -> None:
    response = client.post(
        "/sandbox/customers", {"name": "Maria de Rossi"}, content_type="application/json"
    )
    assert response.status_code == 201
    state = response.json()
    new = state["customers"][-1]
    assert (new["name"], new["username"], new["initials"]) == (
        "Maria de Rossi",
        "maria.de.rossi",
        "MR",
    )
    assert state["customer"] == new["igsid"]
    assert len(new["igsid"]) == 16
    assert state["messages"] == state["log"] == []
    assert not state["awaiting"]


def steps_of(state: dict[str, list[dict[str, list[dict[str, str]]]]]) -> list[str]:
    return [step["text"] for step in state["log"][0]["steps"]]


def test_the_log_tells_the_whole_way_of_a_message(
    client: Client, server: str, transactional_db: None
) -> None:
    ResponseRule.objects.create(name="Delivery", keywords="ship", reply="Two days.")
    client.get("/sandbox/state")
    body = {"customer": IGSID, "text": "Do you ship?"}
    client.post("/sandbox/messages", body, content_type="application/json")
    event = wait_for(WebhookEvent.objects.first)
    processing.process(event.pk)
    turns.take(Conversation.objects.get().pk)
    wait_for(Step.objects.filter(text__startswith="Echo posted").first)
    state = client.get(f"/sandbox/state?customer={IGSID}").json()
    assert [m["text"] for m in state["messages"]] == ["Do you ship?", "Two days."]
    assert state["messages"][0]["seen"]
    assert not state["awaiting"]
    assert len(state["log"]) == 1
    said = " | ".join(steps_of(state))
    for part in (
        "Signed and posted: 200 in ",
        "Stored as message ",
        "Waited ",
        "Rule: matched 'ship' in rule Delivery",
        "Sent by the Send API: 200 in ",
        "On the phone",
        "Echo posted: 200 in ",
    ):
        assert part in said
    times = [step["after"] for step in state["log"][0]["steps"]]
    assert times == sorted(times)


def test_a_photo_without_a_rule_is_kept_and_the_log_says_so(
    client: Client, server: str, transactional_db: None
) -> None:
    client.get("/sandbox/state")
    body = {"customer": IGSID, "kind": "photo"}
    client.post("/sandbox/messages", body, content_type="application/json")
    processing.process(wait_for(WebhookEvent.objects.first).pk)
    turns.take(Conversation.objects.get().pk)
    state = client.get(f"/sandbox/state?customer={IGSID}").json()
    assert not state["awaiting"]
    assert any(step.startswith("No answer") for step in steps_of(state))


def test_a_webhook_that_is_refused_is_repeated_and_every_try_is_noted(
    server: str, sandbox: Settings, customer: Customer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(meta, "TRY_DELAYS", (0.0, 0.0, 0.0))
    monkeypatch.setattr(meta, "sign", lambda *_: "sha256=wrong")
    message = Message.objects.create(
        customer=customer, mid="aWdf1", from_customer=True, text="marked-text"
    )
    meta.tell("Signed and posted", payloads.written(message), message)
    wait_for(lambda: Step.objects.count() == 3)
    assert {step.good for step in Step.objects.all()} == {False}
    assert all(step.text.startswith("Signed and posted: 401 after") for step in Step.objects.all())
    assert not WebhookEvent.objects.exists()
