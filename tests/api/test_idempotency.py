"""What sends is done once, however often it is repeated, by whomever, whatever dies."""

import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from api.models import IdempotencyKey
from conversations import outbox
from conversations.models import Message
from tests.api.caller import (
    CHANGE,
    VIEW,
    Caller,
    only_conversation,
    problem,
    token_of,
    user_who_may,
)
from tests.support.graph import ACCOUNT, envelope
from tests.support.shop import Shop
from tests.support.threads import ROUNDS, all_at_once


@pytest.fixture(autouse=True)
def _asked(shop: Shop) -> None:
    shop.hears("hello")
    shop.works()


def path() -> str:
    return f"conversations/{only_conversation().pk}/reply/"


def staff_texts() -> list[str]:
    return [one.text for one in Message.objects.filter(origin="staff").order_by("pk")]


def test_a_repeated_reply_is_sent_once_and_answered_alike(api: Caller, shop: Shop) -> None:
    first = api.post(path(), {"text": "I am Anna."}, key="k1", expect=201)
    again = api.post(path(), {"text": "I am Anna."}, key="k1", expect=201)
    assert first == again
    shop.works()
    # What has become of it meanwhile is said.
    later = api.post(path(), {"text": "I am Anna."}, key="k1", expect=201)
    assert later["messages"][0]["state"] == "sent"
    assert shop.texts.count("I am Anna.") == 1


