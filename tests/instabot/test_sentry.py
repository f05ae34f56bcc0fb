"""Marked texts and secrets go through everything, accidents too; then all that left is read."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import pytest
import requests

from instabot import sentry
from instagram.signature import sign
from tests.support.faulty import CRASH, NOT_STORED, REFUSED
from tests.support.graph import HTML_502, error, text_body
from tests.support.ingest import Ingest, ingest
from tests.support.receiver import Receiver
from tests.support.service import Service, wait_for

pytestmark = pytest.mark.once

MARKS = {
    "what a customer wrote": "MARK-QUESTION",
    "what the shop answers": "MARK-ANSWER",
    "what staff wrote": "MARK-REPLY",
    "what staff looked for": "MARK-SEARCH",
    "the customer": "8700015551234",
    "the access token": "MARK-ACCESS-TOKEN",
    "the app secret": "MARK-APP-SECRET",
    "the verify token": "MARK-VERIFY",
    "the key of logins": "MARK-SECRET-KEY-5e1bf1a6c8d94d2f9a37f7c2c81b6a7e90",
    "who may read metrics": "MARK-METRICS-5e1bf1a6c8d94d2f9a37f7c2c81b6a7e90",
}
# What is told outside goes to these addresses, which are secrets themselves.
HEARD = {"a contact's address": "alarms-of-the-shop", "the heartbeat's": "MARK-HEARTBEAT"}
TASKS = ("process_event", "process_due_event", "take_turn")
PREPARE = f"""
from django.contrib.auth.models import User
from django.test import Client
from api.models import Token
from incidents.models import Contact
from notices.models import Listener
from rules.models import ResponseRule
ResponseRule.objects.filter(name="Delivery").update(reply="{MARKS["what the shop answers"]}")
anna = User.objects.create_superuser("anna")
for one in (Contact(who="Anna"), Listener(user=anna)):
    one.write_address("{{address}}")
    one.save()
client = Client()
client.force_login(anna)
print(client.cookies["sessionid"].value)
print(Token.objects.create(anna)[1])
"""


@pytest.fixture
def taken() -> Iterator[Ingest]:
    with ingest() as one:
        yield one


@pytest.fixture
def told() -> Iterator[Receiver]:
    """Where contacts, staff and the heartbeat's service are."""
    with Receiver() as one:
        yield one


@pytest.fixture
def faulty(bare: Service, taken: Ingest, told: Receiver) -> Service:
    """instabot as real processes that have accidents and tell Sentry of them."""
    bare.settings = "tests.settings_watch"
    bare.variables |= {
        "ALERT_HOSTS": "127.0.0.1",
        "HEARTBEAT_URL": told.heartbeat("/MARK-HEARTBEAT"),
        "SENTRY_DSN": taken.dsn,
        "SENTRY_TRACES": "1",
        "INSTAGRAM_PAGE_ACCESS_TOKEN": MARKS["the access token"],
        "FACEBOOK_APP_SECRET": MARKS["the app secret"],
        "FACEBOOK_VERIFY_TOKEN": MARKS["the verify token"],
        "SECRET_KEY": MARKS["the key of logins"],
        "METRICS_TOKEN": MARKS["who may read metrics"],
    }
    bare.graph.echoes = None
    bare.start("gunicorn", "tests.support.faulty", "--workers=1")
    wait_for(bare.is_up, "the web process")
    return bare


