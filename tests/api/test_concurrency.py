"""Many who change things at the same time: nobody fails, nothing is lost or waits for ever."""

import socket
import threading
from collections.abc import Callable
from typing import Any

import pytest
from rest_framework.request import Request

from conversations import turns
from conversations.models import Conversation, Message
from rules.models import ResponseRule, RuleChange
from rules.record import to_record
from shop import tuning
from tests.api.caller import Caller, rule
from tests.support.shop import Shop
from tests.support.threads import ROUNDS, all_at_once
from workqueue.snapshot import Snapshot


def test_changes_of_one_rule_wait_for_each_other(api: Caller) -> None:
    pk, other = rule().pk, rule("Price").pk

    def save(number: int) -> None:
        one = ResponseRule.objects.get(pk=other)
        one.reply = f"{number} euros."
        one.save()

    all_at_once(
        lambda n: api.again().patch(f"rules/{pk}/", {"reply": f"{n} days."}),
        lambda n: api.again().patch(f"rules/{pk}/", {"keywords": f"parcel {n}"}),
        lambda n: api.again().patch(f"rules/{other}/", {"label": f"label {n}"}),
        lambda n: api.again().post(
            "rules/reorder/", {"rules": [{"id": other, "order": n}, {"id": pk, "order": n}]}
        ),
        save,
    )
    now = to_record(rule())
    assert (now["reply"], now["keywords"]) == ("14 days.", "parcel 14")
    # Each change begins where the one before it ended: none was lost.
    written = list(RuleChange.objects.filter(rule=pk).order_by("pk"))
    assert [one.before for one in written[1:]] == [one.after for one in written[:-1]]
    assert written[-1].after == now


def test_rules_of_one_name_are_made_once(api: Caller) -> None:
    codes: list[int] = []

    def make(number: int) -> None:
        body = {"name": f"Rule {number}", "keywords": "x", "reply": "y"}
        codes.append(api.again().call("post", "rules/", json=body).status_code)

    all_at_once(make, make, make)
    assert (codes.count(201), codes.count(400)) == (ROUNDS, 2 * ROUNDS)


def test_who_changes_a_rule_that_somebody_deletes_finds_it_or_not(api: Caller) -> None:
    pks = [
        ResponseRule.objects.create(name=f"Rule {n}", keywords="x", reply="y").pk
        for n in range(ROUNDS)
    ]
    codes: set[int] = set()

    def change(number: int) -> None:
        path = f"rules/{pks[number]}/"
        codes.add(api.again().call("patch", path, json={"reply": "z"}).status_code)

    def delete(number: int) -> None:
        codes.add(api.again().call("delete", f"rules/{pks[number]}/").status_code)

    all_at_once(change, delete, delete)
    assert codes <= {200, 204, 404}


def test_a_slow_sender_keeps_nobody_waiting(api: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: Any = Request  # its types leave out how it loads
    reading, read = threading.Event(), asked._load_data_and_files

    def begin(request: Request) -> None:
        reading.set()
        read(request)

    monkeypatch.setattr(Request, "_load_data_and_files", begin)
    host, _, port = api.server.removeprefix("http://").partition(":")
    head = (
        f"PATCH /api/v1/rules/{rule().pk}/ HTTP/1.1\r\nHost: {host}\r\n"
        f"Authorization: {api.token()['Authorization']}\r\n"
        "Content-Type: application/json\r\nContent-Length: 100\r\n\r\n{"
    )
    with socket.create_connection((host, int(port))) as slow:
        slow.sendall(head.encode())
        assert reading.wait(10)
        api.patch(f"rules/{rule('Price').pk}/", {"reply": "Nine euros."})
    assert rule("Price").reply == "Nine euros."


def test_replies_and_decisions_do_not_trip_over_the_worker(api: Caller, shop: Shop) -> None:
    tuning.put("api_rate", "0")
    Snapshot.forget_everything()
    shop.hears("hello")
    shop.works()
    talk, answer = Conversation.objects.get(), Message.objects.get(origin="bot")

    def post(path: str, body: Any = None) -> Callable[[int], None]:
        def call(number: int) -> None:
            key = {"Idempotency-Key": f"{path}{number}"}
            found = api.again().call("post", path, json=body, headers=key)
            assert found.status_code < 300 or found.status_code == 409, found.text

        return call

    def fail(_: int) -> None:
        Message.objects.filter(pk=answer.pk, state="sent").update(state="failed")

    all_at_once(
        post(f"conversations/{talk.pk}/reply/", {"text": "I am Anna."}),
        post(f"conversations/{talk.pk}/pause/", {}),
        post(f"conversations/{talk.pk}/resume/"),
        post(f"messages/{answer.pk}/resend/"),
        post(f"messages/{answer.pk}/cancel/"),
        fail,
        lambda _: turns.take(talk.pk),
    )
    replies = Message.objects.filter(origin="staff")
    assert replies.count() == ROUNDS
    sent = replies.filter(state="sent").count()
    assert shop.texts.count("I am Anna.") == sent
