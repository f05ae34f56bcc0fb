from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from audit.actors import COMMAND_LINE
from conversations import bot_switch
from conversations.account import identity
from conversations.models import Account


class Command(BaseCommand):
    help = "Switch the bot off for everybody, or on again: manage.py bot_switch off --by Anna"

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "to", nargs="?", choices=["on", "off"], help="leave out to see how it is"
        )
        parser.add_argument("--by", default=COMMAND_LINE, help="whom staff see as the one")
        parser.add_argument(
            "--account", default="", help="its Instagram ID or username; all, where left out"
        )

    def handle(self, *_: Any, to: str | None, by: str, account: str, **__: Any) -> None:
        chosen = bot_switch.accounts(account)
        if not chosen:
            raise CommandError(f"No account is called {account!r}.")
        for one in chosen if account else bot_switch.all_in_turn():
            whose = f" of {one}" if identity.accounts().are_several else ""
            if to == "on":
                bot_switch.switch_on(one.pk, by)
            elif to == "off" and (cancelled := bot_switch.switch_off(one.pk, by)):
                self.stdout.write(f"Messages that were not sent yet and are cancelled: {cancelled}")
            one.refresh_from_db()
            self.stdout.write(_describe(one, f"The bot{whose}"))


def _describe(account: Account, bot: str) -> str:
    if not account.bot_is_off or not account.bot_off_at:
        return f"{bot} is on."
    since = timezone.localtime(account.bot_off_at)
    return f"{bot} is off since {since:%Y-%m-%d %H:%M %Z}, by {account.bot_off_by}."
