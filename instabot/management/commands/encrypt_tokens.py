from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from audit import trail
from audit.trail import Kind
from conversations.account import tokens
from conversations.account.vault import SealedError
from incidents import keys
from incidents.models import Contact
from notices.models import Listener
from people.second_factor import enrolment


class Command(BaseCommand):
    help = (
        "Encrypt the access tokens of all accounts, the addresses that messages to staff go to, and"
        " the keys of second factors anew with the first of TOKEN_KEYS."
    )

    def handle(self, *_: Any, **__: Any) -> None:
        with transaction.atomic():
            count, accounts = tokens.encrypt_again()
            contacts, contacts_left = keys.encrypt_again(Contact)
            listeners, listeners_left = keys.encrypt_again(Listener)
            devices, devices_left = enrolment.encrypt_again()
            addresses = contacts + listeners
            said = (
                f"encrypted {count} access tokens, {addresses} addresses of staff and {devices}"
                " second factors anew"
            )
            trail.record(Kind.SETTING, said)
        self.stdout.write(f"Encrypted with the first key: {count + addresses + devices}.")
        unreadable = [*accounts, *contacts_left, *listeners_left, *devices_left]
        if unreadable:
            names = ", ".join(map(str, unreadable))
            raise CommandError(
                f"Not readable, and left as they are: {names}. {SealedError().advice}"
            )
