from typing import Any

from django.core.management.base import BaseCommand, CommandError

from conversations.account import tokens
from conversations.account.vault import SealedError
from incidents import keys
from incidents.models import Contact
from notices.models import Listener


class Command(BaseCommand):
    help = (
        "Encrypt the access tokens of all accounts, and the addresses that messages of instabot go"
        " to, anew with the first of TOKEN_KEYS."
    )

    def handle(self, *_: Any, **__: Any) -> None:
        count, accounts = tokens.encrypt_again()
        unreadable: list[Any] = [*accounts]
        for kind in (Contact, Listener):
            addresses, left = keys.encrypt_again(kind)
            count += addresses
            unreadable += left
        self.stdout.write(f"Encrypted with the first key: {count}.")
        if unreadable:
            names = ", ".join(map(str, unreadable))
            raise CommandError(
                f"Not readable, and left as they are: {names}. {SealedError().advice}"
            )
