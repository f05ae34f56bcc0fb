"""Clients that others wrote log in to the stand-in's Graph API and work with it."""

import json
from typing import Any

import pytest
import requests
from pyfacebook import FacebookError, GraphAPI

from sandbox import payloads
from sandbox.models import Customer, Message
from tests.sandbox.calls import TOKEN, wait_for, wrote
from tests.sandbox.test_graph import commented

pytestmark = pytest.mark.once


def make(server: str, token: str = TOKEN, version: str = "v24.0") -> GraphAPI:
    return GraphAPI(
        access_token=token, base_url=f"{server}/sandbox/graph/", version=version,
        sleep_on_rate_limit=False, timeout=10,
    )  # fmt: skip


@pytest.fixture
def client(server: str) -> Any:
    graph = make(server)
    yield graph
    graph.session.close()


def send(client: GraphAPI, **parameters: Any) -> Any:
    """Send as this client does: a form, in which objects are texts of JSON."""
    written = {
        name: value if isinstance(value, str) else json.dumps(value)
        for name, value in parameters.items()
    }
    return client.post_object("me", "messages", data=written)


def refused(client: GraphAPI, **parameters: Any) -> FacebookError:
    try:
        send(client, **parameters)
        pytest.fail("it was not refused")
    except FacebookError as error:
        return error.with_traceback(None)


def test_a_client_reads_whose_token_it_has(client: GraphAPI) -> None:
    fields = "user_id,username,name,account_type,profile_picture_url,followers_count"
    me = client.get_object("me", fields=fields)
    assert (me["user_id"], me["username"]) == (payloads.account_id(), payloads.USERNAME)
    assert me["profile_picture_url"].startswith("https://")
    assert client.get_object("me") == {"id": payloads.NODE_ID}
    assert client.get_object(payloads.account_id(), fields="username")["username"] == "your.shop"


def test_a_wrong_token_is_refused_as_meta_does(server: str) -> None:
    client = make(server, "another")
    with pytest.raises(FacebookError) as raised:
        client.get_object("me")
    assert (raised.value.code, raised.value.type) == (190, "OAuthException")
    client.session.close()


def test_a_client_answers_and_reads_the_thread(client: GraphAPI, customer: Customer) -> None:
    question = wrote(customer)
    sent = send(client, recipient={"id": customer.igsid}, message={"text": "In 2 days \U0001f44d"})
    assert sent["recipient_id"] == customer.igsid
    assert Message.objects.get(mid=sent["message_id"]).text == "In 2 days \U0001f44d"
    wait_for(
        Message.objects.get(mid=sent["message_id"]).steps.filter(text__startswith="Echo").first
    )
    fields = "id,updated_time,participants,messages.limit(1){id,from,message}"
    found = client.get_connection("me", "conversations", platform="instagram", fields=fields)
    [thread] = found["data"]
    assert {one["username"] for one in thread["participants"]["data"]} == {"your.shop", "iryna_k"}
    [newest] = thread["messages"]["data"]
    assert newest == {
        "id": sent["message_id"],
        "from": {"username": "your.shop", "id": payloads.account_id()},
        "message": "In 2 days \U0001f44d",
    }
    older = requests.get(thread["messages"]["paging"]["next"], timeout=10).json()
    assert [one["id"] for one in older["data"]] == [question.mid]


def test_a_client_walks_through_pages(client: GraphAPI, customer: Customer) -> None:
    rows = [wrote(customer, hours_ago=hours / 60) for hours in range(7)]
    [thread] = client.get_connection("me", "conversations", user_id=customer.igsid)["data"]
    for limit in (1, 2, 3, 7, 100):
        whole = client.get_full_connections(
            thread["id"], "messages", count=None, limit=limit, fields="id,message"
        )
        assert [one["id"] for one in whole["data"]] == [row.mid for row in rows]
        assert all(one["message"] == "?" for one in whole["data"])
    for number in range(6):
        other = Customer.objects.create(name=f"C {number}", username=f"c{number}")
        wrote(other, hours_ago=number + 1)
    threads = client.get_full_connections("me", "conversations", count=None, limit=2)["data"]
    assert len({one["id"] for one in threads}) == 7
    assert threads[0]["id"] == thread["id"]


