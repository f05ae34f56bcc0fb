"""Rules leave and come through the admin's own pages and the commands, in all three formats."""

import io
import json
import re
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import Permission, User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.test import Client

from rules.admin import files as pages
from rules.models import ResponseRule, RuleChange, RulesVersion
from rules.record import Record, read_stored
from rules.transfer.formats import FORMATS, RuleFormat, fill_dataset
from tests.rules.admin.forms import LIST
from tests.rules.records import FULL, full, simple

pytestmark = [pytest.mark.django_db, pytest.mark.once]

EVERY = pytest.mark.parametrize("kind", FORMATS, ids=lambda kind: kind.name)
IMPORT = f"{LIST}import/"
CONFIRM = f"{LIST}process_import/"


def log_in(client: Client, *names: str) -> None:
    user = User.objects.create_user("-".join(names), is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename__in=names))
    client.force_login(user)


def look(client: Client, name: str, data: bytes) -> Any:
    """Choose a file, and see what it would do."""
    return client.post(IMPORT, {"resource": "0", "import_file": SimpleUploadedFile(name, data)})


def confirm(client: Client, page: Any, **other: Any) -> Any:
    """Press the button of that page."""
    form = page.context["confirm_form"]
    return client.post(CONFIRM, {**form.initial, **other})


def everything() -> list[Any]:
    return [*ResponseRule.objects.order_by("pk").values(), RulesVersion.read()]


def file(*records: Record) -> bytes:
    return json.dumps(records).encode()


def words(page: Any) -> str:
    """The text of a page, without its tags."""
    return " ".join(re.sub(r"<[^>]+>", " ", page.content.decode()).split())


@EVERY
def test_what_is_exported_changes_nothing_when_it_is_imported(
    staff: Client, kind: type[RuleFormat]
) -> None:
    full()
    simple(reply="One\r\ntwo")
    assert "Export as" in staff.get(f"{LIST}export/").content.decode()
    exported = staff.post(f"{LIST}export/", {"format": FORMATS.index(kind)})
    assert exported["Content-Type"] == kind.content_type
    assert re.search(rf'"rules-\d{{4}}-\d\d-\d\d\.{kind.name}"', exported["Content-Disposition"])
    before = everything()
    page = look(staff, f"rules.{kind.name}", exported.content)
    assert "Nothing would change: all rules are already as in the file." in words(page)
    assert "process_import" not in page.content.decode()
    assert everything() == before
    assert not RuleChange.objects.exists()


@EVERY
def test_what_is_exported_makes_the_same_rules_elsewhere(
    staff: Client, kind: type[RuleFormat]
) -> None:
    full()
    data = staff.post(f"{LIST}export/", {"format": FORMATS.index(kind)}).content
    ResponseRule.objects.all().delete()
    page = look(staff, f"rules.{kind.name}", data)
    assert "1 new, 0 changed, 0 unchanged." in words(page)
    assert confirm(staff, page).status_code == 302
    [rule] = ResponseRule.objects.all()
    assert read_stored(rule.pk) == FULL


@EVERY
def test_the_look_shows_what_differs_and_changes_nothing(
    staff: Client, kind: type[RuleFormat]
) -> None:
    rule = full()
    simple("Same")
    changed = FULL | {"reply": "<b>Tomorrow</b>.", "keywords": FULL["keywords"] + "\nrush"}
    same = read_stored(ResponseRule.objects.get(name="Same").pk) or {}
    new = same | {"name": "New"}
    before = everything()
    data = kind().export_data(fill_dataset([changed, same, new]))
    page = look(staff, f"rules.{kind.name}", data)
    said = page.content.decode()
    assert "1 new, 1 changed, 1 unchanged. Nothing has been imported yet." in words(page)
    assert '<ins class="diff-line">rush</ins>' in said
    assert '<ins class="diff-line">&lt;b&gt;Tomorrow&lt;/b&gt;.</ins>' in said
    assert '<del class="diff-line">---</del>' in said
    assert everything() == before
    done = confirm(staff, page)
    assert done.status_code == 302
    assert "Imported: 1 new, 1 changed, 1 unchanged." in words(staff.get(done.url))
    assert read_stored(rule.pk) == changed
    assert RulesVersion.read() > before[-1]
    kept = RuleChange.objects.order_by("name").values_list("name", "what", "by")
    assert list(kept) == [(rule.name, "imported", "anna"), ("New", "imported", "anna")]
    assert RuleChange.objects.get(rule=rule.pk).before == FULL


def test_rules_are_found_by_name_and_the_rest_stays(staff: Client) -> None:
    rule, other = full(), simple("Other")
    page = look(staff, "rules.csv", b'name,order\r\n"Delivery, ""fast""; \'free\'",7\r\n')
    confirm(staff, page)
    assert read_stored(rule.pk) == FULL | {"order": 7}
    assert ResponseRule.objects.filter(pk=other.pk).exists()


