"""What was tried against instabot and did not work is to stay so."""

import json
import socket
from contextlib import closing
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db.models import CharField, TextField
from django.test import Client

from api.models import Token
from conversations.models import Account, Conversation, Label, Mention, Message, Note, SavedReply
from rules.matching import Listener, Matcher, MatchMode
from rules.models import ResponseRule
from tests.instabot.test_roles import LISTS, PAGES, address, things  # noqa: F401
from tests.support.service import Service
from tests.support.talks import make_conversation

pytestmark = pytest.mark.once

MARK = "z7x"
RUN = f"<{MARK} onerror=1>\"'`{{{{{MARK}}}}}</script><script>{MARK}"
# What customers, Meta and colleagues fill in, but for what has few values or leads somewhere.
WRITTEN: dict[type[Any], tuple[str, ...]] = {
    Conversation: ("name", "username", "referral_ref", "bot_paused_by"),
    Message: ("text", "reason", "error", "payload"),
    Note: ("text", "by"),
    Label: ("name",),
    SavedReply: ("title", "text"),
    Account: ("name", "username"),
    ResponseRule: ("name", "reply", "keywords", "never"),
    User: ("first_name", "last_name"),
    Token: ("name",),
}


def mark_everything() -> int:
    """Write a text that would run into each of these columns; return how many took it."""
    marked = 0
    for model, names in WRITTEN.items():
        for name in names:
            field = model._meta.get_field(name)
            assert isinstance(field, CharField | TextField)
            marked += model._default_manager.update(**{name: RUN[: field.max_length or None]})
    return marked


@pytest.mark.django_db
def test_no_page_runs_what_somebody_wrote(
    staff: Client,
    things: dict[str, Any],  # noqa: F811 - a fixture
) -> None:
    note = Note.objects.get()
    things["mention"] = Mention.objects.create(note=note, user=User.objects.get(username="anna")).pk
    assert mark_everything() > len(WRITTEN)
    pages = [address(name, things) for name in PAGES]
    pages += [f"{address(name, things)}?q={MARK}" for name in PAGES if name.endswith("changelist")]
    pages += [f"/admin/find/?q={MARK}", "/admin/"]
    shown = 0
    for page in pages:
        answer = staff.get(page)
        if not answer.get("Content-Type", "").startswith("text/html"):
            continue
        text = answer.content.decode()
        assert f"<{MARK}" not in text, page
        assert f"<script>{MARK}" not in text, page
        shown += f"&lt;{MARK}" in text
    assert shown > 15, "the mark is on pages at all"


@pytest.mark.django_db
@pytest.mark.parametrize(
    "to",
    [
        "https://evil.example/", "//evil.example", "/\\evil.example", "javascript:alert(1)",
        "\x00//evil.example", "https:evil.example", "http:///evil.example", "\t//evil.example",
    ],
)  # fmt: skip
def test_the_log_in_leads_nowhere_else(client: Client, to: str) -> None:
    User.objects.create_superuser("anna", password="a long password")
    sent = {"username": "anna", "password": "a long password", "next": to}
    answer = client.post("/admin/login/", sent)
    assert answer.status_code == 302
    assert answer["Location"] == "/admin/"


@pytest.mark.django_db
@pytest.mark.parametrize(
    "path",
    ["/admin/", "/admin/login/", "/admin/auth/user/", "/api/docs/", "/api/v1/rules", "/health"],
)
def test_nobody_frames_a_page(staff: Client, path: str) -> None:
    answer = staff.get(path)
    assert "frame-ancestors 'none'" in answer["Content-Security-Policy"]


@pytest.mark.django_db
def test_no_form_is_taken_from_elsewhere(
    things: dict[str, Any],  # noqa: F811 - a fixture
) -> None:
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(User.objects.create_superuser("anna"))
    pages = [address(f"{name}_add", things) for name in LISTS if LISTS[name][1]]
    assert len(pages) > 5
    for page in pages:
        assert browser.post(page, {"name": "x"}).status_code == 403, page


@pytest.mark.no_database
@pytest.mark.parametrize("pattern", ["(a+)+$", "(a|a)*b", "(.*a){25}$", "((a*)*)*b", "(a|aa)+$"])
def test_no_pattern_of_a_rule_takes_long(pattern: str) -> None:
    """With an engine that goes back, each of these takes longer than anybody waits."""
    matcher = Matcher([Listener(1, 1, MatchMode.REGEX, (pattern,))])
    found = matcher.find("a" * 5000 + "!")
    assert len(found) <= 1


@pytest.mark.django_db
def test_the_api_takes_no_field_that_is_not_offered(client: Client) -> None:
    user = User.objects.create_superuser("anna")
    _, token = Token.objects.create(user=user)
    headers = {"Authorization": f"Bearer {token}"}
    rule = {"name": "A", "keywords": "a", "reply": "x"}
    for extra in ({"id": 77}, {"pk": 77}, {"changed_at": "2000-01-01T00:00:00Z"}, {"by": "olga"}):
        answer = client.post("/api/v1/rules", rule | extra, "application/json", headers=headers)
        made = ResponseRule.objects.first()
        assert answer.status_code == 400 or (made and made.pk != 77 and made.changed_at.year > 2000)
        ResponseRule.objects.all().delete()
    talk = make_conversation("mia")
    for change in ('{"customer_id": "1"}', '{"account": 2}', '{"is_superuser": true}'):
        path = f"/api/v1/conversations/{talk.pk}"
        assert client.patch(path, change, "application/json", headers=headers).status_code == 405
    assert Conversation.objects.get().customer_id == "id-of-mia"


@pytest.mark.django_db
@pytest.mark.parametrize("path", ['/admin/x%0A{{"level":"error"}}', "/x%0d%0aevil: 1", "/%1b[2J"])
def test_nobody_writes_a_line_of_the_log(
    client: Client, path: str, capfd: pytest.CaptureFixture[str]
) -> None:
    client.get(path, headers={"User-Agent": "x\ny", "X-Request-Id": "a\r\nb"})
    lines = [line for line in capfd.readouterr().err.splitlines() if line]
    assert lines
    assert all(json.loads(line)["level"] for line in lines)
    assert not any("\x1b" in line for line in lines)


def test_a_request_with_two_lengths_is_none(running: Service) -> None:
    """A proxy that believes one of them would let the rest pass as a request of its own."""
    inner = b"GET /admin/ HTTP/1.1\r\nHost: localhost\r\n\r\n"
    heads = [
        b"Content-Length: 4\r\nTransfer-Encoding: chunked",
        b"Content-Length: 4\r\nContent-Length: 40",
        b"Transfer-Encoding: chunked, identity",
        b"Content-Length: +4",
        b"Content-Length : 4",
    ]
    for head in heads:
        with closing(socket.create_connection(("127.0.0.1", running.port), timeout=10)) as line:
            line.sendall(
                b"POST /health HTTP/1.1\r\nHost: localhost\r\n"
                + head
                + b"\r\n\r\n0\r\n\r\n"
                + inner
            )
            line.shutdown(socket.SHUT_WR)
            answer = b""
            while part := line.recv(65536):
                answer += part
        assert answer.startswith(b"HTTP/1.1 4"), head
        assert answer.count(b"HTTP/1.1 ") == 1, head
