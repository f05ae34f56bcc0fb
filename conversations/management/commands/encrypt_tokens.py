from typing import Any

from django.core.management.base import BaseCommand, CommandError

from conversations.account import tokens
from conversations.account.vault import SealedError


class Command(BaseCommand):
    help = "Encrypt the access tokens of all accounts anew, with the first of TOKEN_KEYS."

    def handle(self, *_: Any, **__: Any) -> None:
        count, unreadable = tokens.encrypt_again()
        self.stdout.write(f"Encrypted with the first key: {count}.")
        if unreadable:
            names = ", ".join(map(str, unreadable))
            raise CommandError(
                f"Not readable, and left as they are: {names}. {SealedError().advice}"
            )