def test_pages_go_back_too(client: GraphAPI, customer: Customer) -> None:
    rows = [wrote(customer, hours_ago=hours / 60) for hours in range(5)]
    [thread] = client.get_connection("me", "conversations")["data"]
    first = client.get_connection(thread["id"], "messages", limit=2)
    assert "previous" not in first["paging"]
    second = requests.get(first["paging"]["next"], timeout=10).json()
    assert [one["id"] for one in second["data"]] == [row.mid for row in rows[2:4]]
    back = requests.get(second["paging"]["previous"], timeout=10).json()
    assert [one["id"] for one in back["data"]] == [row.mid for row in rows[:2]]
    assert TOKEN in first["paging"]["next"]  # as Meta writes it


def test_several_objects_are_read_in_one_call(client: GraphAPI, customer: Customer) -> None:
    question = wrote(customer)
    found = client.get_objects(f"me,{customer.igsid}", fields="id,username")
    assert found[customer.igsid]["username"] == "iryna_k"
    assert client.get_object(question.mid, fields="message")["message"] == "?"


def test_a_client_answers_a_comment_below_it_and_in_private(
    client: GraphAPI, customer: Customer
) -> None:
    number = payloads.comment_number(commented(customer))
    below = client.post_object(number, "replies", data={"message": "We wrote to you."})
    assert Message.objects.get(mid=f"comment:{below['id']}").text == "We wrote to you."
    sent = send(client, recipient={"comment_id": number}, message={"text": "40 euros."})
    assert Message.objects.get(mid=sent["message_id"]).text == "40 euros."


TO_MIA = {"id": "8712406953310274"}
HELLO = {"text": "Hello"}


@pytest.mark.parametrize(
    ("parameters", "code", "words"),
    [
        ({"message": HELLO}, (100, None), "The parameter recipient is required"),
        ({}, (100, None), "The parameter recipient is required"),
        ({"recipient": {}, "message": HELLO}, (100, None), "param recipient must be non-empty"),
        ({"recipient": "nonsense", "message": HELLO}, (100, None), "param recipient must be"),
        ({"recipient": "{", "message": HELLO}, (100, None), "Param recipient must be valid JSON"),
        ({"recipient": {"phone": "1"}, "message": HELLO}, (100, None), "must be a valid ID string"),
        ({"recipient": {"id": "1"}, "message": HELLO}, (100, 2534014), "cannot be found"),
        ({"recipient": TO_MIA}, (100, None), "param message must be non-empty"),
        ({"recipient": TO_MIA, "message": {}}, (100, None), "param message must be non-empty"),
        ({"recipient": TO_MIA, "message": {"text": " "}}, (100, None), "cannot be empty"),
        (
            {"recipient": TO_MIA, "message": HELLO, "sender_action": "typing_on"},
            (100, 2018014), "both message and sender_action",
        ),
        (
            {"recipient": TO_MIA, "sender_action": "dance"},
            (100, None), "Param sender_action must be one of {TYPING_ON, TYPING_OFF, MARK_SEEN",
        ),
        ({"recipient": TO_MIA, "sender_action": ""}, (100, None), "Param sender_action must be"),
        ({"recipient": TO_MIA, "sender_action": "react"}, (100, None), "payload[message_id]"),
        ({"sender_action": "typing_on"}, (100, None), "The parameter recipient is required"),
        (
            {"recipient": TO_MIA, "message": HELLO, "messaging_type": "SHOUT"},
            (100, None), "Param messaging_type must be one of",
        ),
        (
            {"recipient": TO_MIA, "message": HELLO, "tag": "BIRTHDAY"},
            (100, None), "Param tag must be one of {HUMAN_AGENT}",
        ),
    ],
)  # fmt: skip
def test_what_makes_no_sense_is_refused_and_nothing_is_sent(
    client: GraphAPI,
    customer: Customer,
    parameters: dict[str, Any],
    code: tuple[int, int | None],
    words: str,
) -> None:
    wrote(customer)
    error = refused(client, **parameters)
    assert (error.code, getattr(error, "error_subcode", None)) == code
    assert words in error.message
    assert not Message.objects.filter(from_customer=False).exists()


