"""The stand-in's Graph API, spoken to by the client that speaks to Meta."""

from datetime import timedelta
from typing import Any

import pytest
import requests
from django.utils import timezone

from instagram.client import GraphClient
from instagram.content import Text
from instagram.errors import (
    AccountError,
    AmbiguousError,
    GraphError,
    PermanentError,
)
from sandbox import payloads
from sandbox.models import Customer, Message, Step
from sandbox.tokens import SAMPLES
from tests.sandbox.calls import TOKEN, MakeClient, refusal, wait_for, wrote
from webhooks.models import WebhookEvent

pytestmark = pytest.mark.once


def test_it_says_whose_token_it_is(client_of_graph: GraphClient) -> None:
    me = client_of_graph.me()
    assert me.instagram_id == payloads.account_id()
    assert me.node_id == payloads.NODE_ID
    assert me.username == payloads.USERNAME


def test_an_answer_is_on_the_phone_and_its_echo_at_the_webhook(
    client_of_graph: GraphClient, customer: Customer
) -> None:
    question = wrote(customer)
    mid, reply = client_of_graph.send(customer.igsid, Text("Yes \U0001f44d"), "instabot:5")
    assert reply.status == 200
    answer = Message.objects.get(mid=mid)
    assert (answer.text, answer.from_customer) == ("Yes \U0001f44d", False)
    question.refresh_from_db()
    assert question.seen_at == answer.at
    event = wait_for(WebhookEvent.objects.first)
    body = bytes(event.body)
    assert b'"is_echo":true' in body
    assert b'"metadata":"instabot:5"' in body
    echo = wait_for(Step.objects.filter(message=answer, text__startswith="Echo").first)
    assert echo.text.startswith("Echo posted: 200 in ")


def test_1000_bytes_are_taken_and_1001_are_not(
    client_of_graph: GraphClient, customer: Customer
) -> None:
    wrote(customer)
    client_of_graph.send(customer.igsid, Text("\u0436" * 500), "")
    found = refusal(client_of_graph, customer.igsid, "\u0436" * 500 + ".")
    assert isinstance(found, PermanentError)
    assert "(#100) The message is too long" in found.reply.body
    assert refusal(client_of_graph, customer.igsid, "  ").reply.code == 100
    wait_for(Step.objects.filter(text__startswith="Echo").first)
    assert Message.objects.filter(from_customer=False).count() == 1


def test_the_window_closes_after_24_hours(client_of_graph: GraphClient, customer: Customer) -> None:
    wrote(customer, hours_ago=24.1)
    reply = refusal(client_of_graph, customer.igsid, "Late").reply
    assert (reply.status, reply.code, reply.subcode) == (403, 10, 2534022)


def test_somebody_who_never_wrote_cannot_be_written_to(
    client_of_graph: GraphClient, customer: Customer
) -> None:
    assert refusal(client_of_graph, customer.igsid, "Hello?").reply.subcode == 2534022


def test_an_unknown_customer_is_refused(client_of_graph: GraphClient, customer: Customer) -> None:
    reply = refusal(client_of_graph, "1", "Hello").reply
    assert (reply.status, reply.code, reply.subcode) == (400, 100, 2534014)


def test_a_wrong_token_stops_the_account(make_client: MakeClient, customer: Customer) -> None:
    found = refusal(make_client(token="another"), customer.igsid, "Hello")
    assert isinstance(found, AccountError)
    assert found.reply.code == 190


def test_a_wrong_address_and_a_wrong_account_are_refused(
    make_client: MakeClient, customer: Customer
) -> None:
    reply = refusal(make_client("/v26.0"), customer.igsid, "Hello").reply
    assert (reply.status, reply.code) == (500, 2500)
    reply = refusal(make_client(node="42"), customer.igsid, "Hello").reply
    assert (reply.code, reply.subcode) == (100, 33)


def get(server: str, path: str) -> requests.Response:
    headers = {"Authorization": f"Bearer {TOKEN}"}
    return requests.get(f"{server}/sandbox/graph/v26.0/{path}", headers=headers, timeout=5)


def test_another_method_is_refused_in_the_words_of_meta(server: str) -> None:
    response = get(server, "me/messages")
    error: dict[str, Any] = response.json()["error"]
    assert response.status_code == 400
    assert error.pop("fbtrace_id")
    assert error == {
        "message": "Unsupported request - method type: get",
        "type": "IGApiException",
        "code": 100,
    }


def test_a_profile_is_readable_once_the_customer_has_written(
    server: str, customer: Customer
) -> None:
    address = f"{customer.igsid}?fields=name,username"
    assert get(server, address).json()["error"]["code"] == 230
    wrote(customer)
    profile = {"name": "Iryna K", "username": "iryna_k", "id": customer.igsid}
    assert get(server, address).json() == profile
    assert get(server, f"{customer.igsid}?fields=name,shoe_size").json()["error"]["code"] == 100


