"""Imports run one way. A paragraph in a document would not hold it; this does."""

import ast
import re
from collections.abc import Iterator
from functools import cache
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

pytestmark = pytest.mark.no_database

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = (
    "workqueue", "instagram", "metrics", "backoffice", "audit", "shop", "conversations", "rules",
    "reports", "webhooks", "incidents", "notices", "people", "api", "backups", "instabot",
    "sandbox",
)  # fmt: skip

GROUND = {"workqueue", "instagram", "metrics", "backoffice", "audit"}
MAY_IMPORT = {
    "workqueue": set[str](),
    "instagram": set[str](),
    "metrics": set[str](),
    "backoffice": {"workqueue"},
    "audit": {"workqueue", "backoffice"},
    "shop": GROUND,
    "conversations": {*GROUND, "shop"},
    "rules": {*GROUND, "shop", "conversations"},
    "reports": {*GROUND, "shop", "conversations", "rules"},
    "webhooks": {*GROUND, "shop", "conversations"},
    "incidents": {*GROUND, "shop", "conversations", "rules", "reports", "webhooks"},
    "notices": {*GROUND, "shop", "conversations", "incidents"},
    "people": {*GROUND, "shop", "conversations"},
    "api": {*GROUND, "shop", "conversations", "rules", "reports"},
    "backups": {*GROUND, "shop", "conversations", "webhooks", "incidents"},
    "instabot": {
        *GROUND,
        "shop",
        "conversations",
        "rules",
        "reports",
        "webhooks",
        "incidents",
        "notices",
        "people",
        "api",
    },
    "sandbox": {"instagram"},
}
# The sandbox reads what instabot did in one place.
EXTRA = {"sandbox/story.py": {"conversations", "webhooks"}}
KNOW_HUEY = {"workqueue/bell.py", "workqueue/transports.py"}

# What each room of these packages may import of its own package.
ROOMS: dict[str, dict[str, set[str]]] = {
    "conversations": {
        "models": set(),
        "address": set(),
        "engine": set(),
        "account": {"models"},
        "bot_pause": {"models"},
        "opt_out": {"models"},
        "erasure": {"models", "retention"},
        "waiting": {"models"},
        "queries": {"models"},
        "search": {"models"},
        "retention": {"models", "waiting"},
        "removal": {"models", "retention", "search", "waiting"},
        "outbox": {"account", "bot_pause", "erasure", "models", "opt_out", "waiting"},
        "composer": {"account", "address", "models"},
        "inbox": {"bot_pause", "erasure", "models", "outbox", "retention", "waiting"},
        "recovery": {"account", "inbox", "models", "retention"},
        "answering": {"account", "bot_pause", "engine", "models", "opt_out", "outbox", "waiting"},
        "statistics": {"inbox", "models"},
        "silence": {"account", "models", "recovery", "statistics"},
        "display": {"account", "models", "outbox", "queries", "search", "silence"},
        "hold": {"account", "models", "outbox", "recovery"},
        "customer_data": {"models", "removal", "retention"},
        "turns": {"account", "answering", "inbox", "models", "outbox", "waiting"},
        "tasks": {"turns"},
        "bot_switch": {"account", "models", "outbox", "waiting"},
        "management": {
            "account", "address", "bot_switch", "customer_data", "hold", "models", "recovery",
            "removal", "retention", "search",
        },
        "admin": {
            "account", "address", "bot_pause", "bot_switch", "composer", "customer_data", "display",
            "hold", "inbox", "models", "opt_out", "outbox", "queries", "recovery", "removal",
            "search", "waiting",
        },
        "apps": {"search"},
    },
    "rules": {
        "matching": set(),
        "triggers": set(),
        "wording": set(),
        "models": {"matching", "triggers", "wording"},
        "record": {"models"},
        "history": {"models", "record", "wording"},
        "statistics": {"models"},
        "opt_out_words": set(),
        "opt_out": {"history", "matching", "models", "opt_out_words", "record"},
        "examples": {"matching", "opt_out"},
        "recent": set(),
        "taps": set(),
        "fields": {"models", "triggers"},
        "engine": {"matching", "models", "taps", "triggers", "wording"},
        "checks": {"engine", "matching", "models", "taps", "triggers", "wording"},
        "transfer": {"history", "models", "record"},
        "unanswered": {"engine", "matching", "models", "recent"},
        "admin": {
            "checks", "engine", "history", "matching", "models", "opt_out", "recent", "record",
            "statistics", "taps", "transfer", "triggers", "unanswered",
        },
        "management": {
            "checks", "engine", "examples", "history", "models", "opt_out", "recent", "record",
            "transfer", "triggers",
        },
        "apps": {"fields"},
    },
}  # fmt: skip
# Who writes columns that have a rule of their own: the first after the row is there, the others
# at any time.
STATE = ("state",)
PAUSE = (
    "bot_paused_until", "bot_paused_by", "bot_paused_covered_until", "bot_paused_covered_by",
    "last_word_at", "bot_resumed_at",
)  # fmt: skip
OPT_OUT = ("opted_out_at", "opted_out_message")
WAITING = (
    "waiting_since", "put_off_until", "assignee", "assigned_at", "closed_at", "flagged_at",
    "needs_person",
)  # fmt: skip
SWITCH = ("bot_off_by", "bot_off_at")
HOLD = ("sending_held", "restored_at", "backup_at", "compared_at")
VERSION = ("version",)
TOKEN = (
    "token", "token_version", "token_made_at", "token_ends_at", "token_seed", "permissions",
)  # fmt: skip
RENEWAL = ("renewal_at", "renewal_version", "renewal_problem", "renewal_failed_at")
FIELDS = ("webhook_fields", "webhook_fields_at")
WRITERS = {
    STATE: ("conversations/outbox/states.py", "webhooks/"),  # an event's state is another one
    PAUSE: ("conversations/bot_pause.py",),
    OPT_OUT: ("conversations/opt_out.py",),
    SWITCH: ("conversations/bot_switch.py",),
    # The comparison notes its end.
    HOLD: ("conversations/hold.py", "conversations/outbox/comparison.py"),
    # What a customer says ends that staff have put it off; a rule has a `needs_person` of its own.
    WAITING: (
        "conversations/waiting.py", "conversations/models/arrival.py", "rules/", "api/",
    ),
    VERSION: ("conversations/models/version.py", "rules/"),  # a rule's version is another one
    # A message that staff write has a token of its form, too, which is no secret.
    TOKEN: ("conversations/account/tokens.py",),
    RENEWAL: ("conversations/account/renewal.py",),
    FIELDS: ("conversations/account/subscription.py",),
}  # fmt: skip
# Who makes messages: what is said to a customer, what Meta tells of, what staff write.
MAKE_MESSAGES = ("conversations/inbox/", "conversations/answering/", "conversations/outbox/")