def test_twenty_at_once_are_sent_once(api: Caller, shop: Shop) -> None:
    barrier = threading.Barrier(20)
    answers: list[Any] = []

    def send() -> None:
        caller = api.again()
        barrier.wait()
        answers.append(caller.post(path_of_it, {"text": "I am Anna."}, key="k", expect=201))

    path_of_it = path()
    threads = [threading.Thread(target=send) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(answers) == 20
    assert all(answer == answers[0] for answer in answers)
    assert staff_texts() == ["I am Anna."]


def test_of_two_requests_with_one_key_at_once_one_is_done_and_the_other_refused(
    api: Caller,
) -> None:
    where, codes = path(), []

    def send(text: str) -> Callable[[int], None]:
        caller = api.again()
        return lambda number: codes.append(
            caller.call(
                "post", where, json={"text": text}, headers={"Idempotency-Key": f"k{number}"}
            ).status_code
        )

    all_at_once(send("Yes."), send("No."))
    assert (codes.count(201), codes.count(422)) == (ROUNDS, ROUNDS)
    assert len(staff_texts()) == ROUNDS


def test_who_may_no_longer_reply_learns_nothing_by_an_old_key(api: Caller) -> None:
    api.post(path(), {"text": "Yes."}, key="k", expect=201)
    user_who_may(*VIEW)
    found = api.call("post", path(), json={"text": "Yes."}, headers={"Idempotency-Key": "k"})
    problem(found, 403, "forbidden")


def test_a_reply_that_was_unsent_is_not_said_again_by_its_key(api: Caller, shop: Shop) -> None:
    api.post(path(), {"text": "Oops."}, key="k", expect=201)
    shop.works()
    shop.hears_echo(shop.graph.sent[-1])
    shop.reads()
    unsends_ours(shop)
    again = api.post(path(), {"text": "Oops."}, key="k", expect=201)
    [message] = again["messages"]
    assert message["text"] == ""
    assert message["unsent_at"]


def unsends_ours(shop: Shop) -> None:
    """The shop unsends its last message in the Instagram app."""
    mid = Message.objects.get(origin="staff").mid
    item = {
        "sender": {"id": ACCOUNT},
        "recipient": {"id": "870001"},
        "timestamp": int(timezone.now().timestamp() * 1000),
        "message": {"mid": mid, "is_echo": True, "is_deleted": True},
    }
    assert shop.receives(envelope(item)) == 200
    shop.reads()


def test_another_key_is_another_reply(api: Caller) -> None:
    api.post(path(), {"text": "Hm."}, key="k1", expect=201)
    api.post(path(), {"text": "Hm."}, key="k2", expect=201)
    assert staff_texts() == ["Hm.", "Hm."]


def test_the_same_key_of_somebody_else_is_theirs(api: Caller, server: str) -> None:
    other = Caller(server, token_of(user_who_may(*VIEW, *CHANGE, name="ben")))
    api.post(path(), {"text": "Hm."}, key="k", expect=201)
    other.post(path(), {"text": "Hm."}, key="k", expect=201)
    assert staff_texts() == ["Hm.", "Hm."]


def test_a_key_that_comes_with_another_request_is_refused(api: Caller) -> None:
    api.post(path(), {"text": "Yes."}, key="k", expect=201)
    message = Message.objects.get(origin="staff")
    headers = {"Idempotency-Key": "k"}
    problem(api.call("post", path(), json={"text": "No."}, headers=headers), 422, "key-reused")
    found = api.call("post", f"messages/{message.pk}/resend/", headers=headers)
    problem(found, 422, "key-reused")
    assert staff_texts() == ["Yes."]


@pytest.mark.parametrize("key", [None, "", "two words", "x" * 256, "\u00e9".encode()])
def test_without_a_good_key_nothing_is_sent(api: Caller, key: str | bytes | None) -> None:
    headers = {} if key is None else {"Idempotency-Key": key}
    found = api.call("post", path(), json={"text": "Hm."}, headers=headers)
    said = problem(found, 400, "invalid")
    assert [one["header"] for one in said["errors"]] == ["Idempotency-Key"]
    assert staff_texts() == []


def test_a_message_is_sent_again_once_for_each_key(api: Caller, shop: Shop) -> None:
    message = Message.objects.get(origin="bot")
    Message.objects.filter(pk=message.pk).update(state="failed")
    api.post(f"messages/{message.pk}/resend/", key="k")
    shop.works()
    shown = api.post(f"messages/{message.pk}/resend/", key="k")  # not: nothing to do
    assert shown["state"] == "sent"
    assert shop.texts.count("Pardon?") == 2


def test_what_fails_in_the_middle_leaves_nothing_and_the_key_is_free(
    api: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = outbox.reply

    def reply(*given: Any) -> list[int]:
        real(*given)
        raise MemoryError

    monkeypatch.setattr(outbox, "reply", reply)
    found = api.call("post", path(), json={"text": "Hm."}, headers={"Idempotency-Key": "k"})
    problem(found, 500, "failed")
    assert staff_texts() == []
    monkeypatch.setattr(outbox, "reply", real)
    api.post(path(), {"text": "Hm."}, key="k", expect=201)
    assert staff_texts() == ["Hm."]


def test_a_key_is_forgotten_after_a_day_and_holds_no_text(api: Caller) -> None:
    api.post(path(), {"text": "My number is 0151 2345."}, key="k1", expect=201)
    assert "0151 2345" not in str(list(IdempotencyKey.objects.values()))
    IdempotencyKey.objects.update(created_at=timezone.now() - timedelta(hours=25))
    api.post(path(), {"text": "Hm."}, key="k2", expect=201)
    assert list(IdempotencyKey.objects.values_list("key", flat=True)) == ["k2"]


def test_an_old_key_is_free_however_many_others_are_old(api: Caller) -> None:
    old = {"fingerprint": "x", "created_at": timezone.now() - timedelta(hours=25)}
    ben = user_who_may(name="ben")
    IdempotencyKey.objects.bulk_create(
        IdempotencyKey(user=ben, key=str(number), **old) for number in range(250)
    )
    api.post(path(), {"text": "Yesterday."}, key="k", expect=201)
    IdempotencyKey.objects.filter(key="k").update(created_at=old["created_at"])
    api.post(path(), {"text": "Today."}, key="k", expect=201)
    assert staff_texts() == ["Yesterday.", "Today."]


def test_a_user_who_goes_takes_the_keys_along(api: Caller) -> None:
    api.post(path(), {"text": "Hm."}, key="k1", expect=201)
    user_who_may().delete()
    assert not IdempotencyKey.objects.exists()
    connection.close()
