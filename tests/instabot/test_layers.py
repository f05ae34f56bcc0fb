"""Imports run one way. A paragraph in a document would not hold it; this does."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = (
    "workqueue", "instagram", "backoffice", "shop", "conversations", "rules", "webhooks", "api",
    "instabot", "sandbox",
)  # fmt: skip

GROUND = {"workqueue", "instagram", "backoffice"}
MAY_IMPORT = {
    "workqueue": set[str](),
    "instagram": set[str](),
    "backoffice": set[str](),
    "shop": GROUND,
    "conversations": {*GROUND, "shop"},
    "rules": {*GROUND, "shop", "conversations"},
    "webhooks": {*GROUND, "shop", "conversations"},
    "api": {*GROUND, "shop", "conversations", "rules"},
    "instabot": {*GROUND, "shop", "conversations", "rules", "webhooks", "api"},
    "sandbox": {"instagram"},
}
# The sandbox reads what instabot did in one place.
EXTRA = {"sandbox/story.py": {"conversations", "webhooks"}}
KNOW_HUEY = {"workqueue/bell.py", "workqueue/transports.py"}
WRITE_MESSAGES = (
    "conversations/inbox/",
    "conversations/answering/",
    "conversations/outbox/",
)


def files() -> list[str]:
    return [
        str(path.relative_to(ROOT))
        for package in PACKAGES
        for path in sorted((ROOT / package).rglob("*.py"))
        if "migrations" not in path.parts
    ]


def imported(file: str) -> Iterator[str]:
    for node in ast.walk(ast.parse((ROOT / file).read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{file}: imports are absolute"
            yield node.module or ""


@pytest.mark.parametrize("file", files())
def test_each_file_imports_only_what_lies_below_it(file: str) -> None:
    package = file.split("/", maxsplit=1)[0]
    allowed = MAY_IMPORT[package] | EXTRA.get(file, set()) | {package}
    ours = {name.split(".")[0] for name in imported(file)} & set(PACKAGES)
    assert ours <= allowed


@pytest.mark.parametrize("file", files())
def test_only_the_bell_and_the_tasks_know_huey(file: str) -> None:
    names = {name.split(".")[0] for name in imported(file)}
    assert "huey" not in names or file in KNOW_HUEY


def test_what_we_know_of_meta_needs_no_django() -> None:
    for file in files():
        if file.startswith("instagram/"):
            assert not {name.split(".")[0] for name in imported(file)} & {"django", "huey"}


@pytest.mark.parametrize("file", files())
def test_only_three_steps_write_messages(file: str) -> None:
    if not file.startswith(("conversations/", "webhooks/", "rules/", "api/", "instabot/")):
        return
    source = (ROOT / file).read_text()
    mentions = "Message" in {
        alias.name
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }
    if mentions and not file.startswith(WRITE_MESSAGES):
        assert not any(f"Message{verb}" in source for verb in (".objects.create(", "("))
        assert "Message.objects.bulk_create" not in source


def test_no_product_file_asks_for_the_sandbox() -> None:
    for file in files():
        if not file.startswith(("sandbox/", "instabot/")):
            assert "SANDBOX" not in (ROOT / file).read_text(), file


@pytest.mark.parametrize("name", ["utils", "helpers", "services", "signals", "managers"])
def test_files_are_named_for_a_step_or_a_thing(name: str) -> None:
    assert not [file for file in files() if Path(file).stem == name]


def test_no_file_is_longer_than_three_hundred_lines() -> None:
    long = [file for file in files() if len((ROOT / file).read_text().splitlines()) > 300]
    assert not long
