from typing import Any

from django.apps import AppConfig
from django.db import DEFAULT_DB_ALIAS
from django.db.models.signals import post_migrate


class AuditConfig(AppConfig):
    name = "audit"
    verbose_name = "Audit log"

    def ready(self) -> None:
        # No migration can do it for good: each later one that alters the table takes SQLite's
        # triggers with it.
        post_migrate.connect(_put_up_guard, sender=self)


def _put_up_guard(*, using: str, **_: Any) -> None:
    from audit import guard  # noqa: PLC0415 - models are not there before

    if using == DEFAULT_DB_ALIAS:
        guard.create()
