"""Django's `migrate`, which begins again where it and what runs meanwhile waited for each other."""

from typing import Any

from django.core.management.commands import migrate
from django.db import OperationalError
from psycopg2.errors import DeadlockDetected

TRIES = 5


class Command(migrate.Command):
    def handle(self, *args: Any, **options: Any) -> None:
        """Apply migrations; each is applied whole or not at all, so the next try goes on there.

        Raises what the last try raises.
        """
        for _ in range(TRIES - 1):
            try:
                super().handle(*args, **options)
            except OperationalError as error:
                if not isinstance(error.__cause__, DeadlockDetected):
                    raise
                self.stderr.write("Somebody was writing the same tables. Going on.")
            else:
                return
        super().handle(*args, **options)