def test_a_body_that_is_no_json_is_refused(server: str) -> None:
    response = requests.post(
        f"{server}/sandbox/graph/v26.0/me/messages",
        data=b"[",
        headers={"Authorization": f"Bearer {TOKEN}"},
        timeout=5,
    )
    assert response.json()["error"]["code"] == 100


def commented(customer: Customer, days_ago: float = 0) -> Message:
    at = timezone.now() - timedelta(days=days_ago)
    mid = payloads.new_comment()
    return Message.objects.create(
        customer=customer, mid=mid, from_customer=True, kind="comment", text="price?", at=at
    )


def test_comments_are_read_below_the_post_with_the_shops_replies(
    client_of_graph: GraphClient, server: str, customer: Customer
) -> None:
    account = payloads.account_id()
    assert client_of_graph.posts(account) == []  # nobody has commented
    older, newer = commented(customer, days_ago=1), commented(customer)
    number = payloads.comment_number(older)
    client_of_graph.reply_to_comment(number, "We wrote to you.")
    wait_for(Step.objects.filter(text__startswith="Own comment").first)
    [post] = client_of_graph.posts(account)
    found = client_of_graph.comments(post, account, payloads.USERNAME)
    assert [(one.comment.mid, one.is_answered) for one in found] == [
        (newer.mid, False), (older.mid, True),
    ]  # fmt: skip
    assert {one.comment.username for one in found} == {customer.username}
    first = get(server, f"{payloads.POST}/comments?limit=1").json()
    assert [one["id"] for one in first["data"]] == [payloads.comment_number(newer)]
    [second] = requests.get(first["paging"]["next"], timeout=5).json()["data"]
    assert second["id"] == number


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("1/comments", 100),
        ("1/media", 100),
        ("me/media?fields=shoe_size", 100),
    ],
)
def test_posts_and_comments_that_there_are_not_are_refused(
    server: str, path: str, code: int
) -> None:
    assert get(server, path).json()["error"]["code"] == code


def test_comments_need_a_permission_of_their_own(server: str) -> None:
    headers = {"Authorization": f"Bearer {SAMPLES['bare'].key}"}
    for path, code in (("me/media", None), (f"{payloads.POST}/comments", 10)):
        address = f"{server}/sandbox/graph/v26.0/{path}"
        answer = requests.get(address, headers=headers, timeout=5).json()
        assert answer.get("error", {}).get("code") == code


def private_refusal(client: GraphClient, number: str) -> GraphError:
    try:
        client.send_private_reply(number, "40 euros.", "")
        pytest.fail("it was not refused")
    except GraphError as error:
        return error.with_traceback(None)


def test_a_comment_takes_one_private_reply(
    client_of_graph: GraphClient, customer: Customer
) -> None:
    number = payloads.comment_number(commented(customer))
    mid, _ = client_of_graph.send_private_reply(number, "40 euros.", "instabot:7")
    assert Message.objects.get(mid=mid).text == "40 euros."
    assert isinstance(private_refusal(client_of_graph, number), AmbiguousError)
    wait_for(Step.objects.filter(text__startswith="Echo posted").first)


def test_an_old_or_unknown_comment_takes_none(
    client_of_graph: GraphClient, customer: Customer
) -> None:
    old = payloads.comment_number(commented(customer, days_ago=7.1))
    assert private_refusal(client_of_graph, old).reply.subcode == 2534025
    assert private_refusal(client_of_graph, "1").reply.subcode == 2534014


def test_a_public_reply_is_told_as_the_shops_own_comment(
    client_of_graph: GraphClient, customer: Customer
) -> None:
    number = payloads.comment_number(commented(customer))
    answer, _ = client_of_graph.reply_to_comment(number, "We wrote to you.")
    assert Message.objects.get(mid=f"comment:{answer}").kind == "public_reply"
    event = wait_for(WebhookEvent.objects.first)
    assert b"self_ig_scoped_id" in bytes(event.body)


def test_a_thread_is_read_back_with_its_twenty_newest(server: str, customer: Customer) -> None:
    rows = [wrote(customer, hours_ago=hours / 60) for hours in range(25)]
    found = get(server, f"me/conversations?platform=instagram&user_id={customer.igsid}").json()
    [thread] = found["data"]
    fields = "messages{id,created_time,from,to,message}"
    data = get(server, f"{thread['id']}?fields={fields}").json()["messages"]["data"]
    assert [one["id"] for one in data] == [row.mid for row in rows]
    assert sum("message" in one for one in data) == 20
    assert data[0]["from"] == {"username": "iryna_k", "id": customer.igsid}
    one = get(server, f"{rows[3].mid}?fields=id,message").json()
    assert (one["id"], one["message"]) == (rows[3].mid, "?")


def test_the_reviewer_of_meta_exists_for_nobody(server: str, customer: Customer) -> None:
    Customer.objects.update(name="Reviewer")
    assert get(server, f"{customer.igsid}?fields=name").json()["error"]["code"] == 9010