class Outside:
    """Meta, staff and programs, who say marked things."""

    def __init__(self, service: Service, told: Receiver) -> None:
        self.url = service.url
        prepare = PREPARE.format(address=told.address)
        said = service.manage("shell", "--verbosity=0", "-c", prepare)  # it stands in the log
        *_, self.session, self.token = said.splitlines()
        self.log, self.begins = service.log, service.log.stat().st_size

    def write(self, text: str, mid: str, customer: str = MARKS["the customer"]) -> int:
        body = text_body(customer, f"{text} {MARKS['what a customer wrote']}", mid)
        headers = {"X-Hub-Signature-256": sign(body, MARKS["the app secret"])}
        url = f"{self.url}/webhooks/instagram"
        return requests.post(url, body, headers=headers, timeout=10).status_code

    def look_for(self, text: str) -> int:
        url = f"{self.url}/admin/find/"
        cookies = {"sessionid": self.session}
        return requests.get(url, {"q": text}, cookies=cookies, timeout=10).status_code

    def reply(self, conversation: int, text: str) -> int:
        url = f"{self.url}/api/v1/conversations/{conversation}/reply/"
        headers = {"Authorization": f"Token {self.token}", "Idempotency-Key": "k" * 16}
        return requests.post(url, json={"text": text}, headers=headers, timeout=10).status_code

    def verify(self) -> int:
        asked = {"hub.verify_token": MARKS["the verify token"], "hub.challenge": "c"}
        return requests.get(f"{self.url}/webhooks/instagram", asked, timeout=10).status_code

    def logged(self) -> str:
        """Return what the processes have written since."""
        return self.log.read_bytes()[self.begins :].decode()

    def scrape(self) -> str:
        headers = {"Authorization": f"Bearer {MARKS['who may read metrics']}"}
        return requests.get(f"{self.url}/metrics", headers=headers, timeout=10).text


def test_nothing_that_people_wrote_and_no_secret_leaves(
    faulty: Service, taken: Ingest, told: Receiver
) -> None:
    outside = Outside(faulty, told)
    faulty.graph.faults.extend([HTML_502, error(190, text=MARKS["the access token"])])
    faulty.start("tests.support.faulty")
    assert outside.verify() == 200
    assert outside.write("delivery?", "aWdf1") == 200
    assert outside.write("price?", "aWdf2", customer="870002") == 200
    wait_for(lambda: not faulty.graph.faults, "both sends")  # what crashes holds up the others
    for number, text in enumerate([CRASH, REFUSED]):
        assert outside.write(text, f"aWdf3{number}") == 200
    assert outside.write(NOT_STORED, "aWdf9") == 503
    talks = "SELECT id FROM conversations_conversation WHERE customer_id = '{}'"
    [(talk,)] = faulty.database.rows(talks.format(MARKS["the customer"]))
    assert outside.look_for(MARKS["what staff looked for"]) == 500
    assert outside.reply(talk, MARKS["what staff wrote"]) == 500

    def accidents() -> set[str]:
        return {event["tags"]["log"] for event in taken.events("event")}

    expected = {"item_failed", "turn_failed", "tick_failed", "webhook_not_stored", "django.request"}
    wait_for(lambda: expected <= accidents(), "all accidents")
    wait_for(lambda: len(errors_of(taken, "ValueError")) >= 3, "those of pages")
    names = {"POST webhook", "GET /admin/find/", "POST /api/v1/conversations/<int:pk>/reply/"}
    wait_for(lambda: names <= traces(taken), "traces")
    wait_for(lambda: "POST 127.0.0.1" in calls(taken), "a call to Instagram in one")
    see_that_an_error_says_where_it_happened(taken, talk)
    see_that_somebody_is_told(faulty, told)
    figures = outside.scrape()
    assert "instabot_turns_total" in figures
    assert "sentry" not in "".join(faulty.graph.heads).lower(), "Meta is told nothing of traces"
    assert taken.kinds() == {"event", "transaction"}
    everywhere = {
        "Sentry": "\n".join([*taken.bodies, *taken.heads]),
        "the log": outside.logged(),
        "/metrics": figures,
        "what contacts, staff and the heartbeat are told": everything(told),
    }
    secrets = {**MARKS, **HEARD, "a log-in": outside.session, "a token of the API": outside.token}
    for place, text in everywhere.items():
        for name, mark in secrets.items():
            assert mark not in text, f"{name} is in {place}"


