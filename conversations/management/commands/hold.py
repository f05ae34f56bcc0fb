from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from audit.actors import COMMAND_LINE
from backoffice.counts import counted
from conversations import hold
from conversations.hold import Hold


class Command(BaseCommand):
    help = (
        "Show which accounts send nothing since a backup was restored, and how far the comparison"
        " with Instagram is; let messages go again with --lift."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--lift", action="store_true", help="let messages go again")
        now = "though not everything is compared: the rest is left to staff"
        parser.add_argument("--now", action="store_true", help=now)
        parser.add_argument("--by", default=COMMAND_LINE, help="whom the log names")

    def handle(self, *_: Any, lift: bool, now: bool, by: str, **__: Any) -> None:
        held = hold.holds()
        if not held:
            self.stdout.write("Sending is not held.")
        for one in held:
            self.stdout.write(_describe(one))
        waiting = [one for one in held if not one.is_ready]
        if lift and waiting and not now:
            raise CommandError(
                "A worker is not done yet: run one, and try again in a few minutes. With --lift"
                " --now messages go now, and what is not compared goes to the outbox, unsent."
            )
        for one in held if lift else ():
            left = hold.lift(one.account.pk, by) or 0
            self.stdout.write(f"{one.account} sends messages again. Left to staff: {left}.")


def _describe(held: Hold) -> str:
    account = held.account
    at = timezone.localtime(account.backup_at) if account.backup_at else None
    return (
        f"{account} sends nothing since the backup of {at:%Y-%m-%d %H:%M %Z} was restored."
        f" Compared with Instagram: {_compared(held)}."
        f" Looked for what came after the backup: {_looked(held)}."
    )


def _compared(held: Hold) -> str:
    if held.is_compared:
        return "everything"
    if not held.to_compare:
        return "not yet"
    return f"{counted(held.to_compare, 'message')} to go"


def _looked(held: Hold) -> str:
    if held.why_not:
        return f"nothing is looked for, because {held.why_not}"
    return "yes" if held.is_looked else "not yet"
