"""Canned responses of other tools come in: their columns are guessed, looked at and chosen."""

import csv
import io
import json
import re
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from openpyxl import Workbook

from rules.models import ResponseRule
from rules.transfer import columns
from rules.transfer.formats import CSV, JSON, XLSX, RuleFormat
from rules.transfer.limits import UnreadableError
from tests.rules.records import simple
from tests.rules.transfer.test_pages import confirm, look, words

pytestmark = pytest.mark.once

IMPORT_COLUMNS = "/admin/rules/responserule/import/columns/"
REPLY = "You have 30 days to return it."

# What tools export: the columns, one row, and the name, words and reply of the rule it makes.
TOOLS = {
    "Chatwoot": (
        {"id": "7", "account_id": "1", "short_code": "refund", "content": REPLY,
         "created_at": "2026-01-02T10:00:00Z"},
        ("refund", "refund", REPLY),
    ),
    "Zendesk": (
        {"id": "360", "Title": "Billing::Refund policy", "Active": "TRUE", "Comment": REPLY,
         "Usage (7d)": "12", "Restriction": ""},
        ("Billing::Refund policy", "Refund policy", REPLY),
    ),
    "Gorgias": (
        {"id": "1", "name": "Refund", "language": "en", "body_text": REPLY,
         "body_html": f"<div>{REPLY}</div>", "tags": "returns"},
        ("Refund", "Refund", REPLY),
    ),
    "Front": (
        {"Name": "Refund", "Subject": "Your refund", "Body": f"<p>{REPLY}</p>", "Folder": "Money"},
        ("Refund", "Refund", REPLY),
    ),
    "Help Scout": (
        {"name": "refund-policy", "text": f"<p>Hi!<br>{REPLY}</p>", "usage": "3"},
        ("refund-policy", "refund policy", f"Hi!\n{REPLY}"),
    ),
    "Intercom": ({"Title": "Refund", "Text": REPLY}, ("Refund", "Refund", REPLY)),
    "Crisp": ({"bang": "!refund", "text": REPLY, "locale": "en"}, ("!refund", "refund", REPLY)),
    "Instagram": ({"Shortcut": "/refund_me", "Message": REPLY}, ("/refund_me", "refund me", REPLY)),
    "a title beside a shortcut": (
        {"Title": "Refund policy", "Shortcut": "/refund", "Message": REPLY},
        ("Refund policy", "refund", REPLY),
    ),
    "questions and answers": (
        {"Question": "Refund?", "Answer": REPLY}, ("Refund?", "Refund?", REPLY)
    ),
    "German": ({"Kürzel": "/refund", "Antwort": REPLY}, ("/refund", "refund", REPLY)),
    "nothing known but lengths": (
        {"title": "Refund", "foo": "x", "bar": REPLY}, ("Refund", "Refund", REPLY)
    ),
}  # fmt: skip


def as_csv(row: dict[str, str], mark: str = ",") -> bytes:
    stream = io.StringIO()
    writer = csv.writer(stream, delimiter=mark)
    writer.writerows([row.keys(), row.values()])
    return stream.getvalue().encode()


def as_xlsx(row: dict[str, str]) -> bytes:
    book, stream = Workbook(), io.BytesIO()
    book.active.append([*row])
    book.active.append([*row.values()])
    book.save(stream)
    return stream.getvalue()


def as_json(row: dict[str, str]) -> bytes:
    return json.dumps([row]).encode()


WRITTEN = {"csv": as_csv, "xlsx": as_xlsx, "json": as_json}


def choose(client: Client, page: Any, **other: str) -> Any:
    """Press Preview below the columns; other: what somebody chose instead of the guess."""
    form = page.context["columns_form"]
    shown = {bound.html_name: bound.value() for bound in form}
    titles = {column.title: bound.html_name for column, bound in form.list_columns()}
    return client.post(IMPORT_COLUMNS, {**shown, **{titles[t]: f for t, f in other.items()}})


@pytest.mark.django_db
@pytest.mark.parametrize("kind", WRITTEN)
@pytest.mark.parametrize("tool", TOOLS)
def test_what_another_tool_exported_becomes_rules(staff: Client, tool: str, kind: str) -> None:
    row, (name, keywords, reply) = TOOLS[tool]
    page = look(staff, f"canned.{kind}", WRITTEN[kind](row))
    assert "Which column is what?" in words(page)
    assert not ResponseRule.objects.exists()
    page = choose(staff, page)
    assert "1 new, 0 changed, 0 unchanged. Nothing has been imported yet." in words(page)
    assert not ResponseRule.objects.exists()
    assert confirm(staff, page).status_code == 302
    [rule] = ResponseRule.objects.all()
    assert (rule.name, rule.keywords, rule.reply) == (name, keywords, reply)
    assert not rule.active  # what nobody switched on here answers nobody


