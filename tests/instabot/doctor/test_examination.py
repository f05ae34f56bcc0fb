"""All checks together: none stops another, each has its time, and no secret is ever printed."""

import json
import re
import threading
from collections.abc import Iterator
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command
from django.db import DatabaseError, connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from pytest_django import Settings

from conversations.models import Account
from instabot.doctor import checklist, examination, secrecy, subjects
from instabot.doctor.examination import examine
from instabot.doctor.findings import Check, Finding, State, ok, warning, worst, wrong
from instabot.doctor.subjects import Subject
from instabot.management.commands import doctor
from instagram.errors import PermanentError
from instagram.kinds import Kind
from tests.instabot.doctor.faults import NOBODY, Patient
from tests.support.graph import Graph, error
from tests.support.service import ROOT

pytestmark = pytest.mark.django_db(transaction=True)


def one(name: str, *findings: Finding) -> Check:
    return Check(name, name.title(), "It matters.", lambda: findings)


def raises(kind: type[Exception]) -> Check:
    def examine() -> Iterator[Finding]:
        yield ok("A first sentence.")
        raise kind("a secret: new-secret")

    return Check("raises", "Raises", "It matters.", examine)


def run(*names: str, **options: Any) -> tuple[int, str]:
    """Run the command; return its exit code and what it printed."""
    out = StringIO()
    try:
        call_command("doctor", *names, stdout=out, **options)
    except SystemExit as ending:
        return int(str(ending.code)), out.getvalue()
    return 0, out.getvalue()


@pytest.mark.parametrize(
    ("kind", "state", "says", "advice"),
    [
        (ValueError, State.WRONG, "could not be checked (ValueError).", "Look into the log"),
        (DatabaseError, State.WARNING, "Not checked: the database could", "See the lines Database"),
    ],
)
def test_a_check_that_raises_is_a_line_and_the_others_go_on(
    kind: type[Exception], state: State, says: str, advice: str
) -> None:
    before, broken, after = examine(
        {"A": [one("first", ok("Well.")), raises(kind)], "B": [one("last", ok("Well."))]}
    )
    assert (before.check, after.check) == ("first", "last")
    assert (broken.check, broken.state) == ("raises", state)
    assert says in broken.says
    assert advice in broken.next_step


def test_a_check_that_hangs_is_a_line_and_is_not_begun_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(examination, "SECONDS", 0.1)
    let_go, begun = threading.Event(), []

    def hang() -> Iterator[Finding]:
        begun.append(1)
        let_go.wait(30)
        yield ok("At last.")

    hanging = Check("hangs", "Hangs", "It matters.", hang)
    groups = {"A": [hanging, one("next", ok("Well."))]}
    for _ in range(2):
        stuck, following = examine(groups)
        assert (stuck.state, following.state) == (State.WRONG, State.OK)
        assert "no answer within" in stuck.says
    assert begun == [1]
    let_go.set()


def test_a_check_that_hung_and_came_to_an_end_is_begun_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    let_go = threading.Event()

    def hang() -> Iterator[Finding]:
        let_go.wait(30)
        yield ok("At last.")

    hanging = Check("hung", "Hung", "It matters.", hang)
    assert examination.examine_one(hanging, 0.05)[0].state == State.WRONG
    let_go.set()
    examination._late["hung"].join(30)
    assert examination.examine_one(hanging)[0].state == State.OK


def test_what_is_not_begun_in_the_time_of_all_is_a_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(examination, "ALL_SECONDS", 0.1)
    let_go, begun = threading.Event(), []

    def hang() -> Iterator[Finding]:
        let_go.wait(30)
        yield ok("At last.")

    def look() -> Iterator[Finding]:
        begun.append(1)
        yield ok("Well.")

    checks = [Check("first", "", "", hang), Check("second", "", "", look)]
    first, second, other = examine({"A": checks, "B": [one("other", ok("Well."))]})
    assert "no answer within" in first.says
    assert (second.state, other.state) == (State.WARNING, State.OK)
    assert "Not checked: the checks before it took" in second.says
    assert not begun
    let_go.set()


