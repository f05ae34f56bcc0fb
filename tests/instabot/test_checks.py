import os
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest
from django.core.checks import run_checks
from django.core.management import get_commands, load_command_class
from pytest_django import Settings

from instabot import checks, logs
from instabot.variables import SettingError

ROOT = Path(__file__).resolve().parents[2]
OURS = sorted({one.stem for one in ROOT.glob("*/management/commands/[a-z]*.py")})
# Django itself reads these of what was given, whatever the command.
DJANGOS = ("settings", "pythonpath", "verbosity", "traceback")


def ids(*, deploy: bool = False) -> list[str | None]:
    found = run_checks(include_deployment_checks=deploy)
    return [one.id for one in found if not one.is_silenced()]


def test_a_sound_installation_has_nothing_to_say() -> None:
    assert ids() == []


def test_a_lease_shorter_than_a_call_is_an_error(settings: Settings) -> None:
    settings.LEASE = timedelta(seconds=3)
    assert ids() == ["instabot.E001"]


@pytest.mark.parametrize("path", ["rules.engine.Missing", "nowhere.Engine", "django.conf.settings"])
def test_an_engine_that_is_none_is_an_error(settings: Settings, path: str) -> None:
    settings.RESPONSE_ENGINES = [path]
    assert ids() == ["instabot.E002"]


def test_an_immediate_bell_is_an_error(settings: Settings) -> None:
    settings.HUEY = {**settings.HUEY, "immediate": True}
    assert ids() == ["instabot.E003"]


def test_a_live_service_without_metas_secrets_is_warned(settings: Settings) -> None:
    settings.WEBHOOK_SECRETS = []
    settings.FACEBOOK_VERIFY_TOKEN = settings.INSTAGRAM_PAGE_ACCESS_TOKEN = ""
    found = [one for one in ids(deploy=True) if one and one.startswith("instabot.")]
    assert found == ["instabot.W001", "instabot.W002"], "a token is connected in the admin"


@pytest.mark.parametrize(
    ("debug", "sandbox", "hosts", "found"),
    [
        (True, False, ["localhost", "abc.ngrok-free.app"], ["instabot.E004"]),
        (True, False, ["*"], ["instabot.E004"]),
        (True, False, ["localhost", "127.0.0.1", "[::1]"], []),
        (True, True, ["localhost", "abc.ngrok-free.app"], []),
        (False, False, ["bot.example.com"], []),
    ],
)
def test_debug_that_stays_without_the_sandbox_is_an_error_where_others_may_call(
    settings: Settings, debug: bool, sandbox: bool, hosts: list[str], found: list[str]
) -> None:
    settings.DEBUG, settings.SANDBOX, settings.ALLOWED_HOSTS = debug, sandbox, hosts
    assert [one for one in ids() if one == "instabot.E004"] == found
    if found:
        with pytest.raises(SettingError, match="Take out DEBUG=on as well"):
            checks.refuse_mistakes()
    else:
        checks.refuse_mistakes()


@pytest.mark.parametrize(("is_set", "found"), [(True, []), (False, ["instabot.W005"])])
def test_a_forgotten_database_is_warned_of(
    settings: Settings, is_set: bool, found: list[str], capfd: pytest.CaptureFixture[str]
) -> None:
    settings.DATABASE_IS_SET = is_set
    assert [one for one in ids(deploy=True) if one == "instabot.W005"] == found
    capfd.readouterr()
    logs.repeats.forget()
    checks.say_doubts()
    assert ("throw that file away" in capfd.readouterr().err) is bool(found)


@pytest.mark.once
@pytest.mark.no_database
@pytest.mark.parametrize("command", ["check --database default", "tune", "retention"])
def test_a_database_that_cannot_be_reached_is_said_in_a_sentence(command: str) -> None:
    away = {**os.environ, "DATABASE_URL": "postgres://somebody@127.0.0.1:1/x"}
    called = [sys.executable, "manage.py", *command.split()]
    done = subprocess.run(called, env=away, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "The database cannot be reached: " in done.stderr
    assert "DATABASE_URL names it." in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.once
@pytest.mark.parametrize("name", OURS)
def test_the_choices_of_an_argument_are_words_that_can_be_typed(name: str) -> None:
    command = load_command_class(get_commands()[name], name)
    for one in command.create_parser("manage.py", name)._actions:
        if one.dest not in DJANGOS:
            for choice in one.choices or ():
                assert repr(choice) == f"'{choice}'", "argparse says them so"


@pytest.mark.once
@pytest.mark.parametrize("name", OURS)
def test_no_argument_of_a_command_has_the_name_of_one_of_djangos(name: str) -> None:
    command = load_command_class(get_commands()[name], name)
    given = [one.dest for one in command.create_parser("manage.py", name)._actions]
    assert {one: given.count(one) for one in DJANGOS} == dict.fromkeys(DJANGOS, 1)
