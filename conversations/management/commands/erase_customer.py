from argparse import ArgumentParser
from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import connection

from audit import trail
from conversations.customer_data import customers
from conversations.models import Conversation
from conversations.removal import request, work

PATIENCE = timedelta(minutes=2)
BY = "the command line"
ON_POSTGRESQL = (
    "No query finds it any more. PostgreSQL overwrites the bytes in its files as it uses the space"
    " again; VACUUM FULL, which locks a table while it runs, removes them at once."
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
        try:
            row = customers.find(customer, options["account"] or "")
        except customers.NotOneError as error:
            raise CommandError(str(error)) from None
        if not yes and not self._confirm(row):
            raise CommandError("Nothing was erased.")
        with trail.acting(trail.Actor(name=by)):
            erasure = request.begin(row.pk, by)
        if erasure is None:
            raise CommandError("Somebody has just erased this customer.")
        if not work.go_on(erasure.pk, PATIENCE):
            self.stdout.write(
                f"Erasure {erasure.pk}: the conversation is gone. The rest is not done: a worker"
                " goes on with it."
            )
            return
        erasure.refresh_from_db()
        went = ", ".join(f"{count:,} {name}" for name, count in erasure.counts.items() if count)
        self.stdout.write(f"Erasure {erasure.pk}, conversation {row.pk}: {went}.")
        if connection.vendor == "postgresql":
            self.stdout.write(ON_POSTGRESQL)

    def _confirm(self, row: Conversation) -> bool:
        said = row.messages.count()
        self.stdout.write(
            f"{row} (ID {row.customer_id}) of {row.account}: {said:,} messages, with notes, labels"
            " and what webhook events say of them. This cannot be undone."
        )
        return input("Type yes to erase: ").strip().lower() == "yes"
