"""The client at the wire: what it sends, and how it reads every kind of answer."""

import gzip
import json
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import astuple
from typing import Any

import pytest
import requests
import responses

from instagram.client import GraphClient
from instagram.content import Media, Text
from instagram.errors import (
    AccountError,
    AmbiguousError,
    GraphError,
    LoginError,
    NotSentError,
    PermanentError,
    ThrottledError,
)
from tests.support.graph import HANG, HTML_502, RESET, Graph, error

pytestmark = pytest.mark.no_database

URL = "https://graph.instagram.com/v26.0"
SHOWN = {"name": "The shop", "profile_picture_url": "https://cdn.example/1.jpg"}


def client(url: str = "https://graph.instagram.com", **options: Any) -> GraphClient:
    return GraphClient(url, "IGAAtoken", version="v26.0", timeout=(0.5, 0.5), **options)


def send(one: GraphClient) -> str:
    return one.send("870001", Text("Hello"), "instabot:7")[0]


@responses.activate
def test_a_send_is_one_post_with_the_token_in_the_header() -> None:
    responses.post(f"{URL}/17841/messages", json={"recipient_id": "870001", "message_id": "m"})
    assert send(client(node="17841")) == "m"
    [call] = responses.calls
    assert call.request.headers["Authorization"] == "Bearer IGAAtoken"
    assert "IGAAtoken" not in str(call.request.url)
    assert json.loads(call.request.body or "") == {
        "recipient": {"id": "870001"},
        "message": {"text": "Hello", "metadata": "instabot:7"},
    }


@responses.activate
def test_whatever_is_sent_carries_our_number() -> None:
    responses.post(f"{URL}/me/messages", json={"recipient_id": "870001", "message_id": "m"})
    client().send("870001", Media("image", "https://s.example/a.jpg"), "instabot:7")
    client().send("870001", Text("Late."), "instabot:8", human_agent=True)
    picture, late = (json.loads(call.request.body or "") for call in responses.calls)
    assert picture == {
        "recipient": {"id": "870001"},
        "message": {
            "attachment": {"type": "image", "payload": {"url": "https://s.example/a.jpg"}},
            "metadata": "instabot:7",
        },
    }
    assert (late["tag"], late["message"]["metadata"]) == ("HUMAN_AGENT", "instabot:8")


@responses.activate
def test_a_success_without_an_id_is_still_a_success() -> None:
    responses.post(f"{URL}/me/messages", json={"recipient_id": "870001"})
    assert send(client()) == ""


@responses.activate
def test_a_compressed_answer_is_read() -> None:
    body = gzip.compress(b'{"message_id": "m"}')
    responses.post(f"{URL}/me/messages", body=body, headers={"Content-Encoding": "gzip"})
    assert send(client()) == "m"


@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [
        (200, "", AmbiguousError),
        (200, "[]", AmbiguousError),
        (200, '{"message_id": "tru', AmbiguousError),
        (502, "<html>", AmbiguousError),
        (500, "{}", AmbiguousError),
        (302, "", AmbiguousError),
        (400, '{"error": "text"}', AmbiguousError),
        (400, '{"error": {}}', AmbiguousError),
        (400, '{"error": {"code": "100"}}', AmbiguousError),
        (400, '{"error": {"code": 100}}', PermanentError),
        (200, '{"error": {"code": 190}}', AccountError),
        (400, '{"error": {"code": 190, "error_subcode": null, "fbtrace_id": 5}}', AccountError),
        (400, '{"error": {"code": 1e400}}', AmbiguousError),
    ],
)
@responses.activate
def test_every_answer_has_a_class(status: int, body: str, kind: type[GraphError]) -> None:
    responses.post(f"{URL}/me/messages", status=status, body=body)
    with pytest.raises(kind):
        send(client())


@responses.activate
def test_a_throttle_says_how_long_in_metas_header() -> None:
    usage = {"178": [{"type": "instagram", "estimated_time_to_regain_access": 7}]}
    responses.post(
        f"{URL}/me/messages",
        status=400,
        json={"error": {"code": 80002}},
        headers={"X-Business-Use-Case-Usage": json.dumps(usage)},
    )
    with pytest.raises(ThrottledError) as throttled:
        send(client())
    assert throttled.value.reply.regain_seconds == 420


@pytest.mark.parametrize("header", ["", "[]", "{", '{"a": 1}', '{"a": [{"estimated": 1}]}'])
@responses.activate
def test_a_strange_usage_header_is_no_matter(header: str) -> None:
    responses.post(
        f"{URL}/me/messages",
        status=400,
        json={"error": {"code": 4}},
        headers={"X-Business-Use-Case-Usage": header},
    )
    with pytest.raises(ThrottledError) as throttled:
        send(client())
    assert throttled.value.reply.regain_seconds == 0