def of_accounts(count: int) -> list[Subject]:
    rows = [Account(pk=pk, username=f"shop{pk}") for pk in range(1, count + 1)]
    return [Subject(row, Kind.INSTAGRAM, "IGAA", is_alone=False) for row in rows]


def test_accounts_are_asked_about_beside_each_other_and_told_in_their_order() -> None:
    """Four at a time: the fourth lets the first three go on, and no fifth comes beside them."""
    beside, together, most = [0], threading.Barrier(4), [0]
    lock = threading.Lock()

    def call(subject: Subject) -> int:
        with lock:
            beside[0] += 1
            most[0] = max(most[0], beside[0])
        if subject.account.pk <= 4:
            together.wait(10)
        with lock:
            beside[0] -= 1
        return subject.account.pk

    told = list(subjects.ask_each(of_accounts(9), call))
    assert [(answer, trouble) for _, answer, trouble in told] == [(pk, None) for pk in range(1, 10)]
    assert most == [4]


def test_an_account_that_is_not_told_of_in_time_is_a_line_and_the_others_are_there(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(subjects, "SECONDS", 0.3)
    let_go = threading.Event()

    def call(subject: Subject) -> str:
        if subject.account.pk == 2:
            let_go.wait(30)
        if subject.account.pk == 3:
            raise PermanentError("Reconnect.")
        return "Well."

    first, second, third, fourth = subjects.ask_each(of_accounts(4), call)
    let_go.set()
    assert first[1] == fourth[1] == "Well."
    assert second[2]
    assert second[2].says == "@shop2: Instagram did not answer within 0.3 seconds."
    assert third[2]
    assert (third[2].state, third[2].next_step) == (State.WRONG, "Reconnect.")


def test_a_mistake_while_an_account_is_asked_about_is_raised() -> None:
    def call(_: Subject) -> str:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        list(subjects.ask_each(of_accounts(2), call))
    assert list(subjects.ask_each([], call)) == []


def test_two_who_ask_at_once_are_both_answered() -> None:
    """What takes a while does not hang yet."""
    let_go, begun, told = threading.Event(), threading.Event(), []

    def look() -> Iterator[Finding]:
        if not begun.is_set():
            begun.set()
            let_go.wait(30)
        yield ok("Well.")

    slow = Check("slow", "Slow", "It matters.", look)
    other = threading.Thread(target=lambda: told.extend(examination.examine_one(slow)))
    other.start()
    assert begun.wait(10)
    told.extend(examination.examine_one(slow))
    let_go.set()
    other.join()
    assert [finding.state for finding in told] == [State.OK, State.OK]


@pytest.mark.parametrize(
    ("findings", "code"),
    [
        ([ok("Well.")], 0),
        ([ok("Well."), warning("Not quite.", "Look.")], 1),
        ([wrong("No.", "Act."), warning("Not quite.", "Look."), ok("Well.")], 2),
        ([], 0),
    ],
)
def test_the_exit_code_says_the_worst(
    monkeypatch: pytest.MonkeyPatch, findings: list[Finding], code: int
) -> None:
    monkeypatch.setattr(doctor, "CHECKS", {"A": [one("a", *findings)]})
    assert run()[0] == code
    assert run("--json")[0] == code
    assert doctor.EXIT_CODES[worst(findings)] == code


def test_text_says_what_why_and_next_and_little_of_what_is_well(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    checks = [one("good", ok("Well.")), one("bad", wrong("No.", "Act."))]
    monkeypatch.setattr(doctor, "CHECKS", {"A": checks})
    lines = [line.split() for line in run(no_color=True)[1].splitlines()]
    assert lines == [
        ["ok", "Good", "Well."],
        ["wrong", "Bad", "No."],
        ["Why", "it", "matters:", "It", "matters."],
        ["Next:", "Act."],
    ]


def test_json_is_a_list_with_four_names() -> None:
    listed = json.loads(run("--json")[1])
    names = {check.name for checks in checklist.CHECKS.values() for check in checks}
    assert {one["check"] for one in listed} <= names
    for found in listed:
        assert set(found) == {"check", "state", "says", "next"}
        assert found["state"] in ("ok", "warning", "wrong")
        assert found["says"]
        assert bool(found["next"]) == (found["state"] != "ok")


def test_the_docs_have_a_line_for_each_check() -> None:
    docs = (ROOT / "docs/doctor.md").read_text()
    lines = re.findall(r"^\| (.+?) \(`(\w+)`\) \|", docs, re.MULTILINE)
    assert lines == [
        (check.title, check.name) for checks in checklist.CHECKS.values() for check in checks
    ]


SECRETS = {
    "SECRET_KEY": "a-key-for-this-test-alone",
    "SECRET_KEY_FALLBACKS": ["an-older-key-of-this-test"],
    "FACEBOOK_VERIFY_TOKEN": "verify-token-of-this-test",
    "WEBHOOK_SECRETS": ["app-secret-of-this-test", "second-secret-of-this-test"],
    "INSTAGRAM_PAGE_ACCESS_TOKEN": "IGAA-token-of-this-test",
    "REDIS_URL": "redis://:p%40ss-of-redis@127.0.0.1:6379/0",
    "HTTPS_PROXY": "http://anna:pass-of-proxy@proxy.example:3128",
}
TEXTS = [
    "a-key-for-this-test-alone", "an-older-key-of-this-test", "verify-token-of-this-test",
    "app-secret-of-this-test", "second-secret-of-this-test", "IGAA-token-of-this-test",
    "p%40ss-of-redis", "p@ss-of-redis", "pass-of-proxy",
]  # fmt: skip


@pytest.fixture
def told(settings: Settings, graph: Graph) -> Graph:
    """An instabot with secrets that stand nowhere else, and a Meta that repeats what it is told."""
    for name, value in SECRETS.items():
        setattr(settings, name, value)
    graph.always = error(190, text=f"Cannot parse access token {' '.join(TEXTS)}")
    settings.CSRF_TRUSTED_ORIGINS = [f"https://{NOBODY}"]
    return graph


def test_no_secret_of_the_settings_is_printed(
    told: Graph, staff: Client, capfd: pytest.CaptureFixture[str]
) -> None:
    text = run()[1] + run("--json")[1] + staff.get("/admin/doctor/").content.decode()
    written = capfd.readouterr()
    for secret in TEXTS:
        assert secret not in text
        assert secret not in written.out + written.err


SECRET_NAME = re.compile("SECRET|TOKEN|PASSWORD|_KEYS?$")
NO_SECRETS = {"KNOX_TOKEN_MODEL"}
# Django's own, which nobody sets here.
OF_DJANGO = {"EMAIL_HOST_PASSWORD", "PASSWORD_HASHERS", "AUTH_PASSWORD_VALIDATORS"}


def test_no_setting_that_sounds_like_a_secret_is_forgotten(settings: Settings) -> None:
    named = {
        name
        for name in dir(settings)
        if SECRET_NAME.search(name) and isinstance(getattr(settings, name), str | list)
    }
    assert named - NO_SECRETS <= {*secrecy.NAMED, *OF_DJANGO}
    for name in named - NO_SECRETS - OF_DJANGO:
        setattr(settings, name, f"a value of {name}")
        assert f"a value of {name}" in secrecy.secrets()


def test_a_check_that_repeats_a_secret_has_it_taken_out(told: Graph) -> None:
    said = " ".join(TEXTS)
    [finding] = examination.ask(one("leaks", wrong(said, said)))
    assert set(f"{finding.says} {finding.next_step}".split()) == {secrecy.HIDDEN}


def test_it_only_reads(patient: Patient) -> None:
    """Neither in the database nor at Meta anything is changed."""
    with CaptureQueriesContext(connection) as caught:
        for checks in checklist.CHECKS.values():
            for check in checks:
                examination.ask(check)
    writes = ("INSERT", "UPDATE", "DELETE")
    assert not [one["sql"] for one in caught if one["sql"].startswith(writes)]
    assert not [call for call in patient.graph.calls if not call.startswith("GET ")]
