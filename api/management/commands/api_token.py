from argparse import ArgumentParser
from datetime import timedelta
from typing import Any

from django.contrib.auth.models import User
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from api.models import MAX_NAME, Token
from audit import trail
from audit.trail import Kind


class Command(BaseCommand):
    help = (
        "Create an API token and print it once. It has its user's permissions. Tokens are listed"
        " and deleted in the admin."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("username")
        parser.add_argument("--name", default="", help="the system that uses it")
        parser.add_argument(
            "--days", type=int, help="it expires after this many days (default: never)"
        )

    def handle(self, *_: Any, username: str, name: str, days: int | None, **__: Any) -> None:
        user = User.objects.filter(username=username, is_active=True).first()
        if user is None:
            raise CommandError(
                f"There is no active user {username!r}. Create it in the admin first."
            )
        if days is not None and not 1 <= days <= 36_500:  # noqa: PLR2004 - a hundred years
            raise CommandError(f"--days {days}: enter a number from 1 to 36500.")
        if len(name) > MAX_NAME:
            raise CommandError(f"--name: enter at most {MAX_NAME} characters.")
        expiry = timedelta(days=days) if days else None
        with transaction.atomic():
            row, token = Token.objects.create(user, expiry=expiry, name=name)
            trail.record(Kind.TOKEN, f"added {row.described}")
        self.stdout.write(token)
