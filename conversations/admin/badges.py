"""The numbers beside the sidebar's links, as an open page of the inbox is told of them.

They are read at most twice a second in each process, for all pages that are open there.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache

from django.contrib.admin import site
from django.db.models import Model
from django.http import HttpRequest
from django.urls import reverse

from backoffice.reach import reach
from conversations.admin.late import late_customers
from conversations.admin.outbox import failed_sends
from conversations.composer import notes
from conversations.models import LateQuestion, Mention, OutboxMessage
from workqueue.snapshot import Recent

Places = frozenset[type[Model]]


@dataclass(frozen=True, slots=True)
class _Counted:
    """For everybody at once; unseen: how many mentions by whom they are for."""

    unseen: dict[int, int]
    failed: int
    late: int


_BADGES: Mapping[type[Model], Callable[[_Counted, int], int]] = {
    Mention: lambda counted, user: counted.unseen.get(user, 0),
    OutboxMessage: lambda counted, _: counted.failed,
    LateQuestion: lambda counted, _: counted.late,
}
_counts: Recent[_Counted] = Recent()


def places_of(request: HttpRequest) -> Places:
    """Return which of the links that have a number somebody finds in their sidebar."""
    seen = (one for one in _BADGES if site.get_model_admin(one).has_view_permission(request))
    return frozenset(seen)


def read(places: Places, user: int) -> dict[str, int]:
    """Return the number beside each of these links, by its address; 0: none is shown."""
    counted = _counts.get(reach(), _count)
    return {_link(one): count(counted, user) for one, count in _BADGES.items() if one in places}


def _count() -> _Counted:
    return _Counted(notes.count_unseen(), failed_sends(), late_customers())


@cache
def _link(model: type[Model]) -> str:
    meta = model._meta  # noqa: SLF001 - public in Django's documentation
    return reverse(f"admin:{meta.app_label}_{meta.model_name}_changelist")
