"""gunicorn.conf.py: what gunicorn reads from the environment, and from a .env beside it."""

import os
import runpy
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.environment import VARIABLES

pytestmark = pytest.mark.no_database

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where gunicorn's configuration lies; a .env may be put beside it."""
    shutil.copy(ROOT / "gunicorn.conf.py", tmp_path)
    return tmp_path


@pytest.mark.parametrize(
    ("dotenv", "variables", "bind", "workers"),
    [
        ("", {}, "127.0.0.1:8000", 2),
        ("PORT=\n", {"PORT": ""}, "127.0.0.1:8000", 2),
        ("PORT=9000\n", {}, "0.0.0.0:9000", 2),
        ("PORT = ' 9000'\nWEB_CONCURRENCY=3\n", {}, "0.0.0.0:9000", 3),
        ("PORT=9000\n", {"PORT": "9001"}, "0.0.0.0:9001", 2),
        ("", {"PORT": " '9001'\n", "WEB_CONCURRENCY": "4"}, "0.0.0.0:9001", 4),
    ],
)
def test_the_port_may_stand_in_the_file(
    folder: Path, dotenv: str, variables: dict[str, str], bind: str, workers: int
) -> None:
    (folder / ".env").write_text(dotenv)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "environ", variables)
        read = runpy.run_path(str(folder / "gunicorn.conf.py"))
    assert (read["bind"], read["workers"]) == (bind, workers)


@pytest.mark.parametrize(
    ("dotenv", "code", "said"),
    [
        ("PORT=9000", 0, "['0.0.0.0:9000']"),
        ("PORT=-7", 1, "PORT is not valid. Expected: a port number from 1 to 65535."),
        ("WEB_CONCURRENCY=0", 1, "WEB_CONCURRENCY is not valid. Expected: a number from 1 to"),
    ],
)
def test_gunicorn_itself_heeds_it(folder: Path, dotenv: str, code: int, said: str) -> None:
    (folder / ".env").write_text(dotenv)
    environment = {**os.environ, **VARIABLES, "GUNICORN_CMD_ARGS": ""}
    for name in ("PORT", "WEB_CONCURRENCY"):
        environment.pop(name, None)
    config = str(folder / "gunicorn.conf.py")
    found = subprocess.run(
        [sys.executable, "-m", "gunicorn", "--config", config, "--print-config", "instabot.wsgi"],
        env=environment,
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert found.returncode == code
    assert said in found.stdout + found.stderr
    assert not code or len(found.stderr.splitlines()) == 1


@pytest.mark.once
@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("DATABASE_URL", "foo://", "DATABASE_URL is not valid. Expected: "),
        ("RESPONSE_ENGINES", "no.such.Engine", "RESPONSE_ENGINES names no.such.Engine, which is"),
    ],
)
def test_what_is_wrong_with_the_settings_is_said_once_and_without_code(
    name: str, value: str, said: str
) -> None:
    environment = {**os.environ, **VARIABLES, "DJANGO_SETTINGS_MODULE": "instabot.settings"}
    started = [sys.executable, "-m", "gunicorn", "--bind", "127.0.0.1:0", "--workers", "3"]
    found = subprocess.run(
        [*started, "instabot.wsgi"], env={**environment, name: value}, cwd=ROOT,
        capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip
    assert found.returncode == 3
    assert found.stderr.startswith(said)
    assert found.stderr.count(name) == 1
    assert "Traceback" not in found.stderr


def test_it_does_not_start_with_an_engine_that_is_none() -> None:
    environment = {**os.environ, **VARIABLES, "DJANGO_SETTINGS_MODULE": "instabot.settings"}
    found = subprocess.run(
        [sys.executable, "-c", "import instabot.wsgi"],
        env=environment | {"RESPONSE_ENGINES": "no.such.Engine"},
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert found.returncode == 1
    assert "RESPONSE_ENGINES names no.such.Engine, which is not an" in found.stderr.splitlines()[-1]
