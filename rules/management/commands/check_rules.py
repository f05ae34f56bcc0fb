import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from backoffice.counts import counted
from rules import opt_out, recent
from rules.checks.lint import Finding, Level, lint
from rules.checks.places import places
from rules.engine.decision import Rules
from shop.current import current_shop


class Command(BaseCommand):
    help = "Look for mistakes in the active rules; fail if there is a problem."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--json", action="store_true", help="for programs")

    def handle(self, *_: Any, **options: Any) -> None:
        now = timezone.now()
        rules = Rules.saved()
        self._offer_opt_out(rules)
        today, texts = current_shop().today(now), recent.read_questions(now).texts
        findings = lint(rules, places(), today, texts)
        if options["json"]:
            self.stdout.write(json.dumps([*map(_to_json, findings)], ensure_ascii=False, indent=2))
        else:
            for finding in findings:
                self.stdout.write(f"{finding.level}: {_name(finding)}: {finding.sentence}")
        these = counted(len(rules.by_id), "rule")
        problems = sum(finding.level == Level.PROBLEM for finding in findings)
        if problems:
            raise CommandError(f"{counted(problems, 'problem')} in {these}.")
        if not options["json"]:
            self.stdout.write(f"{these}, no problems.")

    def _offer_opt_out(self, rules: Rules) -> None:
        """Say so where customers cannot opt out: that is no mistake in a rule."""
        if opt_out.is_missing(rules.by_id.values()):
            self.stderr.write(f"{opt_out.MISSING} manage.py seed_rules --opt-out adds such rules.")


def _name(finding: Finding) -> str:
    return f"rule {finding.rule.name}" if finding.rule else "all rules"


def _to_json(finding: Finding) -> dict[str, str | None]:
    """Customers' words stay out: many people may read what is printed."""
    rule = finding.rule.name if finding.rule else None
    return {
        "level": finding.level,
        "rule": rule,
        "field": finding.field,
        "what": finding.short,
        "sentence": finding.sentence,
    }
