"""What the stand-in takes and refuses of what can be sent, spoken to by the real client."""

from typing import Any

import pytest

from instagram.client import GraphClient
from instagram.content import Button, Buttons, Card, Cards, Content, Media, QuickReply, Text, row
from instagram.events import Echo
from instagram.parser import parse
from sandbox import shapes
from sandbox.models import Customer, Message, Step
from sandbox.refusal import RefusedError
from tests.sandbox.calls import refusal, wait_for, wrote
from webhooks.models import WebhookEvent

pytestmark = pytest.mark.once

BUTTON = Button("Person", payload="HUMAN")
COAT = Card(
    "Coat",
    "Wool",
    "https://shop.example/c.jpg",
    "https://shop.example/c",
    (Button("Open", url="https://shop.example/c"), BUTTON),
)
TAKEN: list[Content] = [
    Text("What now?", tuple(QuickReply(f"Chip {number}", "X") for number in range(13))),
    Buttons("é" * 640, (BUTTON,) * 3),
    *(Media(kind, "https://shop.example/a") for kind in ("image", "audio", "video", "file")),
    Cards((COAT,) * 10),
]


@pytest.mark.parametrize("content", TAKEN)
def test_every_shape_is_on_the_phone_and_its_echo_is_understood(
    client_of_graph: GraphClient, customer: Customer, content: Content
) -> None:
    wrote(customer)
    mid, reply = client_of_graph.send(customer.igsid, content, "instabot:5")
    assert reply.status == 200
    on_phone = Message.objects.get(mid=mid)
    kind, text, _ = row(content)
    assert on_phone.text == text
    assert on_phone.attachment == content.shape().get("attachment", {})
    event = wait_for(WebhookEvent.objects.first)
    [echo] = parse(bytes(event.body))
    assert isinstance(echo, Echo)
    assert (echo.kind, echo.mid, echo.metadata) == (kind, mid, "instabot:5")
    wait_for(Step.objects.filter(text__startswith="Echo posted").first)
    assert get_text(client_of_graph, customer, mid) == ("" if on_phone.attachment else text)


def get_text(client: GraphClient, customer: Customer, mid: str) -> str:
    return next(said.text for said in client.thread(customer.igsid) if said.mid == mid)


@pytest.mark.parametrize(
    ("content", "subcode"),
    [
        (Text("?", tuple(QuickReply(f"Chip {number}", "X") for number in range(14))), None),
        (Media("image", "http://shop.example/a.jpg"), 2018008),
        (Media("gif", "https://shop.example/a.gif"), 2534015),
        (Buttons("?", (BUTTON,) * 4), None),
        (Cards(()), None),
    ],
)
def test_what_meta_refuses_is_refused_and_not_on_the_phone(
    client_of_graph: GraphClient, customer: Customer, content: Content, subcode: int | None
) -> None:
    wrote(customer)
    found = refusal(client_of_graph, customer.igsid, content)
    assert (found.reply.code, found.reply.subcode) == (100, subcode)
    assert content.problems()
    assert not Message.objects.filter(from_customer=False).exists()


def template(**payload: Any) -> dict[str, Any]:
    return {"attachment": {"type": "template", "payload": payload}}


def element(**more: Any) -> dict[str, Any]:
    return template(template_type="generic", elements=[{"title": "Coat", **more}])


@pytest.mark.parametrize(
    "message",
    [
        {},
        {"text": " "},
        {"text": "é" * 501},
        {"text": "?", "quick_replies": "Yes"},
        {"text": "?", "quick_replies": ["Yes"]},
        {"text": "?", "quick_replies": [{"content_type": "user_email"}]},
        {"text": "?", "quick_replies": [{"content_type": "text", "title": "Yes", "payload": ""}]},
        {"text": "?", "attachment": {"type": "image", "payload": {"url": "https://a.example"}}},
        {"attachment": "image"},
        {"attachment": {"type": "MEDIA_SHARE", "payload": {}}},
        {"attachment": {"type": "image", "payload": {"attachment_id": "x"}}},
        {"attachments": []},
        {"attachments": [{"type": "image"}]},
        {"attachments": [{"type": "audio", "payload": {"url": "https://a.example"}}]},
        {"attachments": [{"type": "image", "payload": {"url": "https://a.example"}}] * 11},
        {"text": "?", "attachments": [{"type": "image", "payload": {"url": "https://a.example"}}]},
        {"attachment": {"type": "image"}},
        {"attachment": {"type": "image", "payload": {"url": "https://localhost/a.jpg"}}},
        {"attachment": {"type": "image", "payload": {"url": "https://["}}},
        {"attachment": {"type": "image", "payload": {"url": 5}}},
        template(template_type="list", elements=[]),
        template(template_type="button", text="x" * 641, buttons=[BUTTON.shape()]),
        template(template_type="button", text="", buttons=[BUTTON.shape()]),
        template(template_type="button", text="?", buttons=[]),
        template(template_type="button", text="?", buttons=[Button("x" * 21, "", "X").shape()]),
        template(template_type="button", text="?", buttons=[{"type": "call", "title": "Call"}]),
        template(template_type="button", text="?", buttons=[Button("Open", "www.a.b").shape()]),
        template(template_type="generic", elements=[COAT.shape()] * 11),
        element(),
        element(subtitle="x" * 81),
        element(title="x" * 81, subtitle="y"),
        element(image_url="http://a.example/a.jpg"),
        element(default_action={"type": "web_url", "url": "https://a.example", "title": "Open"}),
        element(default_action={"type": "web_url", "url": "shop"}),
        element(buttons=[BUTTON.shape()] * 4),
    ],
)
def test_each_rule_of_metas_is_kept(message: dict[str, Any]) -> None:
    with pytest.raises(RefusedError) as refused:
        shapes.read(message)
    assert refused.value.error["code"] == 100


def test_a_title_that_is_too_long_is_cut_under_a_text() -> None:
    shape = shapes.read(Text("?", (QuickReply("x" * 25, "X"),)).shape())
    assert shape.quick_replies == [{"title": "x" * 20, "payload": "X"}]
