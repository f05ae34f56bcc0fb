"""Who works here: whom a note may tell something, and who may be given a conversation."""

from django.contrib.auth.models import User
from django.db.models import QuerySet

BACKEND = "django.contrib.auth.backends.ModelBackend"
VIEW, CHANGE = "conversations.view_conversation", "conversations.change_conversation"


def readers() -> QuerySet[User]:
    """Return the staff who may read conversations: those whom a note can tell something."""
    return _with_right(VIEW, CHANGE).order_by("username")


def answerers() -> QuerySet[User]:
    """Return the staff who may answer customers: those who can be given a conversation."""
    return _with_right(CHANGE).order_by("first_name", "username")


def _with_right(*rights: str) -> QuerySet[User]:
    found = User.objects.none()
    for right in rights:
        found |= User.objects.with_perm(right, backend=BACKEND)
    return found.filter(is_staff=True).distinct()
