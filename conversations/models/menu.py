"""What customers of an account can tap without typing."""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import asdict
from datetime import datetime
from typing import Any, ClassVar, Self

from django.db import models

from backoffice.reach import ReachedManager
from conversations.models.account import Account
from instagram.limits import MAX_ID
from instagram.menu import Option, Part


class Menu(models.Model):
    """The ice breakers and the menu of an account: what staff want, and what Meta has.

    Each as JSON, by the part it is of (instagram.menu.Part). Written by conversations.account.menu.
    """

    account = models.OneToOneField(Account, on_delete=models.CASCADE, related_name="menu")
    wanted = models.JSONField(default=dict)
    changed_at = models.DateTimeField(null=True)  # None: nobody has said what is wanted
    changed_by = models.CharField(max_length=MAX_ID, blank=True, default="")
    # What Meta had when it was last read; the languages of what is there beside it; and since when
    # it is known to be what is wanted.
    found = models.JSONField(default=dict)
    languages = models.JSONField(default=dict)
    found_at = models.DateTimeField(null=True)
    same_since = models.JSONField(default=dict)
    # When Meta was last asked, and what went wrong then.
    asked_at = models.DateTimeField(null=True)
    problem = models.CharField(max_length=500, blank=True, default="")

    objects: ClassVar[ReachedManager[Self]] = ReachedManager()
    account_path = "account"

    class Meta:
        default_permissions = ()  # whoever may connect an account may say what it offers

    def __str__(self) -> str:
        return f"Menu of {self.account}"

    def wants(self, part: Part) -> list[Option]:
        return _read(self.wanted, part)

    @property
    def saved(self) -> list[Part]:
        """Return the parts of which somebody has said what is wanted, be it nothing."""
        return [part for part in Part if part in self.wanted]

    @property
    def digest(self) -> str:
        """Tell what is wanted from anything else: whoever edits says by it what they saw."""
        wanted = [store_options(self.wants(part)) for part in Part]
        return hashlib.sha256(json.dumps(wanted).encode()).hexdigest()[:16]

    def has(self, part: Part) -> list[Option]:
        """Return what Meta had when it was last read."""
        return _read(self.found, part)

    def is_same(self, part: Part) -> bool:
        """Tell whether Meta is known to have what is wanted."""
        return self.found_at is not None and self.wants(part) == self.has(part)

    def since(self, part: Part) -> datetime | None:
        """Return since when that is known."""
        said = self.same_since.get(part)
        return datetime.fromisoformat(said) if said and self.is_same(part) else None


def store_options(options: Iterable[Option]) -> list[dict[str, Any]]:
    """Return options as a row keeps them."""
    return [asdict(option) for option in options]


def _read(stored: dict[str, Any], part: Part) -> list[Option]:
    return [Option(**option) for option in stored.get(part, ())]
