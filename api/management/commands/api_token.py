from argparse import ArgumentParser
from datetime import timedelta
from typing import Any

from django.contrib.auth.models import User
from django.core.management.base import BaseCommand, CommandError

from api.models import MAX_NAME, Token


class Command(BaseCommand):
    help = (
        "Make a token for the API and print it, this once. It may do what its user may in the"
        " admin, where tokens are listed and deleted."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("username")
        parser.add_argument("--name", default="", help="the system that uses it")
        parser.add_argument("--days", type=int, help="it ends after so many (default: never)")

    def handle(self, *_: Any, username: str, name: str, days: int | None, **__: Any) -> None:
        user = User.objects.filter(username=username, is_active=True).first()
        if user is None:
            raise CommandError(
                f"There is no active user {username!r}. `createsuperuser` makes one, or the admin."
            )
        if days is not None and not 1 <= days <= 36_500:  # noqa: PLR2004 - a hundred years
            raise CommandError(f"--days {days}: give a number from 1 to 36500.")
        if len(name) > MAX_NAME:
            raise CommandError(f"--name: give at most {MAX_NAME} characters.")
        _, token = Token.objects.create(
            user, expiry=timedelta(days=days) if days else None, name=name
        )
        self.stdout.write(token)
