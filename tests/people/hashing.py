"""How many passwords were hashed: what a log-in costs, whatever the machine."""

from collections.abc import Callable
from typing import Any

from django.contrib.auth.hashers import MD5PasswordHasher

counted = 0
meanwhile: list[Callable[[], Any]] = []  # what happens while a password is hashed, each once


class Counting(MD5PasswordHasher):
    """The hasher of the tests, which counts."""

    def encode(self, password: str, salt: str) -> str:
        global counted  # noqa: PLW0603 - a test's
        counted += 1
        while meanwhile:
            meanwhile.pop()()
        return super().encode(password, salt)


PATH = f"{__name__}.{Counting.__name__}"
