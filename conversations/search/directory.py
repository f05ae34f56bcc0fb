"""The directory: by which words a customer is found. Written behind the door, a little later.

What changed since is read itself until then, so that a name or a label is found at once.
"""

from collections.abc import Iterable

from django.db import connection, transaction
from django.db.models import QuerySet

from backoffice.words import Words, search_text
from conversations.models import Conversation, DirectoryEntry

MOST_READ = 500  # conversations of which a search reads the names itself


def write(most: int) -> int:
    """Write the entries of some conversations that are not in the directory; return how many."""
    if not Conversation.objects.filter(in_directory=False).exists():
        return 0
    with transaction.atomic():
        rows = _outdated()
        if connection.vendor == "postgresql":  # several workers write; whoever has one updates it
            rows = rows.select_for_update(of=("self",), skip_locked=True)
        found = list(rows[:most])
        entries = [DirectoryEntry(pk=row.pk, search_text=words_of(row)) for row in found]
        DirectoryEntry.objects.bulk_create(
            entries, update_conflicts=True, unique_fields=["pk"], update_fields=["search_text"]
        )
        Conversation.objects.filter(pk__in=[row.pk for row in found]).update(in_directory=True)
    return len(found)


def words_of(row: Conversation) -> str:
    """Return the words of a customer; row: with its labels."""
    return search_text(" ".join(_called(row)))


def _called(row: Conversation) -> Iterable[str]:
    yield from (row.name, row.username, row.customer_id)
    yield from (label.name for label in row.labels.all())


def not_in_it_yet(words: Words) -> set[int]:
    """Return conversations with these words of which the directory does not know them yet."""
    return {row.pk for row in _outdated()[:MOST_READ] if words.are_in(words_of(row))}


def _outdated() -> QuerySet[Conversation]:
    """Served by the index conversation_not_listed; the newest first."""
    rows = Conversation.objects.filter(in_directory=False).order_by("-pk")
    return rows.only("name", "username", "customer_id").prefetch_related("labels")
