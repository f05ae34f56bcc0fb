from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from audit import trail
from audit.trail import Kind
from backoffice.counts import counted
from conversations.account import tokens
from incidents import keys
from incidents.models import Contact
from notices.models import Listener
from people.second_factor import enrolment

NEXT = (
    "Put the key that encrypted them behind the first one in TOKEN_KEYS (or into"
    " SECRET_KEY_FALLBACKS), and run this again. Without it connect the account, enter the address,"
    " or set the second factor up anew."
)


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
                f"encrypted {counted(count, 'access token')},"
                f" {counted(addresses, 'address', 'addresses')} of staff and"
                f" {counted(devices, 'second factor')} anew"
            )
            trail.record(Kind.SETTING, said)
        self.stdout.write(f"Encrypted with the first key: {count + addresses + devices}.")
        left: dict[str, list[Any]] = {
            "the access token of": accounts,
            "the address of": [*contacts_left, *listeners_left],
            "the second factor of": devices_left,
        }
        named = [f"{what} {', '.join(map(str, rows))}" for what, rows in left.items() if rows]
        if named:
            raise CommandError(f"Not readable, and left as they are: {'; '.join(named)}. {NEXT}")
