from typing import Any

from django.core.management.base import BaseCommand
from django.db import transaction

from rules.examples import EXAMPLES
from rules.models import ResponseRule, RulesVersion


class Command(BaseCommand):
    help = "Load the example rules of a shop, once. What staff changed or deleted stays as it is."

    @transaction.atomic
    def handle(self, *_: Any, **__: Any) -> None:
        if RulesVersion.now():
            self.stdout.write("There are rules already, or were: nothing was loaded.")
            return
        for example in EXAMPLES:
            ResponseRule.objects.create(**example)
        self.stdout.write(f"{len(EXAMPLES)} example rules were loaded.")