@pytest.mark.parametrize(
    ("url", "answer", "found"),
    [
        (
            "https://graph.instagram.com",
            {"id": "917", "user_id": "178", "username": "shop"},
            ("178", "917", "shop", "", ""),
        ),
        (
            "https://graph.instagram.com",
            {"id": "917", "user_id": "178", "username": "shop", **SHOWN},
            ("178", "917", "shop", "The shop", "https://cdn.example/1.jpg"),
        ),
        (
            "https://graph.instagram.com",
            {"data": [{"id": "917", "user_id": "178"}]},
            ("178", "917", "", "", ""),
        ),
        (
            "https://graph.facebook.com",
            {"id": "55", "instagram_business_account": {"id": "178", "username": "shop", **SHOWN}},
            ("178", "55", "shop", "The shop", "https://cdn.example/1.jpg"),
        ),
    ],
)
@responses.activate
def test_who_am_i_in_every_shape(url: str, answer: Any, found: tuple[str, ...]) -> None:
    responses.get(f"{url}/v26.0/me", json=answer)
    assert astuple(client(url).me()) == found


@responses.activate
def test_who_am_i_is_told_to_an_app_that_may_not_read_what_customers_see() -> None:
    no_field = {"error": {"code": 100, "message": "(#100) Tried accessing nonexisting field"}}
    responses.get(f"{URL}/me", status=400, json=no_field)
    responses.get(f"{URL}/me", json={"id": "917", "user_id": "178", "username": "shop"})
    assert client().me().instagram_id == "178"
    asked = [call.request.url or "" for call in responses.calls]
    assert ["profile_picture_url" in one for one in asked] == [True, False]


@responses.activate
def test_who_am_i_is_asked_once_where_the_token_is_refused() -> None:
    responses.get(f"{URL}/me", status=400, json={"error": {"code": 190, "message": "No"}})
    with pytest.raises(LoginError):
        client().me()
    assert len(responses.calls) == 1


def free_port() -> int:
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.mark.parametrize(
    "url",
    [
        lambda: f"http://127.0.0.1:{free_port()}",
        lambda: "http://nobody.invalid",
        lambda: "https://127.0.0.1:9",
        lambda: f"https://{'a' * 64}.example",
    ],
)
def test_what_never_left_is_not_sent(url: Callable[[], str]) -> None:
    with pytest.raises(NotSentError):
        send(client(url()))


@pytest.mark.parametrize("fault", [HANG, RESET])
def test_what_breaks_on_a_connection_that_serves_once_more_is_ambiguous(fault: Any) -> None:
    with Graph() as graph:
        one = client(graph.url)
        send(one)
        graph.faults.append(fault)
        with pytest.raises(AmbiguousError):
            send(one)
        assert graph.connections == 1


def test_what_the_call_before_met_says_nothing_of_this_one() -> None:
    with Graph() as graph:
        one = client(graph.url)
        graph.faults.append(RESET)
        with pytest.raises(AmbiguousError):
            send(one)
    with pytest.raises(NotSentError):
        send(one)


@pytest.mark.parametrize("fault", [HANG, RESET, HTML_502])
def test_what_left_and_was_not_answered_is_ambiguous(fault: Any) -> None:
    with Graph() as graph:
        graph.faults.append(fault)
        with pytest.raises(AmbiguousError):
            send(client(graph.url))


def test_a_refusal_at_the_wire_keeps_code_trace_and_body() -> None:
    with Graph() as graph:
        graph.faults.append(error(551, 1545041))
        with pytest.raises(PermanentError) as refused:
            send(client(graph.url))
    reply = refused.value.reply
    assert (reply.status, reply.code, reply.subcode, reply.trace_id) == (
        400,
        551,
        1545041,
        "AbCdEf",
    )
    assert "551" in reply.body


def test_one_connection_serves_sends_and_refusals() -> None:
    with Graph() as graph:
        one = client(graph.url)
        graph.faults.append(error(551))
        with suppress(PermanentError):
            send(one)
        send(one)
        send(one)
        assert graph.connections == 1


@contextmanager
def dripping() -> Iterator[str]:
    """A server that sends a byte of its answer every tenth of a second, for ever."""
    server = socket.create_server(("127.0.0.1", 0))
    done = threading.Event()

    def serve() -> None:
        connection, _ = server.accept()
        with connection, server:
            connection.recv(65536)
            connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
            while not done.wait(0.1):
                try:
                    connection.sendall(b" ")
                except OSError:
                    return

    thread = threading.Thread(target=serve)
    thread.start()
    yield f"http://127.0.0.1:{server.getsockname()[1]}"
    done.set()
    thread.join()


def test_an_answer_that_never_ends_is_cut_at_the_deadline() -> None:
    with dripping() as url, pytest.raises(AmbiguousError):
        send(client(url, deadline=0.3))


def test_each_thread_has_its_own_session_without_proxies() -> None:
    one, sessions = client(), []

    def look() -> None:
        sessions.append(one._session())

    threads = [threading.Thread(target=look) for _ in range(3)]
    for thread in threads:
        thread.start()
        thread.join()
    assert len({id(session) for session in sessions}) == 3
    assert all(isinstance(one, requests.Session) and not one.trust_env for one in sessions)


@pytest.mark.parametrize("url", ["foo", "ftp://graph.example.com", "http://"])
def test_an_address_that_is_none_means_that_nothing_was_sent(url: str) -> None:
    with pytest.raises(NotSentError):
        send(GraphClient(url, "token", version="v26.0"))
