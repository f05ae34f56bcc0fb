"""Static files: collected ones have names for ever, others are served as they are."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.contrib.staticfiles.storage import staticfiles_storage
from django.core.management import call_command
from django.templatetags.static import static
from django.test import Client, override_settings
from pytest_django import Settings

pytestmark = [
    pytest.mark.django_db,  # a request asks for the shop's clock
    pytest.mark.slow,
    pytest.mark.once,
]

ROOT = Path(__file__).resolve().parents[2]
NAME = "backoffice/pages.css"
FOR_EVER = "max-age=315360000, public, immutable"
AN_HOUR = "max-age=3600, public"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What `manage.py collectstatic` writes, by its own command: once for each process."""
    root = tmp_path_factory.mktemp("collected")
    with override_settings(STATIC_ROOT=str(root)):
        call_command("collectstatic", interactive=False, verbosity=0)
    return root


@pytest.fixture
def collected(folder: Path, settings: Settings) -> Path:
    settings.STATIC_ROOT = str(folder)
    return folder


def get(url: str) -> tuple[str, bytes]:
    """The caching and the contents of what is at this address."""
    response: Any = Client().get(url, headers={"X-Forwarded-Proto": "https"})
    assert response.status_code == 200, url
    body = b"".join(response.streaming_content)
    response.close()
    return response["Cache-Control"], body


def test_a_collected_file_has_a_hash_in_its_name_and_is_kept_for_ever(collected: Path) -> None:
    url = static(NAME)
    assert url != f"/static/{NAME}"
    assert get(url)[0] == FOR_EVER


def test_every_collected_file_is_there_by_its_hashed_name(collected: Path) -> None:
    names = staticfiles_storage.hashed_files  # type: ignore[attr-defined] # ours
    assert len(names) > 100
    assert [name for name in names.values() if not (collected / name).is_file()] == []


def test_what_a_collected_file_points_to_has_a_hash_too(collected: Path) -> None:
    css = get(static("unfold/fonts/inter/styles.css"))[1]
    assert b"url(" in css
    assert b"Inter-Regular.woff2" not in css


def test_a_collected_module_is_one_module_whoever_imports_it(collected: Path) -> None:
    frame = static("backoffice/frame.js").rpartition("/")[2]
    assert frame != "frame.js"
    assert frame.encode() in get(static("conversations/page.js"))[1]


def test_without_collecting_a_file_has_its_own_name_and_is_kept_for_an_hour() -> None:
    assert static(NAME) == f"/static/{NAME}"
    assert get(static(NAME))[0] == AN_HOUR


@pytest.mark.parametrize("fault", [Path.unlink, lambda file: file.write_bytes(b"of a year ago")])
def test_files_of_another_version_are_not_used(collected: Path, fault: object) -> None:
    file = collected / NAME
    kept = file.read_bytes()
    try:
        fault(file)  # type: ignore[operator]
        assert static(NAME) == f"/static/{NAME}"
        assert get(static(NAME))[0] == AN_HOUR
    finally:
        file.write_bytes(kept)


def test_where_debug_is_on_names_are_plain(collected: Path, settings: Settings) -> None:
    settings.DEBUG = True
    assert static(NAME) == f"/static/{NAME}"


@pytest.mark.parametrize("variables", [{}, {"DATABASE_URL": "nonsense", "PORT": "-7"}])
def test_files_are_collected_where_no_variable_is_set(variables: dict[str, str]) -> None:
    command = [sys.executable, "manage.py", "collectstatic", "--noinput", "--dry-run"]
    path = {"PATH": os.environ["PATH"]}
    found = subprocess.run(
        command, cwd=ROOT, env=path | variables, capture_output=True, text=True, check=False
    )
    assert (found.returncode, found.stderr) == (0, "")
    assert "static files copied" in found.stdout
