from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.db import transaction

from audit import trail
from audit.trail import Kind
from rules import history, opt_out
from rules.examples import EXAMPLES, HOURS, SHOP_NAME
from rules.history import What
from rules.models import ResponseRule, RulesVersion
from rules.record import to_record
from shop.models import Shop


class Command(BaseCommand):
    help = (
        "Load example rules and opening hours, once. What staff changed or deleted stays as it is."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--opt-out",
            action="store_true",
            help="add only the rules by which customers opt out and in again, also to other rules",
        )

    @transaction.atomic
    def handle(self, *_: Any, **options: Any) -> None:
        if options["opt_out"]:
            added = opt_out.add_rules(by="seed_rules")
            names = " and ".join(rule.name for rule in added)
            self.stdout.write(f"Added: {names}." if added else "There are such rules already.")
            return
        if RulesVersion.read():
            self.stdout.write("There are rules already, or there were: nothing was loaded.")
            return
        for example in EXAMPLES:
            rule = ResponseRule.objects.create(**example)
            history.write(rule.pk, None, to_record(rule), by="seed_rules", what=What.CREATED)
        trail.record(Kind.SETTING, f"loaded {len(EXAMPLES)} example rules")
        self._describe_shop()
        self.stdout.write(f"{len(EXAMPLES)} example rules were loaded.")

    def _describe_shop(self) -> None:
        shop, is_new = Shop.objects.get_or_create(pk=1, defaults={"name": SHOP_NAME})
        if is_new:
            for weekday, opens, closes in HOURS:
                shop.hours.create(weekday=weekday, opens=opens, closes=closes)
