from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from backoffice.counts import counted
from conversations.retention import gaps


class Command(BaseCommand):
    help = (
        "Write to ERASURES_FILE what the database knows to be erased and the file does not say, as"
        " after it was lost. The service may run on."
    )

    def handle(self, *_: Any, **__: Any) -> None:
        file = settings.ERASURES_FILE
        if not file:
            raise CommandError("ERASURES_FILE is not set: docs/backups.md says what to set it to.")
        try:
            count = gaps.fill()
        except OSError as error:
            raise CommandError(f"{file} could not be written: {error.strerror}.") from None
        if not count:
            self.stdout.write(f"{file} lacks nothing.")
            return
        self.stdout.write(f"{counted(count, 'erasure was', 'erasures were')} written to {file}.")
