import re
from argparse import ArgumentParser
from datetime import timedelta
from functools import partial
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import connection

from audit import trail
from backoffice.counts import counted
from conversations.customer_data import customers
from conversations.models import Account, Conversation, CustomerErasure
from conversations.removal import request, work

PATIENCE = timedelta(minutes=2)
BY = "the command line"
ON_POSTGRESQL = (
    "No query finds it any more. PostgreSQL overwrites the bytes in its files as it uses the space"
    " again; VACUUM FULL, which locks a table while it runs, removes them at once."
)
GONE = (
    "{customer} has no conversation with {account}, or none any more. What webhook events say of"
    " them will go. This cannot be undone."
)


class Command(BaseCommand):
    help = (
        "Erase one customer for good, with everything that was said: by Instagram ID or username."
        " Says what will go, and asks before it does anything."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("customer", metavar="ID", help="the Instagram ID, or the username")
        parser.add_argument("--account", help="the account that they wrote to: its name or ID")
        parser.add_argument("--yes", action="store_true", help="do not ask")
        parser.add_argument("--by", default=BY, help="whom the receipt names")

    def handle(self, *_: Any, customer: str, yes: bool, by: str, **options: Any) -> None:
        account = options["account"] or ""
        try:
            row = customers.find(customer, account)
            said, begin = _describe(row), partial(request.begin, row.pk, by)
        except customers.NotOneError as error:
            found = self._find_gone(customer, account, error)
            said = GONE.format(customer=customer.strip(), account=found)
            begin = partial(
                request.begin_leftovers, found.pk, customer.strip(), by, is_told_of=True
            )
        if not yes and not self._confirm(said):
            raise CommandError("Nothing was erased.")
        with trail.acting(trail.Actor(name=by)):
            erasure = begin()
        if erasure is None:
            raise CommandError("Somebody has just erased this customer.")
        self._finish(erasure)

    def _find_gone(self, customer: str, account: str, error: Exception) -> Account:
        """Return whose customer it was; where that is not one, the error says what to do."""
        try:
            found = customers.accounts_without(customer, account)
        except customers.NotOneError:
            found = []
        if len(found) > 1:
            names = ", ".join(map(str, found))
            raise CommandError(f"“{customer}” was a customer of {names}. Say which with --account.")
        if not found:
            raise CommandError(str(error)) from None
        return found[0]

    def _finish(self, erasure: CustomerErasure) -> None:
        if not work.go_on(erasure.pk, PATIENCE):
            self.stdout.write(
                f"Erasure {erasure.pk}: the conversation is gone. The rest is not done: a worker"
                " goes on with it."
            )
            return
        erasure.refresh_from_db()
        went = ", ".join(
            counted(count, re.sub(r"s\b", "", name, count=1), name)  # calls to Instagram: a call
            for name, count in erasure.counts.items()
            if count
        )
        number = f", conversation {erasure.conversation}" if erasure.conversation else ""
        self.stdout.write(f"Erasure {erasure.pk}{number}: {went or 'nothing was left'}.")
        if connection.vendor == "postgresql":
            self.stdout.write(ON_POSTGRESQL)

    def _confirm(self, said: str) -> bool:
        self.stdout.write(said)
        try:
            return input("Type yes to erase: ").strip().lower() == "yes"
        except EOFError:  # nobody sits there
            raise CommandError("Nothing was erased: say --yes where nobody can be asked.") from None


def _describe(row: Conversation) -> str:
    said = row.messages.count()
    return (
        f"{row} (ID {row.customer_id}) of {row.account}: {counted(said, 'message')}, with notes,"
        " labels and what webhook events say of them. This cannot be undone."
    )