@pytest.mark.parametrize(
    "action", ["typing_on", "TYPING_ON", "typing_off", "mark_seen", "MARK_SEEN", "react", "unreact"]
)
def test_a_sign_alone_is_taken(client: GraphAPI, customer: Customer, action: str) -> None:
    question = wrote(customer)
    payload = {"message_id": question.mid, "reaction": "love"}
    more = {"payload": payload} if action.endswith("react") else {}
    found = send(client, recipient=TO_MIA, sender_action=action, **more)
    assert found == {"recipient_id": customer.igsid}


@pytest.mark.parametrize(
    ("connection", "parameters", "code"),
    [
        ("conversations", {"platform": "telegram"}, 100),
        ("conversations", {"limit": "0"}, 100),
        ("conversations", {"limit": "-3"}, 100),
        ("conversations", {"limit": "ten"}, 100),
        ("conversations", {"after": "nonsense"}, 100),
        ("conversations", {"fields": "id,shoe_size"}, 100),
        ("conversations", {"fields": "messages{shoe_size}"}, 100),
        ("conversations", {"fields": "messages{id"}, 2500),
        ("conversations", {"fields": "id}"}, 2500),
        ("conversations", {"user_id": "1"}, 100),
        ("shoes", {}, 2500),
    ],
)
def test_a_list_that_cannot_be_asked_for_is_refused(
    client: GraphAPI, customer: Customer, connection: str, parameters: dict[str, str], code: int
) -> None:
    wrote(customer)
    with pytest.raises(FacebookError) as raised:
        client.get_connection("me", connection, **parameters)
    assert raised.value.code == code


def test_messenger_has_no_threads_of_instagram(client: GraphAPI, customer: Customer) -> None:
    wrote(customer)
    assert client.get_connection("me", "conversations", platform="messenger") == {"data": []}
    assert len(client.get_connection("me", "conversations", platform="INSTAGRAM")["data"]) == 1


# The same call as different clients write it.
JSON_BODY = {"recipient": TO_MIA, "message": HELLO}
TEXTS = {name: json.dumps(value) for name, value in JSON_BODY.items()}
BRACKETS = {"recipient[id]": TO_MIA["id"], "message[text]": "Hello"}
IN_ADDRESS = {"access_token": TOKEN}
BEARER = {"Authorization": f"Bearer {TOKEN}"}


@pytest.mark.parametrize("version", ["v26.0/", "v19.0/", ""])
@pytest.mark.parametrize(
    "call",
    [
        {"json": JSON_BODY, "headers": BEARER},
        {"json": JSON_BODY, "headers": {"Authorization": f"bearer {TOKEN}"}},
        {"json": JSON_BODY, "headers": {"Authorization": f"OAuth {TOKEN}"}},
        {"json": JSON_BODY, "params": IN_ADDRESS},
        {"json": JSON_BODY | IN_ADDRESS},
        {"json": TEXTS, "headers": BEARER},
        {"json": JSON_BODY | {"sender_action": None, "tag": None}, "headers": BEARER},
        {"data": TEXTS, "headers": BEARER},
        {"data": TEXTS, "params": IN_ADDRESS},
        {"data": TEXTS | IN_ADDRESS},
        {"data": BRACKETS | IN_ADDRESS},
        {"files": {name: (None, value) for name, value in TEXTS.items()}, "params": IN_ADDRESS},
        {"params": TEXTS | IN_ADDRESS},
        {
            "data": json.dumps(JSON_BODY),
            "headers": BEARER | {"Content-Type": "application/x-www-form-urlencoded"},
        },
        {"data": json.dumps(JSON_BODY), "headers": BEARER | {"Content-Type": "text/plain"}},
    ],
)
@pytest.mark.parametrize("node", ["me", payloads.NODE_ID])
def test_the_same_call_is_understood_however_it_is_written(
    server: str, customer: Customer, version: str, node: str, call: dict[str, Any]
) -> None:
    wrote(customer)
    url = f"{server}/sandbox/graph/{version}{node}/messages"
    found = requests.post(url, timeout=10, **call)
    assert found.status_code == 200, found.text
    assert found.headers["Facebook-API-Version"] == (version.rstrip("/") or "v26.0")
    assert Message.objects.get(mid=found.json()["message_id"]).text == "Hello"
    wait_for(Message.objects.get(from_customer=False).steps.filter(text__startswith="Echo").first)


