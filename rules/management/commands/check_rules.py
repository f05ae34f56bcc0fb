import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from rules.checks.lint import Finding, Level, lint
from rules.checks.replay import lately
from rules.engine.decision import Rules
from shop.current import current_shop


class Command(BaseCommand):
    help = "Say what is probably not meant in the active rules; fail where there is a problem."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--json", action="store_true", help="for programs")

    def handle(self, *_: Any, **options: Any) -> None:
        now, today = timezone.now(), current_shop()
        rules = Rules.saved()
        found = lint(rules, today, today.today(now), lately(now).texts)
        if options["json"]:
            self.stdout.write(json.dumps([*map(_row, found)], ensure_ascii=False, indent=2))
        else:
            for one in found:
                self.stdout.write(f"{one.level}: {_name(one)}: {one.sentence}")
        problems = sum(one.level == Level.PROBLEM for one in found)
        if problems:
            raise CommandError(
                f"{problems} problem{'s'[: problems > 1]} in {len(rules.by_id)} rules."
            )
        if not options["json"]:
            self.stdout.write(f"{len(rules.by_id)} rules, no problems.")


def _name(finding: Finding) -> str:
    return f"rule {finding.rule.name}" if finding.rule else "all rules"


def _row(finding: Finding) -> dict[str, str | None]:
    """What customers wrote stays out: this is printed where many may read it."""
    rule = finding.rule.name if finding.rule else None
    return {
        "level": finding.level,
        "rule": rule,
        "field": finding.field,
        "what": finding.short,
        "sentence": finding.sentence,
    }
