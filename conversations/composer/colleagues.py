"""Who works here: whom a note may tell something, and who may be given a conversation."""

from typing import Any

from django.contrib.auth.models import User
from django.db.models import QuerySet

from conversations.account import access

BACKEND = "django.contrib.auth.backends.ModelBackend"
VIEW, CHANGE = "conversations.view_conversation", "conversations.change_conversation"


def may_read(user: Any) -> bool:
    """Tell whether somebody may read conversations, as far as they see them."""
    return any(user.has_perm(right) for right in (VIEW, CHANGE))


def readers(account: int | None = None) -> QuerySet[User]:
    """Return the staff who may read an account's conversations: a note can tell them something.

    Without an account: those who may read any.
    """
    found = _with_right(VIEW, CHANGE)
    if account is not None:
        found = access.who_see(found, account)
    return found.order_by("username")


def answerers(account: int | None = None) -> QuerySet[User]:
    """Return the staff who may answer an account's customers: they can be given a conversation.

    Without an account: those who may answer any.
    """
    found = _with_right(CHANGE)
    if account is not None:
        found = access.who_see(found, account)
    return found.order_by("first_name", "username")


def _with_right(*rights: str) -> QuerySet[User]:
    found = User.objects.none()
    for right in rights:
        found |= User.objects.with_perm(right, backend=BACKEND)
    return found.filter(is_staff=True).distinct()
