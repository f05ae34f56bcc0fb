from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from conversations import bot_switch
from conversations.models import Account


class Command(BaseCommand):
    help = "Switch the bot off for everybody, or on again: manage.py bot_switch off --by Anna"

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "to", nargs="?", choices=["on", "off"], help="leave out to see how it is"
        )
        parser.add_argument("--by", default="the command line", help="whom staff see as the one")

    def handle(self, *_: Any, to: str | None, by: str, **__: Any) -> None:
        account = Account.objects.ours()
        if to == "on":
            bot_switch.switch_on(account.pk, by)
        elif to == "off" and (cancelled := bot_switch.switch_off(account.pk, by)):
            self.stdout.write(f"Messages that were not sent yet and are cancelled: {cancelled}")
        account.refresh_from_db()
        if account.bot_is_off and account.bot_off_at:
            since = timezone.localtime(account.bot_off_at)
            self.stdout.write(
                f"The bot is off since {since:%Y-%m-%d %H:%M %Z}, by {account.bot_off_by}."
            )
        else:
            self.stdout.write("The bot is on.")
