import getpass
import sys
import time
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from conversations.account import setup
from conversations.address import callback_address
from conversations.models import Account
from conversations.recovery import history
from instagram.diagnosis import MESSAGES, Diagnosis
from instagram.errors import GraphError
from instagram.kinds import Kind
from instagram.token_text import TokenError

BY = "manage.py connect"
WAIT_SECONDS, LOOK_SECONDS = 300.0, 1.0


class Command(BaseCommand):
    help = (
        "Connect an Instagram account by its access token, which is asked for or read from standard"
        " input: check it, keep it encrypted, subscribe the webhook fields and read them back."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        add = parser.add_argument
        given = "how Meta gave the token (default: instagram)"
        add(
            "--login", choices=[one.value for one in Kind], default=Kind.INSTAGRAM.value, help=given
        )
        add("--account", default="", help="which one, where a token opens several: ID or username")
        add("--wait", action="store_true", help="wait for the first message, up to five minutes")

        history = "have the worker bring in the last messages of recent conversations"
        add("--history", action="store_true", help=history)

    def handle(self, *_: Any, **options: Any) -> None:
        kind = Kind(options["login"])
        self._show_what_meta_asks_for(kind)
        newest = setup.newest_message()
        try:
            found = _choose(setup.read(kind, _read_token()), options["account"])
            account, subscribed = setup.connect(found)
        except TokenError as error:
            raise CommandError(f"{error.says} {error.next}") from None
        except GraphError as error:
            raise CommandError(f"The account was not connected. {error.advice}") from None
        self.stdout.write(f"{account} is connected, by {account.get_login_display()}.")
        if subscribed.problem:
            raise CommandError(f"The webhook fields were not subscribed. {subscribed.problem}")
        self.stdout.write(f"Meta posts: {', '.join(sorted(subscribed.found))}.")
        if subscribed.missing:
            self.stdout.write(f"Meta left out: {', '.join(subscribed.missing)}.")
        if silence := setup.say_silence(account):
            self.stdout.write(silence)
        if options["history"]:
            history.want(account.pk, BY)
            self.stdout.write("The worker brings in the last messages of recent conversations.")
        if options["wait"]:
            self._wait(account, newest)

    def _show_what_meta_asks_for(self, kind: Kind) -> None:
        self.stdout.write(f"Callback URL: {callback_address()}")
        self.stdout.write("Verify token: the value of FACEBOOK_VERIFY_TOKEN")
        self.stdout.write(f"Permission:   {MESSAGES[kind]}")

    def _wait(self, account: Account, after: int) -> None:
        self.stdout.write("Write to the account from another phone …")
        ends = time.monotonic() + WAIT_SECONDS
        while time.monotonic() < ends:
            if setup.first_message(account, after):
                self.stdout.write("It came.")
                return
            time.sleep(LOOK_SECONDS)
        raise CommandError("No message came in five minutes. docs/connect.md says what to check.")


def _read_token() -> str:
    if sys.stdin.isatty():
        return getpass.getpass("Access token: ")
    return sys.stdin.read()


def _choose(found: list[Diagnosis], wanted: str) -> Diagnosis:
    """Return the account that was meant, of those that the token opens."""
    name = wanted.removeprefix("@")
    chosen = [one for one in found if name in ("", one.account.instagram_id, one.account.username)]
    if len(chosen) == 1:
        if chosen[0].problem:
            raise chosen[0].problem
        return chosen[0]
    names = ", ".join(str(one.account) for one in found)
    raise CommandError(f"The token opens {names}. Say which one: --account USERNAME")
