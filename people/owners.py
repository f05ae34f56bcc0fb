"""Who can change people, of whom one always stays; and how a change of rights is made.

An owner, here, is whoever can log in to the admin and change people without being limited to
accounts: a superuser, or somebody who has that right by a role or by itself.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Q, QuerySet
from django.http import HttpRequest

from backoffice.reach import within
from conversations.account import access
from people import policy

BACKEND = "people.login.passwords.Backend"  # the one that knows rights
RIGHT = "auth.change_user"
LAST = (
    "Nothing was changed: nobody could change people any more, and nobody could give that right"
    " back. Make somebody else an owner first."
)


class LastOwnerError(Exception):
    """A change would leave nobody who can change people."""

    def __init__(self) -> None:
        super().__init__(LAST)


def owners() -> QuerySet[User]:
    able = User.objects.with_perm(RIGHT, backend=BACKEND).filter(is_staff=True)
    unlimited = able.filter(Q(is_superuser=True) | Q(account_access=None))
    return unlimited.exclude(Q(password="") | Q(password__startswith=UNUSABLE_PASSWORD_PREFIX))


class Change:
    """A change of rights that has begun: nobody else makes one until it ends."""

    def __init__(self) -> None:
        self._had_one = owners().exists()

    def check(self) -> None:
        """Raise LastOwnerError if nobody is left who can change people, but somebody was."""
        if self._had_one and not owners().exists():
            raise LastOwnerError


@contextmanager
def change() -> Iterator[Change]:
    """Make a change of rights, alone; what is raised within undoes it."""
    with transaction.atomic():
        policy.lock()
        yield Change()


@contextmanager
def change_by(request: HttpRequest) -> Iterator[Change]:
    """Make a change of rights as whoever asks for it may at this moment.

    What they may do is read anew: somebody may have taken it from them while they waited.
    """
    with change() as one:
        asks: Any = request.user
        user: Any = User.objects.filter(pk=asks.pk, is_active=True, is_staff=True).first()
        if user is None:
            raise PermissionDenied
        request.user = user
        with within(access.of(user)):
            yield one