def test_quick_replies_and_files_come_in_a_form_too(client: GraphAPI, customer: Customer) -> None:
    wrote(customer)
    replies = [{"content_type": "text", "title": "Sizes", "payload": "SIZES"}]
    asked = {"text": "What?", "quick_replies": json.dumps(replies)}
    sent = send(client, recipient=TO_MIA, message=asked)
    assert Message.objects.get(mid=sent["message_id"]).quick_replies[0]["title"] == "Sizes"
    picture = {"type": "image", "payload": {"url": "https://shop.example/a.jpg"}}
    sent = send(client, recipient=TO_MIA, message={"attachment": json.dumps(picture)})
    assert Message.objects.get(mid=sent["message_id"]).attachment == picture
    shown = client.get_object(sent["message_id"], fields="message,attachments")
    assert shown["attachments"]["data"] == [{"image_data": {"url": "https://shop.example/a.jpg"}}]


@pytest.mark.parametrize("root", ["graph", "graph/", "graph/v26.0", "graph/v26.0/"])
def test_the_root_reads_several_objects_and_refuses_the_rest(
    server: str, customer: Customer, root: str
) -> None:
    wrote(customer)
    url = f"{server}/sandbox/{root}"
    several = {"ids": f"me,{customer.igsid}"}
    found = requests.get(url, params=several, headers=BEARER, timeout=10)
    assert set(found.json()) == {"me", customer.igsid}
    for refused_one in (
        requests.get(url, headers=BEARER, timeout=10),
        requests.post(url, headers=BEARER, timeout=10),
        requests.post(url, params=several, headers=BEARER, timeout=10),
    ):
        assert refused_one.json()["error"]["code"] in (100, 2500)
        assert refused_one.headers["Facebook-API-Version"] == "v26.0"


@pytest.mark.parametrize(("method", "edge"), [("get", "conversations"), ("post", "messages")])
def test_an_unknown_object_is_refused_with_the_method(server: str, method: str, edge: str) -> None:
    url = f"{server}/sandbox/graph/v26.0/99/{edge}"
    error = requests.request(method, url, headers=BEARER, timeout=10).json()["error"]
    assert (error["code"], error["error_subcode"]) == (100, 33)
    assert error["message"].startswith(f"Unsupported {method} request. Object with ID '99'")


def test_only_the_headers_can_be_asked_for(server: str) -> None:
    found = requests.head(f"{server}/sandbox/graph/me", headers=BEARER, timeout=10)
    assert (found.status_code, found.content) == (200, b"")


PICTURE = {"type": "image", "payload": {"url": "https://shop.example/a.jpg"}}


@pytest.mark.parametrize(
    ("message", "echoed"),
    [
        ({"attachment": {"type": "like_heart"}}, ["like_heart"]),
        (
            {"attachment": {"type": "MEDIA_SHARE", "payload": {"id": "18000000000000030"}}},
            ["MEDIA_SHARE"],
        ),
        ({"attachment": {"type": "image", "payload": {"attachment_id": "15"}}}, ["image"]),
        ({"attachments": [PICTURE] * 10}, ["image"] * 10),
    ],
)
def test_what_else_meta_sends_is_taken(
    client: GraphAPI, customer: Customer, message: dict[str, Any], echoed: list[str]
) -> None:
    wrote(customer)
    sent = send(client, recipient=TO_MIA, message=message)
    row = Message.objects.get(mid=sent["message_id"])
    [item] = payloads.echo(row, "")["messaging"]
    assert [one["type"] for one in item["message"]["attachments"]] == echoed
    assert client.get_object(row.mid, fields="message")["message"] == ""
    files = client.get_object(row.mid, fields="attachments").get("attachments", {"data": []})
    assert len(files["data"]) == (10 if len(echoed) == 10 else 0)
    wait_for(row.steps.filter(text__startswith="Echo").first)
