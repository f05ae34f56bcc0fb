"""The admin login of a development machine, kept in a file to be printed at each start."""

import os
import secrets
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.contrib.auth.models import User

NAME = "admin"
FILE = "admin-password.txt"


@dataclass(frozen=True, slots=True)
class Login:
    """What to type at /admin/. password: None if only the person who set it knows it."""

    name: str
    password: str | None


def ensure_login() -> Login | None:
    """Return a login that works, and make it if there is no superuser; None if we cannot tell."""
    superusers = User.objects.filter(is_superuser=True, is_active=True).order_by("pk")
    user = superusers.filter(username=NAME).first() or superusers.first()
    if user is None:
        return None if User.objects.filter(username=NAME).exists() else _make_login()
    password = _read_password()
    works = user.username == NAME and bool(password) and user.check_password(password)
    return Login(user.username, password if works else None)


def _make_login() -> Login:
    password = secrets.token_urlsafe(9)
    _write_password(password)
    User.objects.create_superuser(NAME, password=password)
    return Login(NAME, password)


def _path() -> Path:
    """Return where the password is kept: beside the database that it belongs to."""
    if settings.ON_SQLITE:
        return Path(settings.DATABASES["default"]["NAME"]).with_name(FILE)
    return Path(settings.VAR_DIR) / FILE


def _write_password(password: str) -> None:
    path = _path()
    path.unlink(missing_ok=True)
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(f"{password}\n")


def _read_password() -> str:
    try:
        return _path().read_text("utf-8").strip()
    except OSError:
        return ""
