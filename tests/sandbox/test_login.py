import stat
from pathlib import Path

import pytest
from django.contrib.auth.models import User
from pytest_django import Settings

from sandbox import login

pytestmark = pytest.mark.once


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, db: None) -> Path:
    monkeypatch.setattr(login, "_path", lambda: tmp_path / login.FILE)
    return tmp_path


def test_the_first_run_makes_a_login_and_the_second_prints_it_again(folder: Path) -> None:
    first = login.ensure_login()
    assert first
    assert first.password
    assert User.objects.get(username="admin").check_password(first.password)
    assert stat.S_IMODE((folder / login.FILE).stat().st_mode) == 0o600
    assert login.ensure_login() == first
    assert User.objects.count() == 1


def test_a_password_that_staff_changed_is_not_guessed(folder: Path) -> None:
    login.ensure_login()
    user = User.objects.get()
    user.set_password("theirs")
    user.save()
    assert login.ensure_login() == login.Login("admin", None)
    user.refresh_from_db()
    assert user.check_password("theirs")


def test_a_superuser_of_another_name_is_enough(folder: Path) -> None:
    User.objects.create_superuser("anna", password="x")
    assert login.ensure_login() == login.Login("anna", None)
    assert list(folder.iterdir()) == []


def test_an_admin_without_rights_is_left_alone(folder: Path) -> None:
    User.objects.create_user("admin", password="x")
    assert login.ensure_login() is None


def test_the_password_is_kept_beside_its_database(settings: Settings, tmp_path: Path) -> None:
    settings.ON_SQLITE = False
    settings.VAR_DIR = tmp_path
    assert login._path() == tmp_path / login.FILE
