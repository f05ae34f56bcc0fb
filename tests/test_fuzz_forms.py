"""Every form and every address of the admin with values that nobody types: no page breaks."""

from collections.abc import Iterator
from contextlib import contextmanager
from random import Random
from typing import Any
from urllib.parse import quote_from_bytes, urljoin

import pytest
from django.contrib import admin
from django.contrib.auth.models import User
from django.db import connection, transaction
from django.test import Client
from hypothesis import settings as profile

from tests.instabot.test_roles import ACTS, LISTS, PAGES, _roles, address, things  # noqa: F401
from tests.support import forms
from tests.support.forms import Form

pytestmark = pytest.mark.django_db

HALF = b"\xed\xa0\x80"  # of a character, as UTF-8 would have it
VALUES = [
    # nothing, and too much; what no database keeps
    b"", b" \t\n", b"x" * 100_000, b"9" * 400, b"a\0b", b"\0", HALF, b"\xff\xfe", b"\xf0\x9f",
    # numbers and days that are none
    b"-1", b"9223372036854775808", b"1e999", b"NaN", b"0x10", b"1.5",
    b"2026-02-30", b"0000-00-00", b"99999-01-01", b"25:61", b"2026-01-01T",
    # what other programs run, and other shapes
    b"<script>", b"'; DROP TABLE x;--", b"{{7*7}}{% x %}", b"%s%n{0}", b"(((a+)+)+)$", b"[[",
    b"[]", b"{}", b'[{"a":1}]', b"null", b"../../etc",
]  # fmt: skip
SHORT = [value for value in VALUES if len(value) < 1000]
PARAMETERS = (
    "q", "p", "o", "e", "all", "tab", "before", "at", "list", "ids", "rows", "open", "from", "to",
    "days", "account", "window", "paused", "label", "source", "_popup", "_to_field", "name", "id",
    "_changelist_filters", "labels__id__exact", "verdict", "state__exact", "next",
)  # fmt: skip
NAMES = (
    "text", "note", "pk", "seen", "until", "hours", "label", "labels", "assignee", "act", "key",
    "picture_url", "ids", "_selected_action", "action", "days", "phrase", "token", "what", "when",
    "reason", "version", "try-text", "try-trigger", "try-at", "try-account",
)  # fmt: skip
# How often a form is sent: each time costs a page, of which there are many; a hunt has the time.
TIMES = 2 if profile().derandomize else profile().max_examples // 10


@pytest.fixture
def random() -> Random:
    """The same values in each run; in a hunt others, which its seed brings back."""
    seed = 1 if profile().derandomize else Random().randrange(10**6)
    print(f"seed {seed}")  # noqa: T201 - shown of a test that fails
    return Random(seed)


@contextmanager
def undone() -> Iterator[None]:
    """Leave everything as it was; unlike atomic() it is no block around what is durable."""
    here = transaction.savepoint()
    yield
    transaction.savepoint_rollback(here)
    connection.needs_rollback = False


@pytest.fixture
def owner() -> Client:
    client = Client(raise_request_exception=False)
    client.force_login(User.objects.create_superuser("zoe", password="a long one"))
    return client


def encode(pairs: list[tuple[str, bytes]]) -> bytes:
    return "&".join(
        f"{quote_from_bytes(n.encode())}={quote_from_bytes(v)}" for n, v in pairs
    ).encode()


def send(client: Client, path: str, pairs: list[tuple[str, bytes]]) -> int:
    with undone():
        sent: Any = client.generic("POST", path, encode(pairs), "application/x-www-form-urlencoded")
        if sent.streaming:
            b"".join(sent)  # a file, which is closed at its end
    return int(sent.status_code)


def broken(form: Form, values: list[bytes], random: Random) -> list[tuple[str, bytes]]:
    """Return the fields of a form, of which some have other values, are gone or come twice."""
    pairs = [(name, value.encode(errors="ignore")) for name, value in form.fields.items()]
    for at in random.sample(range(len(pairs)), min(len(pairs), random.choice((1, 2, 9)))):
        pairs[at] = (pairs[at][0], random.choice(values))
    if random.random() < 0.3 and pairs:
        del pairs[random.randrange(len(pairs))]
    if random.random() < 0.3 and pairs:
        pairs.append((random.choice(pairs)[0], random.choice(values)))
    return pairs


def forms_of(client: Client, path: str) -> list[Form]:
    with undone():
        page = client.get(path)
    found = forms.read(page.content.decode()) if page.status_code == 200 else []
    return [
        Form(urljoin(path, one.action), one.method, one.fields)
        for one in found
        if one.method == "post" and "logout" not in one.action
    ]


def log_in_again(client: Client) -> None:
    """Some forms end the session."""
    client.force_login(User.objects.get(username="zoe"))


def test_no_form_breaks_whatever_is_typed(
    owner: Client,
    things: dict[str, Any],  # noqa: F811 - a fixture
    random: Random,
) -> None:
    broke, seen = [], 0
    for name in PAGES:
        for form in forms_of(owner, address(name, things)):
            seen += 1
            for _ in range(TIMES):
                pairs = broken(form, VALUES, random)
                if (status := send(owner, form.action, pairs)) >= 500:
                    broke.append((status, form.action, [(n, v[:40]) for n, v in pairs]))
        log_in_again(owner)
    assert broke == []
    assert seen > len(LISTS)


def test_no_act_breaks_whatever_is_sent(
    owner: Client,
    things: dict[str, Any],  # noqa: F811 - a fixture
    random: Random,
) -> None:
    broke = []
    for name in ACTS:
        path = address(name, things)
        for _ in range(TIMES):
            pairs = [(one, random.choice(VALUES)) for one in NAMES]
            if (status := send(owner, path, pairs)) >= 500:
                broke.append((status, path, [(n, v[:40]) for n, v in pairs]))
        log_in_again(owner)
    assert broke == []


def test_no_address_breaks_whatever_it_asks_for(
    owner: Client,
    things: dict[str, Any],  # noqa: F811 - a fixture
    random: Random,
) -> None:
    broke = []
    for name in PAGES:
        path = address(name, things)
        for asked in [("_to_field",), *(random.sample(PARAMETERS, 12) for _ in range(TIMES // 2))]:
            query = encode([(one, random.choice(SHORT)) for one in asked]).decode()
            with undone():
                status = owner.get(f"{path}?{query}").status_code
            if status >= 500:
                broke.append((status, path, query))
    assert broke == []


@pytest.mark.parametrize(
    "pk", ["99999999999999999999999", "%00", "%ED%A0%80", "-1", "_5F", "x" * 2000]
)
def test_no_address_breaks_whatever_it_names(owner: Client, pk: str) -> None:
    broke = []
    for model in admin.site._registry:
        here = f"/admin/{model._meta.app_label}/{model._meta.model_name}/{pk}/"
        asked = {here + page: owner.get(here + page) for page in ("change/", "history/", "")}
        broke += [path for path, answer in asked.items() if answer.status_code >= 500]
    assert broke == []
