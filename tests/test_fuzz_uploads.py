"""Files as nobody means them, uploaded in the admin: each is answered, in little memory."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from conversations.models import SavedReply
from rules.models import ResponseRule
from tests.support import bombs
from tests.support.bombs import FILES, PICTURES
from tests.support.service import ROOT
from tests.support.talks import make_conversation

RULES = "/admin/rules/responserule/import/"
REPLIES = "/admin/conversations/savedreply/import/"
MOST_MEMORY = 256  # MB, of a whole process
MOST_FILE = 1_500_000


def upload(client: Client, page: str, name: str, data: bytes) -> Any:
    """Choose a file, and confirm what the page offers then; return the last answer."""
    sent = {"resource": "0", "import_file": SimpleUploadedFile(name, data)}
    answer = client.post(page, sent)
    assert answer.status_code == 200
    form = (answer.context or {}).get("confirm_form")
    if form is None:
        return answer
    confirmed = client.post(page.replace("/import/", "/process_import/"), form.initial)
    assert confirmed.status_code in (200, 302)
    return confirmed


@pytest.mark.no_database
@pytest.mark.once
@pytest.mark.slow
def test_no_file_takes_much_memory_and_each_has_its_answer(tmp_path: Path) -> None:
    files = []
    for name, make in {**FILES, **{f"{one}.png": make for one, make in PICTURES.items()}}.items():
        data = make()
        if len(data) <= MOST_FILE:  # a larger one is refused by its size
            files.append(tmp_path / name)
            files[-1].write_bytes(data)
    found = subprocess.run(
        [sys.executable, "-m", "tests.support.reader", *map(str, files)],
        cwd=ROOT, capture_output=True, text=True, check=True,
    )  # fmt: skip
    lines = [line.split("\t") for line in found.stdout.splitlines()]
    assert [name for name, _, _ in lines] == [file.name for file in files]
    most = {name: int(megabytes) for name, megabytes, _ in lines}
    assert {name: one for name, one in most.items() if one > MOST_MEMORY} == {}
    said = {name: words for name, _, words in lines}
    assert said["a row of a million columns.xlsx"].startswith("A row of this spreadsheet has more")
    assert said["entities in entities.xlsx"].startswith("This spreadsheet has XML in it that")
    assert said["a file of the machine.xlsx"] == said["entities in entities.xlsx"]
    assert said["a picture of 64 megapixels.png"].startswith("This picture has too many pixels")


@pytest.mark.django_db
@pytest.mark.table
@pytest.mark.parametrize("page", [RULES, REPLIES])
@pytest.mark.parametrize("name", FILES)
def test_each_is_answered_in_the_admin(staff: Client, page: str, name: str) -> None:
    upload(staff, page, name, FILES[name]())


@pytest.mark.django_db
@pytest.mark.once
def test_what_a_spreadsheet_would_run_is_a_text_that_comes_back_guarded(staff: Client) -> None:
    upload(staff, RULES, "formulas.csv", FILES["formulas.csv"]())
    rule = ResponseRule.objects.get()
    assert rule.name == "=1+1"
    sent = {"action": "export_csv", "_selected_action": [rule.pk]}
    exported = staff.post("/admin/rules/responserule/", sent).content.decode()
    assert "'=1+1" in exported
    assert ",=" not in exported


@pytest.mark.django_db
@pytest.mark.once
@pytest.mark.parametrize(
    "name",
    ["../../etc/passwd.json", "C:\\rules.json", "/dev/null.json", "a\u202ejson.json", "💥.json"],
)
def test_the_path_in_a_files_name_means_nothing(staff: Client, name: str) -> None:
    data = json.dumps([{"name": "A", "keywords": "a", "reply": "x"}]).encode()
    upload(staff, RULES, name, data)
    assert ResponseRule.objects.get().name == "A"


# A few in the usual run: each is two pages, or four.
FEW = settings(
    settings(),
    max_examples=max(12, settings().max_examples // 4),
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
SPREADSHEET = bombs.sheet(bombs.text("name") + bombs.text("Price"))
SOUND = {
    "csv": b'name,keywords,reply,order\nPrice,"price\ncost",Ten euros,5\n',
    "json": b'[{"name":"Price","keywords":"price","reply":"Ten euros","order":5,"cards":[]}]',
    "xlsx": SPREADSHEET,
}


@st.composite
def broken(draw: st.DrawFn) -> tuple[str, bytes]:
    """Return a sound file of which some bytes are others, are gone, or are there twice."""
    kind = draw(st.sampled_from(sorted(SOUND)))
    data = bytearray(SOUND[kind])
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, len(data)))
        end = min(at + draw(st.integers(0, 12)), len(data))
        data[at:end] = draw(st.one_of(st.binary(max_size=12), st.just(bytes(data[at:end] * 2))))
    return kind, bytes(data)


@pytest.mark.django_db
@pytest.mark.once
@settings(FEW)
@given(file=broken(), page=st.sampled_from([RULES, REPLIES]))
def test_a_file_that_is_nearly_sound_is_answered_too(
    staff: Client, file: tuple[str, bytes], page: str
) -> None:
    kind, data = file
    upload(staff, page, f"file.{kind}", data)


WORDS = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=9),
    st.sampled_from(["\x00", "\ud800", "=1", "x" * 70_000, "9" * 30, "2026-02-30", 2**63, -1]),
)  # fmt: skip
NAMES = st.sampled_from(["name", "keywords", "reply", "order", "active", "match", "cards", "x"])


@pytest.mark.django_db
@pytest.mark.once
@settings(FEW)
@given(rows=st.lists(st.dictionaries(NAMES, WORDS, max_size=6), min_size=1, max_size=3))
def test_any_values_are_imported_or_refused(staff: Client, rows: list[dict[str, Any]]) -> None:
    for page in (RULES, REPLIES):
        upload(staff, page, "file.json", json.dumps(rows).encode())


@pytest.mark.django_db
@pytest.mark.parametrize("text", ["a\x00b", "\ud800"])
def test_a_saved_reply_that_no_database_can_keep_is_refused(staff: Client, text: str) -> None:
    for row in ({"title": text, "text": "x"}, {"title": "A", "text": text}):
        upload(staff, REPLIES, "file.json", json.dumps([row]).encode())
    assert not SavedReply.objects.filter(title="A").exists()


@pytest.mark.django_db
@pytest.mark.once
@pytest.mark.parametrize("name", PICTURES)
def test_a_file_that_is_no_picture_is_refused_beside_a_reply(staff: Client, name: str) -> None:
    talk = make_conversation("mia")
    sent = {"text": "x", "picture": SimpleUploadedFile("../a.png", PICTURES[name]())}
    answer = staff.post(f"/admin/conversations/conversation/{talk.pk}/reply/", sent)
    assert answer.status_code < 500
