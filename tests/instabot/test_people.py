"""The form of somebody new: in plain words, with a password or, for a system, without."""

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

ADD = "/admin/auth/user/add/"


@pytest.mark.parametrize(
    ("said", "has_one"),
    [
        ({"password1": "a-long-password", "password2": "a-long-password"}, True),
        ({"usable_password": "false"}, False),
    ],
)
def test_somebody_new_has_a_password_or_none(
    staff: Client, said: dict[str, Any], has_one: bool
) -> None:
    response = staff.post(ADD, {"username": "ben", "usable_password": "true", **said})
    assert response.status_code == 302
    assert User.objects.get(username="ben").has_usable_password() == has_one


def test_the_form_speaks_of_no_authentication_backends(staff: Client) -> None:
    page = staff.get(ADD).content.decode()
    for words in ("Logs in with a password", "Password again", "At least 8 characters"):
        assert words in page
    for words in ("authentication", "backend", "LDAP", "edit more user options"):
        assert words not in page
