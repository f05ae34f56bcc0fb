"""Which version runs stands in one place, and is told to those who ask."""

import re
import tomllib
from pathlib import Path

import pytest
from django.test import Client

from instabot import __version__

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.no_database
def test_the_newest_notes_are_of_the_version_that_runs() -> None:
    [newest, *_] = re.findall(r"^## (\S+)", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE)
    assert newest == __version__
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    assert project["project"]["dynamic"] == ["version"]
    told = project["tool"]["setuptools"]["dynamic"]["version"]["attr"]
    assert told == "instabot.__version__"


@pytest.mark.once
@pytest.mark.parametrize("page", ["/admin/", "/admin/conversations/conversation/"])
def test_the_foot_of_the_admin_says_which_version_runs(staff: Client, page: str) -> None:
    assert f"instabot {__version__}</p>" in staff.get(page).content.decode()