@pytest.mark.django_db
def test_what_is_left_out_is_said(staff: Client) -> None:
    rows = b"short_code,content,id\nrefund,Within 30 days.,1\nclose,,2\n"
    page = choose(staff, look(staff, "canned.csv", rows))
    said = words(page)
    assert "Left out: id." in said
    assert "1 row without a reply left out." in said
    assert "New rules are not active, unless a column says so" in said


@pytest.mark.django_db
@pytest.mark.parametrize(("written", "is_active"), [("yes", True), ("no", False)])
def test_our_own_columns_beside_one_of_staffs_say_what_they_say(
    staff: Client, written: str, is_active: bool
) -> None:
    rows = f"name,keywords,reply,active,order,notes\nRefund,refund,Soon.,{written},7,ask Ben\n"
    page = choose(staff, look(staff, "rules.csv", rows.encode()))
    assert "Left out: notes." in words(page)
    confirm(staff, page)
    rule = ResponseRule.objects.get()
    assert (rule.active, rule.order) == (is_active, 7)


@pytest.mark.django_db
def test_a_column_that_is_chosen_to_say_so_makes_rules_active(staff: Client) -> None:
    page = look(staff, "macros.csv", as_csv(TOOLS["Zendesk"][0]))
    confirm(staff, choose(staff, page, Active="active"))
    assert ResponseRule.objects.get().active


@pytest.mark.django_db
def test_somebody_chooses_other_columns_than_the_guess(staff: Client) -> None:
    rows = b"title,text,internal\nRefund,For the team.,Within 30 days.\n"
    page = look(staff, "canned.csv", rows)
    confirm(staff, choose(staff, page, text="", internal="reply"))
    assert ResponseRule.objects.get().reply == "Within 30 days."


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("other", "sentence"),
    [
        ({"title": ""}, "Choose the column that has the names of the rules"),
        ({"text": "name"}, "Choose one column only for"),
        ({"text": "nonsense"}, "Select a valid choice."),
    ],
)
def test_columns_that_make_no_rule_are_asked_for_again(
    staff: Client, other: dict[str, str], sentence: str
) -> None:
    page = look(staff, "canned.csv", b"title,text\nRefund,Within 30 days.\n")
    again = choose(staff, page, **other)
    assert sentence in words(again)
    assert "confirm_form" not in again.context or not again.context["confirm_form"]


@pytest.mark.django_db
def test_a_rule_that_is_there_keeps_its_words_and_stays_active(staff: Client) -> None:
    simple("refund", keywords="money back", reply="Soon.")
    page = choose(staff, look(staff, "canned.csv", as_csv(TOOLS["Chatwoot"][0])))
    confirm(staff, page)
    [rule] = ResponseRule.objects.all()
    assert (rule.keywords, rule.reply, rule.active) == ("money back", REPLY, True)


@pytest.mark.django_db
def test_the_same_file_twice_changes_nothing(staff: Client) -> None:
    file = as_csv(TOOLS["Zendesk"][0])
    confirm(staff, choose(staff, look(staff, "canned.csv", file)))
    page = choose(staff, look(staff, "canned.csv", file))
    assert "Nothing would change" in words(page)


@pytest.mark.django_db
def test_a_lost_page_asks_for_the_file_again(staff: Client) -> None:
    for wrong in ({}, {"format": "0"}, {"format": "9", "import_file_name": "eA=="}):
        assert "The file is missing. Choose it again." in words(staff.post(IMPORT_COLUMNS, wrong))


