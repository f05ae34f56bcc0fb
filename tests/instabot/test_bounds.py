"""Pages that may take long: few at a time, each for so long, and it is said what to do."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib.auth.models import Group, User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client, RequestFactory
from django.test.client import FakePayload
from django.test.utils import CaptureQueriesContext
from django.urls import get_resolver, resolve

from api.models import Token
from instabot import bounds
from instabot.bounds import COUNT, EXPORT, IMPORT, SEARCH, Kind
from rules.models import ResponseRule
from tests.support.broken_off import BrokenOff
from tests.support.talks import ask, make_conversation
from workqueue import deadline

pytestmark = pytest.mark.django_db

INBOX = "/admin/conversations/conversation/"
RULES = "/admin/rules/responserule/"
REPORTS = "/admin/conversations/dayfigures/"
HEAVY = [  # one of each kind: the method, the path, and what it is
    ("GET", f"{INBOX}?q=parcel", SEARCH),
    ("GET", "/admin/find/?q=parcel", SEARCH),
    ("GET", "/admin/webhooks/webhookevent/?q=x", SEARCH),
    ("GET", "/api/v1/conversations?search=x", SEARCH),
    ("GET", "/api/v1/conversations/?customer=x", SEARCH),
    ("GET", REPORTS, COUNT),
    ("GET", f"{REPORTS}days.csv", COUNT),
    ("GET", "/api/v1/reports", COUNT),
    ("GET", "/api/v1/statistics/rules/1/days/", COUNT),
    ("GET", "/admin/rules/dismissedgroup/", COUNT),
    ("POST", f"{RULES}add/before/", bounds.CHECK),
    ("POST", f"{RULES}1/change/try/", bounds.CHECK),
    ("POST", f"{RULES}try/", bounds.CHECK),
    ("POST", "/api/v1/rules/try", bounds.CHECK),
    ("GET", f"{RULES}export/", EXPORT),
    ("POST", RULES, EXPORT),
    ("POST", f"{RULES}import/", IMPORT),
    ("POST", f"{RULES}import/columns/", IMPORT),
    ("POST", f"{RULES}process_import/", IMPORT),
    ("POST", "/admin/conversations/savedreply/import/", IMPORT),
]
LIGHT = [
    ("GET", INBOX),
    ("GET", f"{INBOX}?q="),
    ("GET", f"{INBOX}live/?q=parcel"),  # an open page asks once a second, and nothing is searched
    ("GET", f"{RULES}import/"),
    ("GET", RULES),
    ("GET", "/api/v1/conversations"),
    ("POST", "/api/v1/conversations/1/reply"),
    ("GET", "/admin/"),
]


def kind_of(method: str, path: str) -> Kind | None:
    request = RequestFactory().generic(method, path)
    request.resolver_match = resolve(request.path_info)
    return bounds.kind_of(request)


@pytest.mark.once
@pytest.mark.parametrize(("method", "path", "kind"), HEAVY)
def test_what_may_take_long_is_known(method: str, path: str, kind: Kind) -> None:
    assert kind_of(method, path) is kind


@pytest.mark.once
@pytest.mark.parametrize(("method", "path"), LIGHT)
def test_what_is_answered_soon_waits_for_nobody(method: str, path: str) -> None:
    assert kind_of(method, path) is None


@pytest.mark.once
def test_each_name_is_that_of_a_page() -> None:
    def names(resolver: Any) -> Iterator[str | None]:
        for one in resolver.url_patterns:
            yield from names(one) if hasattr(one, "url_patterns") else [one.name]

    known = {*names(get_resolver())}
    assert {*bounds.PAGES, *bounds.POSTED, *bounds.SEARCHES} <= known


@pytest.fixture
def full() -> Iterator[None]:
    """All places are taken."""
    taken = [bounds._places.take() for _ in range(bounds._places.most)]
    yield
    for _ in taken:
        bounds._places.give_back()


@pytest.mark.once
@pytest.mark.parametrize(("method", "path", "kind"), HEAVY)
def test_with_no_place_free_it_is_said_at_once_and_nothing_is_done(
    staff: Client, full: None, method: str, path: str, kind: Kind
) -> None:
    answer = staff.generic(method, path)
    assert answer.status_code == 503
    assert answer["Retry-After"] == "2"
    assert "Others are searching" in answer.content.decode()


@pytest.mark.once
def test_each_caller_is_told_in_its_own_form(staff: Client, full: None) -> None:
    page = staff.get(f"{INBOX}?q=parcel").content.decode()
    assert ">Busy</h1>" in page
    assert f'href="{INBOX}?q=parcel"' in page, "one click tries it again"
    part = staff.get(f"{INBOX}?q=parcel", headers={"X-Parts": "list"}).content.decode()
    assert 'data-refusal="Others are searching' in part
    script = staff.get("/admin/find/?q=x", headers={"X-Requested-With": "fetch"})
    assert script.json()["error"].startswith("Others are searching")
    problem = staff.get("/api/v1/reports")
    assert problem["Content-Type"] == "application/problem+json"
    assert (problem.json()["type"], problem.json()["status"]) == ("urn:instabot:problem:busy", 503)


@pytest.mark.once
def test_strangers_and_other_pages_are_answered_meanwhile(
    client: Client, staff: Client, full: None
) -> None:
    assert staff.get(INBOX).status_code == 200
    staff.logout()
    assert staff.get(f"{INBOX}?q=parcel").status_code == 302, "to the log-in"
    assert staff.get("/api/v1/reports").status_code == 401
    wrong = {"Authorization": "Bearer instabot_nobodys"}
    assert staff.get("/api/v1/reports", headers=wrong).status_code == 401


def test_a_token_is_looked_up_once(client: Client) -> None:
    _, token = Token.objects.create(user=User.objects.create_superuser("anna"))
    caller = {"Authorization": f"Bearer {token}"}
    for path in ("/api/v1/reports", "/api/v1/conversations"):  # one that may take long, and one not
        with CaptureQueriesContext(connection) as asked:
            assert client.get(path, headers=caller).status_code == 200
        lookups = [one for one in asked if '"token_key" =' in one["sql"]]
        assert len(lookups) == 1, path


@pytest.mark.once
def test_a_place_is_free_again_however_a_page_ends(
    staff: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bounds, "_places", bounds.Places(threads=2))
    for _ in range(3):
        assert staff.get(f"{INBOX}?q=parcel").status_code == 200
        assert staff.get(f"{REPORTS}nothing.csv").status_code == 404
        assert staff.post(f"{RULES}process_import/").status_code == 200
    monkeypatch.setattr("instabot.palette.Words", None)
    staff.raise_request_exception = False
    for _ in range(3):
        assert staff.get("/admin/find/?q=x").status_code == 500


def test_what_a_page_wrote_before_it_failed_is_undone(
    staff: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        Group.objects.create(name="half")
        raise RuntimeError

    if connection.vendor != "postgresql":
        pytest.skip("on SQLite it is no transaction")
    monkeypatch.setattr("instabot.palette.Words", fail)
    staff.raise_request_exception = False
    assert staff.get("/admin/find/?q=x").status_code == 500
    assert not Group.objects.filter(name="half").exists()


@pytest.mark.once
@pytest.mark.parametrize("broken", [False, True])
def test_a_body_that_cannot_be_read_takes_nobody_past_the_bounds(
    staff: Client, full: None, broken: bool
) -> None:
    body = BrokenOff(b"x" * 100) if broken else FakePayload(b"x" * 3_000_000)
    sent: dict[str, Any] = {"wsgi.input": body, "CONTENT_LENGTH": str(len(body))}
    answer = staff.get("/api/v1/reports", **sent)
    assert answer.status_code == (400 if broken else 413)
    assert answer["Content-Type"] == "application/problem+json"


@pytest.mark.once
def test_half_of_the_threads_and_at_least_one() -> None:
    assert [bounds.Places(threads).most for threads in (1, 2, 4, 9)] == [1, 1, 2, 4]


class Hasty:
    """A clock on which each look takes so many seconds."""

    def __init__(self, seconds: float = 20.0) -> None:
        self.seconds, self.now = seconds, 0.0

    def monotonic(self) -> float:
        self.now += self.seconds
        return self.now


@pytest.mark.parametrize(
    ("path", "advice"),
    [
        (f"{INBOX}?q=parcel", "Search for more of a word"),
        (REPORTS, "Choose a shorter time"),
        (f"{RULES}export/", "Export fewer"),
    ],
)
def test_what_takes_too_long_says_how_to_ask_for_less(
    staff: Client, monkeypatch: pytest.MonkeyPatch, path: str, advice: str
) -> None:
    ask(make_conversation("mia"), "parcel")
    monkeypatch.setattr(deadline, "time", Hasty())
    answer = staff.get(path)
    assert answer.status_code == 503
    assert "This took too long and was ended." in answer.content.decode()
    assert advice in answer.content.decode()
    assert bounds._places._free._value == bounds._places.most
    monkeypatch.undo()
    assert staff.get("/admin/").status_code == 200, "the connection is good"


def test_an_import_that_takes_too_long_imports_nothing(
    staff: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = [{"name": f"Rule {n}", "keywords": f"w{n}", "reply": "x"} for n in range(9)]
    file = SimpleUploadedFile("rules.json", json.dumps(rows).encode())
    page = staff.post(f"{RULES}import/", {"resource": "0", "import_file": file})
    form = page.context["confirm_form"].initial
    monkeypatch.setattr(deadline, "time", Hasty(1.0))  # each statement
    answer = staff.post(f"{RULES}process_import/", form)
    monkeypatch.undo()
    assert answer.status_code == 503
    assert "Nothing was imported. Split the file." in answer.content.decode()
    assert not ResponseRule.objects.exists()


def test_the_api_says_it_as_a_problem(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    _, token = Token.objects.create(user=User.objects.create_superuser("anna"))
    monkeypatch.setattr(deadline, "time", Hasty())
    answer = client.get("/api/v1/reports", headers={"Authorization": f"Bearer {token}"})
    assert answer.status_code == 503
    assert answer.json()["type"] == "urn:instabot:problem:too-much"
