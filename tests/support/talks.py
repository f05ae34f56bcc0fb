"""Conversations to look at, and the staff who look."""

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Permission, User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from conversations.admin import rows
from conversations.models import Account, Conversation, Message, Origin, State, Verdict
from tests.support.clock import Clock, let_nothing_age
from tests.support.graph import ACCOUNT
from tests.support.shop import Shop

LIST = "/admin/conversations/conversation/"
ALL = f"{LIST}?tab=all"
MOMENT = timedelta(seconds=2)  # that a patient shop waits


def make_conversation(username: str, **fields: Any) -> Conversation:
    given = {} if "account" in fields else {"account": Account.objects.ours()}
    return Conversation.objects.create(
        customer_id=f"id-of-{username}", username=username, **given, **fields
    )


def ask(talk: Conversation, text: str = "delivery?", **fields: Any) -> Message:
    given = {"verdict": Verdict.NO_ANSWER, "reason": "No rule matched."} | fields
    return _add(talk, origin=Origin.CUSTOMER, text=text, **given)


def make_waiting(
    count: int, says: str = "c{number} asks {line}", lines: int = 1, **fields: Any
) -> list[Conversation]:
    """Let c0, c1 … wait in this order, a minute after one another, c0 for an hour and a half."""
    now, minute = timezone.now(), timedelta(minutes=1)
    talks = []
    for number in range(count):
        since = now - (90 - number) * minute
        given = {"last_inbound_at": since, "waiting_since": since} | fields
        talks.append(make_conversation(f"c{number}", **given))
        for line in range(lines):
            text = says.format(number=number, line=line)
            ask(talks[-1], text, at=since - (lines - 1 - line) * minute)
    return talks


def say(talk: Conversation, text: str = "In 2 days.", **fields: Any) -> Message:
    given = {"origin": Origin.BOT, "state": State.SENT} | fields
    return _add(talk, text=text, **given)


def _add(talk: Conversation, **fields: Any) -> Message:
    """Write a message, and raise the version, as whatever writes one does."""
    Conversation.objects.raise_version(talk.pk)
    return Message.objects.create(conversation=talk, **fields)


def viewer(client: Client, *names: str) -> Client:
    user = User.objects.create_user("viewer", is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename__in=names))
    client.force_login(user)
    return client


def queries(call: Callable[[], Any]) -> int:
    """Count the queries of a page once what is remembered has been read, but for drawn rows."""
    with pytest.MonkeyPatch.context() as patch:
        let_nothing_age(patch)
        call()
        rows.forget()
        with CaptureQueriesContext(connection) as caught:
            call()
    return len(caught)


def customers(page: Any) -> list[str]:
    """Return the usernames of a list's rows in their order; page: its `cl`."""
    found = Conversation.objects.in_bulk(page.result_list)
    return [found[pk].username for pk in page.result_list]


def plans(call: Callable[[], Any]) -> list[str]:
    """Return how the database goes about each query, where it may not read a table to its end."""
    explain = "EXPLAIN QUERY PLAN"
    with CaptureQueriesContext(connection) as caught:
        call()
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SET LOCAL enable_seqscan = off")
            explain = "EXPLAIN"
        found = []
        for query in caught.captured_queries:
            if "SAVEPOINT" in query["sql"] or query["sql"].startswith("SET "):
                continue
            cursor.execute(f"{explain} {query['sql']}")
            found.append("\n".join(str(row[-1]) for row in cursor.fetchall()))
    return found


def page(staff: Client, talk: Conversation, query: str = "") -> str:
    response = staff.get(f"{LIST}{talk.pk}/change/{query}")
    assert response.status_code == 200
    return str(response.content.decode())


def says(shop: Shop, time_passes: Clock, *texts: str) -> None:
    """A customer writes this in one go, and is silent for a moment."""
    for text in texts:
        shop.hears(text)
    shop.works()
    time_passes(MOMENT)
    shop.works()


def unsends(shop: Shop, *mids: str) -> None:
    for mid in mids:
        shop.hears_item({"message": {"mid": mid, "is_deleted": True}})
    shop.reads()


def comment(shop: Shop, text: str = "price?", number: str = "1805", **fields: Any) -> None:
    value = {
        "id": number,
        "text": text,
        "from": {"id": "870001", "username": "buyer"},
        "media": {"id": "1800", "media_product_type": "FEED"},
        **fields,
    }
    entry = {
        "id": ACCOUNT,
        "time": int(timezone.now().timestamp()),
        "changes": [{"field": "comments", "value": value}],
    }
    assert shop.receives(json.dumps({"object": "instagram", "entry": [entry]}).encode()) == 200
    shop.works()


def another_tool_replies(shop: Shop, mid: str) -> None:
    """Another tool says something right after the customer did."""
    shop.hears_item(
        {
            "sender": {"id": ACCOUNT},
            "recipient": {"id": "870001"},
            "message": {"mid": mid, "text": "We got your message.", "is_echo": True},
        }
    )
    shop.works()
