"""What a colleague is called, wherever staff read of one: by the name, where one was given.

Rows keep user names, which stay when a name changes; a page says them as staff know each other.
"""

from collections.abc import Mapping

from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.models import User

from workqueue.snapshot import Snapshot


def call(user: AbstractBaseUser) -> str:
    """Return the full name of somebody of the staff, else the user name."""
    full = getattr(user, "get_full_name", str)()
    return str(full or user.get_username())


def called(username: str) -> str:
    """Return what to call whoever has this user name, as known half a second ago.

    What is no user name, or that of somebody who has gone, is returned as it is.
    """
    return _names.get().get(username, username)


def _load(_: Mapping[str, str] | None) -> Mapping[str, str]:
    users = User.objects.exclude(first_name="", last_name="")
    named = users.only("username", "first_name", "last_name")
    return {user.get_username(): call(user) for user in named}


_names = Snapshot(_load)