def test_one_wrong_row_keeps_all_from_being_imported(staff: Client) -> None:
    simple("Price")
    before = everything()
    sound = {"name": "New", "keywords": "new", "reply": "New."}
    page = look(
        staff,
        "rules.json",
        file(
            sound,
            {"name": "Price", "reply": ""},
            sound | {"name": "Pattern", "match": "regex", "keywords": "(("},
            sound | {"name": "Twice"},
            sound | {"name": "Twice"},
            sound | {"name": ["x"]},
            sound | {"name": ""},
            {"reply": "x"},
        ),
    )
    said = words(page)
    assert "Nothing can be imported yet. 7 of 8 rules are invalid." in said
    assert "Reply: Write what the customer gets, or add an attachment or cards." in said
    assert "Words: " in said
    assert said.count("Name: The file has this name more than once.") == 2
    assert "Name: Write a text." in said
    assert said.count("Name: This field cannot be blank.") == 2
    assert "confirm_form" not in page.context
    assert everything() == before


def test_a_confirmed_file_that_is_not_sound_imports_nothing(staff: Client) -> None:
    """Nobody gets here by the pages: the look before gives no button."""
    page = look(staff, "rules.json", file({"name": "New", "keywords": "new", "reply": "New."}))
    bad = file({"name": "New", "keywords": "new", "reply": "New."}, {"name": "Bad"})
    storage = pages.PageStorage()
    storage.save(bad)
    answer = confirm(staff, page, import_file_name=storage.name)
    assert answer.status_code == 200
    assert "Nothing can be imported yet." in words(answer)
    assert not ResponseRule.objects.exists()
    assert not RuleChange.objects.exists()


def test_rules_that_changed_meanwhile_are_looked_at_again(staff: Client) -> None:
    rule = simple()
    page = look(staff, "rules.json", file({"name": "Price", "reply": "Twelve."}))
    rule.reply = "Eleven."
    rule.save()
    again = confirm(staff, page)
    assert "The rules were changed meanwhile." in words(again)
    assert '<del class="diff-line">Eleven.</del>' in again.content.decode()
    assert ResponseRule.objects.get().reply == "Eleven."
    assert confirm(staff, again).status_code == 302
    assert ResponseRule.objects.get().reply == "Twelve."


@pytest.mark.parametrize(
    ("name", "data", "sentence"),
    [
        ("rules.csv", b"\x89PNG\r\n\x1a\n\0", "The file is not in UTF-8."),
        ("rules.xlsx", b"garbage", "This is not an XLSX spreadsheet, or it is damaged."),
        ("rules.json", b"garbage", "This is not a JSON file, or it is damaged."),
        ("rules.csv", b"", "The submitted file is empty."),
        ("rules.csv", b"name;answer\nPrice;Ten\n", "There is no column"),
        ("rules.txt", b"x", "Choose a file whose name ends in .csv, .xlsx or .json."),
        ("rules.csv", b"x" * 1_500_001, "The file has 1,500,001 bytes; at most 1,500,000"),
    ],
)
def test_a_file_that_is_none_is_refused_in_plain_words(
    staff: Client, name: str, data: bytes, sentence: str
) -> None:
    page = look(staff, name, data)
    assert page.status_code == 200
    assert sentence in words(page).replace("&#x27;", "'")


@pytest.mark.slow
def test_the_biggest_file_comes_back_with_its_page(staff: Client) -> None:
    data = file({"name": "New", "keywords": "new", "reply": "New.", "never": "word\n" * 240_000})
    assert 1_400_000 < len(data) < 1_500_000
    assert confirm(staff, look(staff, "rules.json", data)).status_code == 302
    assert ResponseRule.objects.get().never.count("\n") == 240_000


@pytest.mark.parametrize(
    "wrong", [{"import_file_name": "###"}, {"import_file_name": ""}, {"format": 9}, {"version": ""}]
)
def test_a_page_that_lost_its_file_asks_for_it_again(staff: Client, wrong: dict[str, Any]) -> None:
    page = look(staff, "rules.json", file({"name": "New", "keywords": "new", "reply": "New."}))
    answer = confirm(staff, page, **wrong)
    assert answer.status_code == 200
    assert "Choose it again." in words(answer)
    assert not ResponseRule.objects.exists()


@EVERY
def test_some_rules_are_exported_from_the_list(staff: Client, kind: type[RuleFormat]) -> None:
    one, _ = simple("One"), simple("Two")
    chosen = {"action": f"export_{kind.name}", "_selected_action": [one.pk]}
    exported = staff.post(LIST, chosen)
    dataset = kind().create_dataset(exported.content)
    assert dataset["name"] == ["One"]


