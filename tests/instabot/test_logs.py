"""Marked texts and secrets go the whole way, accidents included; then every line is searched."""

import json
import logging
import re
from typing import Any

import pytest
import structlog
from django.db import IntegrityError
from django.test import Client
from pytest_django import Settings

from conversations import engine, inbox
from conversations.account import pause as account_pause
from conversations.address import DELETION_PATH
from conversations.composer import pictures
from conversations.models import Message
from instabot import logs
from rules.models import ResponseRule
from tests.instabot.test_layers import ROOT
from tests.support.graph import HTML_502, RESET, error
from tests.support.shop import Shop

pytestmark = pytest.mark.once

MARKS = {
    "the customer's text": "MARK-QUESTION",
    "the answer": "MARK-ANSWER",
    "the access token": "MARK-TOKEN",
    "the app secret": "MARK-SECRET",
    "the verify token": "MARK-VERIFY",
}


def written(capfd: pytest.CaptureFixture[str]) -> str:
    found = capfd.readouterr()
    return found.out + found.err


def test_texts_and_secrets_never_reach_a_log(
    shop: Shop,
    settings: Settings,
    capfd: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    settings.INSTAGRAM_PAGE_ACCESS_TOKEN = MARKS["the access token"]
    settings.WEBHOOK_SECRETS = [MARKS["the app secret"]]
    settings.FACEBOOK_VERIFY_TOKEN = MARKS["the verify token"]
    ResponseRule.objects.filter(name="Price").update(reply=MARKS["the answer"])
    secret = MARKS["the app secret"]
    numbers = iter(range(100))

    def hears(text: str) -> None:
        from tests.support.graph import text_body

        shop.receives(text_body("870001", text, f"m{next(numbers)}"), secret)

    shop.graph.faults.extend([HTML_502, RESET, error(190), error(100, text="MARK-ANSWER")])
    hears("price MARK-QUESTION")
    shop.works()
    for refused in ({"hub.verify_token": MARKS["the verify token"]}, {"hub.verify_token": "x"}):
        shop.client.get("/webhooks/instagram", {**refused, "hub.challenge": "c"})
    shop.receives(b"MARK-QUESTION", secret)
    shop.receives(b"MARK-QUESTION", "wrong")
    shop.works()

    def clumsy(question: engine.Question) -> None:
        raise KeyError(question.text)

    monkeypatch.setattr(engine, "ask", clumsy)
    hears("MARK-QUESTION")
    shop.works()

    def quoting(*_: Any) -> None:
        # A real refusal of the database, which quotes the whole row.
        Message.objects.create(conversation_id=1, origin="bot", text="MARK-ANSWER", verdict="x")

    monkeypatch.setattr(inbox, "record", quoting)
    hears("MARK-QUESTION")
    shop.works()
    account_pause.look_after()
    everything = written(capfd)
    assert "turn_failed" in everything
    assert "item_failed" in everything
    for name, mark in MARKS.items():
        assert mark not in everything, name


def test_every_line_names_what_it_belongs_to(shop: Shop, capfd: pytest.CaptureFixture[str]) -> None:
    capfd.readouterr()
    shop.hears("price")
    shop.works()
    lines = {line["event"]: line for line in map(json.loads, written(capfd).splitlines())}
    assert {"request", "method", "path", "status", "ms"} <= set(lines["request"])
    assert len(lines["request"]["request"]) == 12
    question, answer = Message.objects.order_by("pk")
    assert lines["item"]["message"] == lines["decided"]["message"] == question.pk
    assert lines["called"]["message"] == answer.pk
    assert lines["decided"]["conversation"] == lines["called"]["conversation"]


def test_what_other_packages_log_comes_out_as_the_same_kind_of_line(
    capfd: pytest.CaptureFixture[str],
) -> None:
    try:
        raise IntegrityError("DETAIL: Failing row contains (MARK)")
    except IntegrityError:
        logging.getLogger("elsewhere").exception("It broke")
    line = json.loads(written(capfd).splitlines()[-1])
    assert (line["event"], line["logger"], line["level"]) == ("It broke", "elsewhere", "error")
    assert line["error"] == "IntegrityError"
    assert "test_logs.py" in line["where"][-1]
    assert "MARK" not in json.dumps(line)


def test_a_connection_that_fails_may_say_why() -> None:
    told = logs.describe(ConnectionRefusedError("Connection refused"))
    assert told["said"] == "Connection refused"


def test_readable_lines_are_for_people(capfd: pytest.CaptureFixture[str]) -> None:
    logs.configure(readable=True)
    try:
        structlog.get_logger("x").info("hello", message=1)
        structlog.reset_defaults()
    finally:
        logs.configure(readable=False)
    assert "hello" in written(capfd)


def test_no_line_has_an_address_that_opens_something_to_whoever_knows_it(
    shop: Shop, capfd: pytest.CaptureFixture[str]
) -> None:
    opened = {
        f"/{pictures.PATH}/": "MARK-PICTURE.png",
        f"{DELETION_PATH}/": "MARK-CODE",
    }
    assert set(opened) == set(logs.OPENED_BY_ADDRESS)
    for below, rest in opened.items():
        capfd.readouterr()
        for address in (f"{below}{rest}", f"{below}{rest}/"):
            assert shop.client.get(address).status_code == 404
        lines = [json.loads(line) for line in written(capfd).splitlines()]
        told = [line["path"] for line in lines if line["event"] == "request"]
        assert told == [f"{below}…"] * 2
        assert "MARK" not in json.dumps(lines)


def test_nginx_logs_no_such_address() -> None:
    """Neither where it redirects to TLS nor where it passes it on."""
    site = (ROOT / "deploy/server/nginx.conf").read_text()
    blocks = dict(re.findall(r"location (\S+) \{(.*?)\}", site, re.DOTALL))
    assert all("access_log off;" in blocks[below] for below in logs.OPENED_BY_ADDRESS)
    plain = site[: site.index("listen 443")]
    assert "access_log off;\n        return 301" in plain


def test_an_open_page_that_asks_once_a_second_writes_no_line(
    staff: Client, capfd: pytest.CaptureFixture[str]
) -> None:
    inbox = "/admin/conversations/conversation/"
    answered = [staff.get(f"{inbox}live/"), staff.get(inbox), Client().get(f"{inbox}live/")]
    assert [response.status_code for response in answered] == [200, 200, 401]
    told = [json.loads(line) for line in capfd.readouterr().err.splitlines()]
    asked = [(line["path"], line["status"]) for line in told if line["event"] == "request"]
    assert asked == [(inbox, 200), (f"{inbox}live/", 401)]