@cache
def files(*packages: str) -> list[str]:
    """Return the files of these packages; of all, where none is named."""
    return [
        str(path.relative_to(ROOT))
        for package in packages or PACKAGES
        for path in sorted((ROOT / package).rglob("*.py"))
        if "migrations" not in path.parts
    ]


@cache
def tree_of(file: str) -> ast.Module:
    return ast.parse((ROOT / file).read_text())


def imported(file: str) -> Iterator[str]:
    for node in ast.walk(tree_of(file)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{file}: imports are absolute"
            yield node.module or ""


@pytest.mark.parametrize("package", PACKAGES)
def test_each_file_imports_only_what_lies_below_it(package: str) -> None:
    for file in files(package):
        allowed = MAY_IMPORT[package] | EXTRA.get(file, set()) | {package}
        ours = {name.split(".")[0] for name in imported(file)} & set(PACKAGES)
        assert ours <= allowed, file


def test_only_the_bell_and_the_tasks_know_huey() -> None:
    for file in files():
        names = {name.split(".")[0] for name in imported(file)}
        assert "huey" not in names or file in KNOW_HUEY, file


def test_what_we_know_of_meta_needs_no_django() -> None:
    for file in files():
        if file.startswith("instagram/"):
            assert not {name.split(".")[0] for name in imported(file)} & {"django", "huey"}


def room_of(file: str, package: str) -> str:
    return file.removeprefix(f"{package}/").split("/")[0].removesuffix(".py")


def imported_rooms(file: str, package: str) -> set[str]:
    """The rooms of its own package that a file imports, but for what only types are asked of."""
    tree = tree_of(file)
    only_types = {
        id(node)
        for block in ast.walk(tree)
        if isinstance(block, ast.If) and ast.unparse(block.test) == "TYPE_CHECKING"
        for node in ast.walk(block)
    }
    rooms = set()
    for node in ast.walk(tree):
        if not isinstance(node, ast.ImportFrom) or id(node) in only_types or not node.module:
            continue
        if node.module == package:
            rooms |= {alias.name for alias in node.names}
        elif node.module.startswith(f"{package}."):
            rooms.add(node.module.split(".")[1])
    return rooms - {room_of(file, package)}


@pytest.mark.parametrize("package", ROOMS)
def test_each_room_imports_only_what_lies_below_it(package: str) -> None:
    for file in files(package):
        if "/__init__" not in file:
            assert imported_rooms(file, package) <= ROOMS[package][room_of(file, package)], file


@pytest.mark.parametrize("package", ROOMS)
def test_rooms_lie_above_each_other_without_a_circle(package: str) -> None:
    assert list(TopologicalSorter(ROOMS[package]).static_order())  # raises CycleError


@pytest.mark.parametrize("package", ROOMS)
def test_every_room_has_its_floor(package: str) -> None:
    there = {room_of(file, package) for file in files() if file.startswith(f"{package}/")}
    assert there - {"__init__"} == set(ROOMS[package])


def strings_in(call: ast.Call) -> set[str]:
    """The texts in a call, but not the names of the columns that F() reads."""
    found = {str(one.value) for one in ast.walk(call) if isinstance(one, ast.Constant)}
    read = [
        str(one.args[0].value)
        for one in ast.walk(call)
        if isinstance(one, ast.Call) and isinstance(one.func, ast.Name) and one.func.id == "F"
        and one.args and isinstance(one.args[0], ast.Constant)
    ]  # fmt: skip
    return found - set(read)


@cache
def written_columns(file: str) -> set[str]:
    """Names that a file may write to rows: keywords and keys of updates, attributes, SQL's SET.

    A row's birth is no change of it: what only insert(), create() and models are given is left out.
    """
    names: set[str] = set()
    for node in ast.walk(tree_of(file)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            if node.func.attr in ("update", "bulk_update", "update_or_create"):
                names |= {keyword.arg for keyword in node.keywords if keyword.arg}
                names |= strings_in(node)
        elif isinstance(node, ast.Dict):
            keys = [key.value for key in node.keys if isinstance(key, ast.Constant)]
            columns = (*PAUSE, *OPT_OUT, *SWITCH, *WAITING, *VERSION, *TOKEN[1:])
            names |= {key for key in keys if key in columns}
        elif isinstance(node, ast.Assign | ast.AugAssign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            names |= {target.attr for target in targets if isinstance(target, ast.Attribute)}
            slices = [target.slice for target in targets if isinstance(target, ast.Subscript)]
            names |= {str(one.value) for one in slices if isinstance(one, ast.Constant)}
        elif isinstance(node, ast.Constant) and re.search(r"\bSET\b|^\w+ = ", str(node.value)):
            names |= set(re.findall(r"(\w+) = ", str(node.value).partition("WHERE")[0]))
    return names


@pytest.mark.parametrize("package", [package for package in PACKAGES if package != "sandbox"])
def test_a_column_with_a_rule_is_written_in_its_home_alone(package: str) -> None:
    for file in files(package):
        others = {
            column for columns, home in WRITERS.items() if not file.startswith(home)
            for column in columns
        }  # fmt: skip
        assert not written_columns(file) & others, file


def test_the_homes_are_seen_to_write() -> None:
    assert set(STATE) <= written_columns("conversations/outbox/states.py")
    assert set(PAUSE) <= written_columns("conversations/bot_pause.py")
    assert set(OPT_OUT) <= written_columns("conversations/opt_out.py")
    assert set(SWITCH) <= written_columns("conversations/bot_switch.py")
    assert set(WAITING) <= written_columns("conversations/waiting.py")
    assert set(HOLD) <= written_columns("conversations/hold.py")
    assert set(VERSION) <= written_columns("conversations/models/version.py")
    assert set(TOKEN) <= written_columns("conversations/account/tokens.py")
    assert set(RENEWAL) <= written_columns("conversations/account/renewal.py")
    assert set(FIELDS) <= written_columns("conversations/account/subscription.py")


def test_only_three_rooms_make_messages() -> None:
    for file in files():
        if not file.startswith((*MAKE_MESSAGES, "sandbox/", "conversations/models/")):
            source = (ROOT / file).read_text()
            made = re.search(r"\bMessage(\.objects\.(create|bulk_create|insert))?\(", source)
            assert not made, file


def test_no_product_file_asks_for_the_sandbox() -> None:
    for file in files():
        if not file.startswith(("sandbox/", "instabot/")):
            assert "SANDBOX" not in (ROOT / file).read_text(), file


# Gerunds and participles that are the field's own nouns, or the house's.
NOUNS = {
    "answering", "buffering", "folding", "incoming", "matching", "processing", "routing",
    "throttling", "tuning", "unanswered", "waiting", "wording",
}  # fmt: skip


def test_modules_are_named_by_nouns() -> None:
    parts = {part.removesuffix(".py") for file in files() for part in file.split("/")}
    assert {part for part in parts if part.endswith(("ing", "ed"))} <= NOUNS


@pytest.mark.parametrize("name", ["utils", "helpers", "services", "signals", "managers"])
def test_files_are_named_for_a_step_or_a_thing(name: str) -> None:
    assert not [file for file in files() if Path(file).stem == name]
