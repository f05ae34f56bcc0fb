"""Settings, .env.example and docs/configuration.md name the same variables; nonsense is refused."""

import ast
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.environment import VARIABLES

ROOT = Path(__file__).resolve().parents[2]


def read_variables() -> dict[str, int]:
    """The variables that settings.py reads, and how often."""
    tree = ast.parse((ROOT / "instabot/settings.py").read_text())
    counts: dict[str, int] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "read":
            name = node.args[0]
            assert isinstance(name, ast.Constant)
            counts[str(name.value)] = counts.get(str(name.value), 0) + 1
    return counts


def test_each_variable_is_read_once() -> None:
    assert set(read_variables().values()) == {1}


def test_the_example_file_names_each_variable_and_no_other() -> None:
    lines = (ROOT / ".env.example").read_text().splitlines()
    names = [line.split("=")[0] for line in lines if line and not line.startswith("#")]
    assert sorted(names) == sorted(read_variables())


def test_the_configuration_page_explains_each_variable_and_no_other() -> None:
    page = (ROOT / "docs/configuration.md").read_text()
    assert sorted(re.findall(r"^\| `([A-Z_]+)` \|", page, re.MULTILINE)) == sorted(read_variables())


def start(**changes: str | None) -> subprocess.CompletedProcess[str]:
    """Load the settings in a process of its own, with these variables changed or taken away."""
    environment = {**os.environ, **VARIABLES, "DJANGO_SETTINGS_MODULE": "instabot.settings"}
    for name, value in changes.items():
        environment[name] = value or ""
    return subprocess.run(
        [sys.executable, "-c", "import django; django.setup(); print('started')"],
        env=environment,
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )


def test_it_starts_with_what_the_tests_set() -> None:
    assert start().stdout == "started\n"


@pytest.mark.no_database
@pytest.mark.parametrize("name", ["SECRET_KEY", "ALLOWED_HOSTS", "CSRF_TRUSTED_ORIGINS"])
def test_production_refuses_to_start_without_it(name: str) -> None:
    found = start(**{name: None})
    assert found.returncode == 1
    assert f"{name} is missing. Expected: " in found.stderr


@pytest.mark.no_database
@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PORT", "many"),
        ("DEBUG", "perhaps"),
        ("SANDBOX", "2 or 3"),
        ("DATABASE_URL", "nonsense://"),
        ("INSTAGRAM_PAGE_ACCESS_TOKEN", "EAA broken in two"),
    ],
)
def test_nonsense_is_refused_with_the_name_and_without_the_value(name: str, value: str) -> None:
    found = start(**{name: value})
    assert found.returncode == 1
    assert f"{name} is not valid. Expected: " in found.stderr
    assert value not in found.stderr.splitlines()[-1]


@pytest.mark.no_database
@pytest.mark.parametrize(
    ("changes", "host"),
    [
        ({"INSTAGRAM_PAGE_ACCESS_TOKEN": "EAAx"}, "https://graph.facebook.com"),
        ({"INSTAGRAM_PAGE_ACCESS_TOKEN": "IGAAx"}, "https://graph.instagram.com"),
        ({"INSTAGRAM_PAGE_ACCESS_TOKEN": " IGAAx "}, "https://graph.instagram.com"),
        ({"SANDBOX": "on", "DEBUG": "on", "PORT": "9000"}, "http://127.0.0.1:9000/sandbox/graph"),
        ({"GRAPH_API_URL": "http://127.0.0.1:1"}, "http://127.0.0.1:1"),
    ],
)
def test_the_graph_api_is_chosen_by_the_token(changes: dict[str, str], host: str) -> None:
    environment = {**os.environ, **VARIABLES, "GRAPH_API_URL": "", **changes}
    environment["DJANGO_SETTINGS_MODULE"] = "instabot.settings"
    script = "from django.conf import settings; print(settings.GRAPH_API_URL)"
    found = subprocess.run(
        [sys.executable, "-c", script],
        env=environment,
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    assert found.stdout.strip() == host