@pytest.mark.django_db
def test_the_command_shows_a_guess_and_imports_what_is_chosen(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "canned.csv"
    file.write_bytes(as_csv(TOOLS["Chatwoot"][0], ";"))
    with pytest.raises(CommandError, match="--columns name=short_code,reply=content"):
        call_command("import_rules", str(file))
    call_command("import_rules", str(file), "--dry-run")
    said = capsys.readouterr().out
    assert "A guess: --columns name=short_code,reply=content" in said
    assert "Left out: id, account_id, created_at." in said
    assert "Would import: 1 new" in said
    assert not ResponseRule.objects.exists()
    call_command("import_rules", str(file), columns="name=short_code,reply=content")
    rule = ResponseRule.objects.get()
    assert (rule.name, rule.keywords, rule.active) == ("refund", "refund", False)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("chosen", "sentence"),
    [
        ("name=title", "The file has no column 'title'. Its columns are: short_code, content."),
        ("reply=content", "Choose the column that has the names"),
        ("nome=short_code", "Rules have no field 'nome'"),
    ],
)
def test_the_command_says_what_is_wrong_with_the_columns(
    tmp_path: Path, chosen: str, sentence: str
) -> None:
    file = tmp_path / "canned.csv"
    file.write_text("short_code,content\nrefund,Soon.\n")
    with pytest.raises(CommandError, match=re.escape(sentence)):
        call_command("import_rules", str(file), columns=chosen)


def rows_of(kind: type[RuleFormat], data: bytes) -> Any:
    return kind().read_rows(data)


@pytest.mark.no_database
def test_an_error_of_the_spreadsheet_counts_in_chosen_columns_alone() -> None:
    rows = rows_of(CSV, b"title,text,looked up\nRefund,Soon.,#N/A\n")
    assert columns.apply(rows, ["name", "reply", ""]).dict == [{"name": "Refund", "reply": "Soon."}]
    with pytest.raises(UnreadableError, match=r"^Cell C2 has an error of the spreadsheet: #N/A"):
        columns.apply(rows, ["name", "", "reply"])


MACRO = {"id": 1, "title": "Refund", "text": "Soon.", "tags": None}


@pytest.mark.no_database
@pytest.mark.parametrize(
    "answer",
    [
        {"macros": [MACRO], "count": 1},
        {"macros": [MACRO], "errors": [], "next_page": None},
        {"_embedded": {"replies": [MACRO]}, "page": {"number": 1}},
        {"data": {"replies": {"items": [MACRO]}}, "tags": ["a"]},
    ],
)
def test_the_answer_of_an_api_is_read_too(answer: Any) -> None:
    rows = rows_of(JSON, json.dumps(answer).encode())
    assert columns.guess(rows) == ["", "name", "reply", ""]


@pytest.mark.no_database
@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        ({"a": [{"b": 1}], "c": [{"b": 1}]}, "The file is not a list of rules"),
        ({"a": {"b": {"c": {"d": [MACRO]}}}}, "The file is not a list of rules"),
        ({"a": ["b"]}, "The file is not a list of rules"),
        ({"a": [MACRO, 1]}, "The file is not a list of rules"),
        ({"macros": [], "count": 0}, "There are no rules in this file."),
    ],
)
def test_an_answer_without_one_list_of_objects_is_refused(answer: Any, sentence: str) -> None:
    with pytest.raises(UnreadableError, match=f"^{sentence}"):
        rows_of(JSON, json.dumps(answer).encode())


@pytest.mark.no_database
@pytest.mark.parametrize(
    ("value", "text"),
    [
        ({"html": "<p>Soon.</p>"}, "Soon."),
        ({"format": "x", "text": "Soon.", "html": ""}, "Soon."),
        ([{"type": "text", "value": "Soon."}], "Soon."),
        (["Soon.", "Really."], "Soon.\nReally."),
        (
            [
                {"field": "status", "value": "solved"},
                {"field": "comment_value", "value": ["channel:all", "Soon."]},
            ],
            "Soon.",
        ),
    ],
)
def test_a_text_in_an_object_is_taken_out(value: Any, text: str) -> None:
    rows = rows_of(JSON, json.dumps([{"title": "A", "content": value}]).encode())
    assert columns.apply(rows, ["name", "reply"]).dict == [{"name": "A", "reply": text}]


@pytest.mark.no_database
@pytest.mark.parametrize("value", [{"a": 1}, {"html": {"x": 1}}, [{"a": 1}], [None], [[{}]], {}])
def test_an_object_without_a_text_is_refused_where_it_is_chosen(value: Any) -> None:
    records = [{"title": "A", "content": "x"}, {"title": "B", "content": value}]
    rows = rows_of(JSON, json.dumps(records).encode())
    assert columns.describe(rows, ["", ""])
    assert len(columns.apply(rows, ["name", ""])) == 2
    with pytest.raises(UnreadableError, match=r"^Row 2, 'content', is an object or a list"):
        columns.apply(rows, ["name", "reply"])