def everything(told: Receiver) -> str:
    """Return the bodies of all calls; their paths are the addresses."""
    return "\n".join(body.decode() for _, _, body in list(told.calls))


def hears(told: Receiver, words: str) -> bool:
    return words in everything(told)


def see_that_somebody_is_told(faulty: Service, told: Receiver) -> None:
    """Wait for an incident, for one of the customers who wait, and for a look that is not well."""
    long_ago = f"{datetime.now(UTC) - timedelta(hours=1):%Y-%m-%d %H:%M:%S}"
    faulty.database.execute(f"UPDATE conversations_conversation SET waiting_since = '{long_ago}'")
    faulty.graph.always = error(190, text=MARKS["the access token"])
    for words in ("does not accept our login", "cannot be decided", "has waited 1 h"):
        wait_for(partial(hears, told, words), words, 60)
    faulty.graph.always = None
    wait_for(lambda: any(HEARD["the heartbeat's"] in path for _, path, _ in told.calls), "a beat")


def see_that_an_error_says_where_it_happened(taken: Ingest, conversation: int) -> None:
    event = errors_of(taken, "KeyError")[0]
    cause, last = event["exception"]["values"]
    assert (cause["type"], cause["value"], last["value"]) == ("LookupError", "", "")
    assert last["stacktrace"]["frames"][-1]["function"] == "_quote"
    assert (event["tags"]["log"], event["tags"]["conversation"]) == (
        "turn_failed",
        str(conversation),
    )
    assert event["transaction"] in TASKS
    before = [line["message"] for line in event["breadcrumbs"]["values"]]
    assert before[-1] == "asks_nobody", "what the log said before"


def traces(taken: Ingest) -> set[str]:
    """Return what was traced."""
    return {one["transaction"] for one in taken.events("transaction")}


def calls(taken: Ingest) -> set[str]:
    """Return the calls that tasks of the worker made."""
    of_tasks = [one for one in taken.events("transaction") if one["transaction"] in TASKS]
    return {span["description"] for one in of_tasks for span in one["spans"]}


def errors_of(taken: Ingest, kind: str) -> list[dict[str, Any]]:
    return [
        event for event in taken.events("event")
        if event["exception"]["values"][-1]["type"] == kind
    ]  # fmt: skip


@pytest.mark.no_database
def test_a_connection_that_fails_may_say_why() -> None:
    failed = ConnectionRefusedError("Connection refused")
    value = {"type": "ConnectionRefusedError", "value": "?", "stacktrace": None, "mechanism": None}
    told = sentry.clean(
        {"exception": {"values": [value]}, "request": {"data": "MARK"}, "extra": {"a": "MARK"}},
        {"exc_info": (type(failed), failed, None)},
    )
    assert told["exception"]["values"][0]["value"] == "Connection refused"
    assert "MARK" not in str(told)


@pytest.mark.no_database
@pytest.mark.parametrize(
    ("span", "told"),
    [
        ({"op": "http.client", "description": "POST https://graph.instagram.com/v26.0/me/m?t=MARK"},
         "POST graph.instagram.com"),
        ({"op": "http.client", "description": "GET http://MARK@127.0.0.1:9000/a"}, "GET 127.0.0.1"),
        ({"op": "subprocess", "description": "echo MARK"}, "subprocess"),
        ({"op": "db", "description": "SELECT 'MARK'"}, "db"),
        ({"op": "http.client"}, "http.client"),
    ],
)  # fmt: skip
def test_of_a_call_its_host_is_told_alone(span: dict[str, str], told: str) -> None:
    event: Any = {"type": "transaction", "spans": [span | {"data": {"url": "MARK"}, "tags": {}}]}
    told_of: Any = sentry.clean(event, {})
    [found] = told_of["spans"]
    assert found["description"] == told
    assert "MARK" not in str(found)
