"""What people are shown of conversations: nothing of one that is being erased."""

from typing import TypeVar

from django.db import models
from django.db.models import QuerySet

from backoffice.reach import ReachedManager, do_people_ask
from conversations.models.removal import not_being_erased

Row = TypeVar("Row", bound=models.Model)


class ShownManager(ReachedManager[Row]):
    """Gives people, on a page or by the API, no row of a conversation that is being erased.

    The model says in `conversation_path` where a row has its conversation. Workers, and whoever
    erases, see all: the rows have to go.
    """

    def get_queryset(self) -> QuerySet[Row]:
        rows = super().get_queryset()
        if not do_people_ask():
            return rows
        path: str = self.model.conversation_path  # type: ignore[attr-defined]  # each model has one
        return rows.filter(not_being_erased(path))
