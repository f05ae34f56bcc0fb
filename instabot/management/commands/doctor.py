"""`manage.py doctor`: what keeps instabot from answering, and what to do about it."""

import json
import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from instabot.doctor.checklist import CHECKS
from instabot.doctor.examination import examine
from instabot.doctor.findings import Finding, State, worst
from instabot.doctor.secrecy import hide
from instabot.doctor.subscription import subscribe_missing

EXIT_CODES = {State.OK: 0, State.WARNING: 1, State.WRONG: 2}


class Command(BaseCommand):
    help = (
        "Check everything between Meta and an answer. Exit code: 0 all is well, 1 with warnings,"
        " 2 if something is wrong. It changes nothing, but for --fix."
    )
    requires_system_checks = []  # they are one of its lines

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="print a list for programs")
        parser.add_argument(
            "--fix", action="store_true", help="subscribe the webhook fields that are missing"
        )

    def handle(self, *_: Any, **options: Any) -> None:
        if options["fix"]:
            for line in subscribe_missing():
                self.stderr.write(hide(line))  # a program reads the list alone
        found = examine(CHECKS)
        if options["json"]:
            listed = [_as_json(one) for one in found]
            self.stdout.write(json.dumps(listed, indent=2, ensure_ascii=False))
        else:
            titles = {check.name: check.title for group in CHECKS.values() for check in group}
            for one in found:
                self._write(titles[one.check], one)
        if code := EXIT_CODES[worst(found)]:
            sys.exit(code)

    def _write(self, title: str, one: Finding) -> None:
        styles = {
            State.OK: self.style.SUCCESS,
            State.WARNING: self.style.WARNING,
            State.WRONG: self.style.ERROR,
        }
        state = styles[one.state](f"{one.state:<8}")
        self.stdout.write(f"{state} {title:<20} {one.says}")
        if one.state != State.OK:
            indent = " " * 30
            self.stdout.write(f"{indent}Why it matters: {one.why}")
            self.stdout.write(f"{indent}Next: {one.next_step}")


def _as_json(one: Finding) -> dict[str, str]:
    return {"check": one.check, "state": one.state, "says": one.says, "next": one.next_step}
