"""Whoever works for the shop, in what is given to a customer: a number in the place of a name.

A copy of one's data must not harm others (GDPR, Article 15(4)), and a customer is not told which
employee did what under the shop's orders (CJEU, C-579/21). What staff wrote stays as they wrote it.
"""

import re
from collections.abc import Iterable
from typing import Any

from django.contrib.auth.models import User

from backoffice.people import call
from conversations.models import Conversation

NOBODY = "somebody of the shop"  # who has gone, or was never known


class Colleagues:
    """Calls each of them the same within one export, in the order in which they appear."""

    def __init__(self, names: Iterable[str], users: dict[int, list[str]]) -> None:
        """names: by which the conversation's rows name somebody; users: the names of each."""
        self._users = users
        self._same = {name: own[0] for own in users.values() for name in own}
        self._numbers: dict[str, str] = {}
        every = sorted({*names, *self._same} - {""}, key=len, reverse=True)
        of_them = "|".join(map(re.escape, every)) or "(?!)"
        self._named = re.compile(rf"(?<!\w)(?:{of_them})(?!\w)")
        self._told = re.compile(rf"(?<!\w)@(?:{of_them})(?!\w)")

    def call(self, name: str) -> str:
        """Return the number of somebody by name; empty where there is none."""
        name = self._same.get(name, name)
        return self._numbers.setdefault(name, f"colleague {len(self._numbers) + 1}") if name else ""

    def call_user(self, user: int | None) -> str:
        """Return the number of somebody by their id."""
        own = self._users.get(user or 0)
        return self.call(own[0]) if own else NOBODY

    def hide(self, said: str) -> str:
        """Return a sentence of instabot's own with numbers in the place of names."""
        return self._named.sub(lambda found: self.call(found[0]), said)

    def hide_told(self, said: str) -> str:
        """Return what staff wrote, with numbers where it tells a colleague something: @lena."""
        return self._told.sub(lambda found: f"@{self.call(found[0][1:])}", said)


def read(talk: Conversation) -> Colleagues:
    """Return everybody whom the rows of a conversation may name."""
    columns: list[tuple[Any, str]] = [
        (talk.messages.order_by(), "staff"),
        (talk.notes.order_by(), "by"),
        (talk.pictures.order_by(), "uploaded_by"),
    ]
    names = {
        name for rows, column in columns for name in rows.values_list(column, flat=True).distinct()
    }
    staff = User.objects.only("username", "first_name", "last_name")
    users = {user.pk: [user.get_username(), call(user)] for user in staff.iterator()}
    return Colleagues(names, users)