@pytest.mark.no_database
@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("<p>Hello,</p><p>we ship <b>today</b>.</p>", "Hello,\nwe ship today."),
        ("One<br/>two<br>three", "One\ntwo\nthree"),
        ("<ul><li>One</li><li>Two</li></ul>", "- One\n- Two"),
        (
            '<p><a href="https://shop.example/r">Our rules</a></p>',
            "Our rules https://shop.example/r",
        ),
        ('<a href="https://x.example">https://x.example</a>', "https://x.example"),
        ("<div>Fish &amp; chips&nbsp;&lt;3</div>", "Fish & chips <3"),
        ('<a href="https://x.y"><b>here</b></a>', "here https://x.y"),
        ("<a href=https://x.y/a>here</a> or there", "here https://x.y/a or there"),
        ('<a href="https://x.y/"><img src="a.png"></a>', "https://x.y/"),
        ('<a href="mailto:a@x.y">a@x.y</a>', "a@x.y"),
        ('Look <a href="#top">up</a>', "Look up"),
        ('<img src="https://x.y/a.png">', "https://x.y/a.png"),
        ('Hi <img alt="👋" src="https://x.y/wave.png"/>', "Hi 👋"),
        (
            "<table><tr><td>S</td><td>36</td></tr><tr><td>M</td><td>38</td></tr></table>",
            "S 36\nM 38",
        ),
        ('<font color="red">Red</font>', "Red"),
        ("<font>Red</font>", "Red"),
        ("<script>alert(1 < 2)</script>Hello", "Hello"),
        ("<style>p{}</style><p>Hello</p>", "Hello"),
        ("<!-- draft -->Hello", "Hello"),
        ("Hello<p>Anna</p>Bye", "Hello\nAnna\nBye"),
        ("<p>One</p><p><br></p><p>Two</p>", "One\n\nTwo"),
        ("<ul><li><p>One</p></li><li>Two</li></ul>", "- One\n- Two"),
        ("Fish &amp; chips &lt;3", "Fish & chips <3"),
        ("It&#39;s&nbsp;here", "It's here"),
        ("Dear <name>, AT&T; a&b", "Dear <name>, AT&T; a&b"),
        ("1 < 2 > 0 & more", "1 < 2 > 0 & more"),
        ("I <3 you", "I <3 you"),
        ("  Two\nlines ", "Two\nlines"),
    ],
)
def test_a_reply_of_an_editor_is_read_as_text(html: str, text: str) -> None:
    data = io.StringIO(newline="")
    csv.writer(data).writerows([["title", "text"], ["A", html]])
    rows = rows_of(CSV, data.getvalue().encode())
    assert columns.apply(rows, ["name", "reply"]).dict == [{"name": "A", "reply": text}]


@pytest.mark.no_database
@pytest.mark.parametrize(
    ("title", "keyword"),
    [
        ("refund", "refund"),
        ("/refund", "refund"),
        ("#refund_policy", "refund policy"),
        ("order-status", "order status"),
        ("Billing::Refunds::Late refund", "Late refund"),
        ("Size 36-38", "Size 36-38"),
        ("36-38", "36-38"),
        ("  Two   words ", "Two words"),
    ],
)
def test_a_shortcut_becomes_what_customers_write(title: str, keyword: str) -> None:
    assert columns.make_keyword(title) == keyword


def test_a_column_shows_a_few_of_its_values() -> None:
    text = "".join(f"{'word ' * 40}{number},\n" for number in range(9))
    rows = rows_of(XLSX, as_xlsx({"title": "Refund", "": "", "text": "x"}))
    assert [one.title for one in columns.describe(rows, ["name", "", "reply"])] == [
        "title", "Column 2", "text"
    ]  # fmt: skip
    [first, _] = columns.describe(rows_of(CSV, f"a,b\n{text}".encode()), ["", ""])
    assert len(first.samples) == columns.MAX_SAMPLES
    assert all(len(sample) <= columns.MAX_SAMPLE_LENGTH + 1 for sample in first.samples)


def test_a_file_that_is_not_there_is_named_in_words() -> None:
    with pytest.raises(CommandError, match=r"^/nowhere\.json cannot be read: No such file or dir"):
        call_command("import_rules", "/nowhere.json")