@pytest.mark.parametrize(
    "post", [(f"{LIST}export/", {"format": 1}), (LIST, {"action": "export_xlsx"})]
)
def test_rules_that_no_spreadsheet_holds_are_not_cut(
    staff: Client, post: tuple[str, dict[str, Any]]
) -> None:
    rule = simple(keywords="word\n" * 8000, active=False)
    url, data = post
    answer = staff.post(url, data | {"_selected_action": [rule.pk]}, follow=True)
    assert "Choose CSV or JSON." in words(answer)


def test_many_rules_are_exported_with_few_queries(
    staff: Client, django_assert_max_num_queries: Any
) -> None:
    for number in range(50):
        simple(f"Rule {number}").cards.create(title="Coat", subtitle="Wool")
    with django_assert_max_num_queries(12):
        staff.post(f"{LIST}export/", {"format": 2})


def test_who_may_see_rules_exports_them_and_imports_nothing(client: Client) -> None:
    simple()
    log_in(client, "view_responserule")
    shown = client.get(LIST).content.decode()
    assert f"{LIST}export/" in shown
    assert f"{LIST}import/" not in shown
    assert client.post(f"{LIST}export/", {"format": 2}).status_code == 200
    assert look(client, "rules.json", b"[]").status_code == 403
    assert client.post(CONFIRM, {}).status_code == 403


@pytest.mark.parametrize(
    ("names", "status"),
    [
        (["add_responserule"], 403),
        (["change_responserule"], 403),
        (["add_responserule", "change_responserule"], 200),
    ],
)
def test_importing_takes_the_permission_to_add_and_to_change(
    client: Client, names: list[str], status: int
) -> None:
    log_in(client, *names)
    assert client.get(IMPORT).status_code == status


def test_who_may_not_see_rules_exports_none(client: Client) -> None:
    log_in(client, "view_conversation")
    assert client.post(f"{LIST}export/", {"format": 2}).status_code == 403


def test_the_import_is_confirmed_by_a_post(staff: Client) -> None:
    assert staff.get(CONFIRM).status_code == 405


# The commands.


@EVERY
def test_commands_carry_rules_from_one_machine_to_another(
    kind: type[RuleFormat], tmp_path: Path, capfdbinary: Any
) -> None:
    full()
    call_command("export_rules", format=kind.name)
    path = tmp_path / f"rules.{kind.name}"
    path.write_bytes(capfdbinary.readouterr().out)
    ResponseRule.objects.all().delete()
    call_command("import_rules", path)
    assert read_stored(ResponseRule.objects.get().pk) == FULL
    call_command("import_rules", path)
    assert [(one.what, one.by) for one in RuleChange.objects.all()] == [
        ("imported", "import_rules")
    ]


def test_a_dry_run_says_what_would_differ(tmp_path: Path) -> None:
    simple()
    path = tmp_path / "rules.json"
    new = {"name": "New", "keywords": "new", "reply": "Hello."}
    path.write_bytes(file({"name": "Price", "reply": "Twelve euros."}, new))
    before, out = everything(), io.StringIO()
    call_command("import_rules", path, dry_run=True, stdout=out)
    assert out.getvalue().splitlines() == [
        "Price (no. 1): changed",
        "  Reply",
        "    - Ten euros.",
        "    + Twelve euros.",
        "New (no. 2): new",
        "  Name",
        "    + New",
        "  Words",
        "    + new",
        "  Reply",
        "    + Hello.",
        "Would import: 1 new, 1 changed, 0 unchanged.",
    ]
    assert everything() == before


def test_the_command_imports_all_or_nothing(tmp_path: Path) -> None:
    path, out = tmp_path / "rules.json", io.StringIO()
    path.write_bytes(file({"name": "New", "keywords": "new", "reply": "x"}, {"name": "Bad"}))
    with pytest.raises(CommandError, match="Nothing was imported: 1 of the rules"):
        call_command("import_rules", path, stdout=out)
    assert "Bad (no. 2): invalid" in out.getvalue()
    assert not ResponseRule.objects.exists()


@pytest.mark.parametrize("name", ["rules.txt", "rules.json", "missing.json"])
def test_the_command_says_what_it_cannot_read(tmp_path: Path, name: str) -> None:
    if name != "missing.json":
        (tmp_path / name).write_text("garbage")
    with pytest.raises(CommandError):
        call_command("import_rules", tmp_path / name)


def test_the_command_cuts_nothing_for_a_spreadsheet() -> None:
    simple(keywords="word\n" * 8000, active=False)
    with pytest.raises(CommandError, match="Choose CSV or JSON"):
        call_command("export_rules", format="xlsx")
