from typing import Any

from django.apps import AppConfig
from django.db import DEFAULT_DB_ALIAS
from django.db.models.signals import post_migrate


class ConversationsConfig(AppConfig):
    name = "conversations"
    verbose_name = "Inbox"

    def ready(self) -> None:
        # No migration can do it: each later one that alters a table takes SQLite's triggers with
        # it, and PostgreSQL makes an index beside running work outside of transactions alone.
        post_migrate.connect(_make_search_indexes, sender=self)


def _make_search_indexes(*, using: str, **_: Any) -> None:
    from conversations.search import index  # noqa: PLC0415 - models are not there before

    if using == DEFAULT_DB_ALIAS:
        index.create()
