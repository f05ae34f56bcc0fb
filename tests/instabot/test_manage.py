"""manage.py: what is wrong outside of instabot is said in a sentence, whatever the command."""

import json
import os
import re
import subprocess
import sys
from itertools import cycle
from pathlib import Path

import pytest

from tests.environment import VARIABLES
from tests.instabot.test_checks import OURS
from tests.instabot.test_settings import NONSENSE, OTHER_NAMES, SECRET

pytestmark = [pytest.mark.no_database, pytest.mark.once]

ROOT = Path(__file__).resolve().parents[2]
MUST_BE_SET = ("SECRET_KEY", "ALLOWED_HOSTS", "CSRF_TRUSTED_ORIGINS")
COMMANDS = [*OURS, "check", "migrate", "run_huey", "runserver", "createsuperuser", "no_such_one"]

# One process has loaded what is large, and each command is a child of it: a tenth of the time.
EACH_IN_A_CHILD = """
import json, os, sys, tempfile
import django.core.management, django.templatetags.static, environ, psycopg2, redis, requests
import manage
from instabot import logs

found = []
for command, name, value in json.load(sys.stdin):
    with tempfile.TemporaryFile("w+") as output:
        child = os.fork()
        if not child:
            os.dup2(output.fileno(), 1)
            os.dup2(output.fileno(), 2)
            os.environ[name] = value
            manage.main(["manage.py", command])
            sys.exit(0)
        _, status = os.waitpid(child, 0)
        output.seek(0)
        found.append([os.waitstatus_to_exitcode(status), output.read()])
json.dump(found, sys.stdout)
"""


def environment(**changes: str) -> dict[str, str]:
    """What is set, without the certificates of this machine: to read them takes long."""
    ours = {**VARIABLES, "DJANGO_SETTINGS_MODULE": "instabot.settings"}
    return {**os.environ, **dict.fromkeys(OTHER_NAMES, ""), **ours, **changes}


def test_a_wrong_value_of_each_variable_is_a_sentence_alone() -> None:
    wrong = [(name, values[0]) for name, values in NONSENSE.items()]
    wrong += [(name, "") for name in MUST_BE_SET]
    cases = [(command, *one) for command, one in zip(cycle(COMMANDS), wrong, strict=False)]
    assert len(cases) == len(NONSENSE) + len(MUST_BE_SET) > len(COMMANDS)
    done = subprocess.run(
        [sys.executable, "-c", EACH_IN_A_CHILD],
        input=json.dumps(cases), env=environment(), cwd=ROOT, capture_output=True, text=True,
        check=True, timeout=120,
    )  # fmt: skip
    for (command, name, value), (code, said) in zip(cases, json.loads(done.stdout), strict=True):
        assert code == 1, (command, name, value, said)
        assert re.fullmatch(rf"{name} (is|has|names|does) [^\n]+ Expected: [^\n]+\.\n", said), said
        assert SECRET not in said


def test_a_database_file_that_cannot_be_opened_is_a_sentence_alone(tmp_path: Path) -> None:
    file = tmp_path / "bot.sqlite3"
    file.touch()
    file.chmod(0)
    if os.access(file, os.R_OK):  # root may read it all the same: so may nobody read a folder
        file.unlink()
        file.symlink_to(tmp_path / "away" / "bot.sqlite3")
    done = subprocess.run(
        [sys.executable, "manage.py", "tune"], env=environment(DATABASE_URL=f"sqlite:///{file}"),
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 1
    assert done.stderr.splitlines() == [
        "The database cannot be reached: unable to open database file",
        "See that it runs, and that DATABASE_URL names it.",
    ]
