from typing import Any

from django.core.management.base import BaseCommand

from backoffice.counts import counted
from conversations.search import upkeep


class Command(BaseCommand):
    help = "Read all texts anew for the search, and make its indexes anew. The service may run on."

    def handle(self, *_: Any, **__: Any) -> None:
        changed = upkeep.renew()
        self.stdout.write(
            f"The search is rebuilt; {counted(changed, 'row was', 'rows were')} out of date."
        )
