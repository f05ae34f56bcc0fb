from argparse import ArgumentParser
from typing import Any

from django.contrib.auth.models import User
from django.core.management.base import BaseCommand, CommandError

from people.login import locks
from people.login.attempt import place_of


class Command(BaseCommand):
    help = "Let somebody log in again who is locked: manage.py unlock_login lena"

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("username", nargs="?", default="", help="whose log-in")
        parser.add_argument("--address", default="", help="all log-ins from this address")
        parser.add_argument("--all", action="store_true", help="everybody's, from everywhere")

    def handle(
        self,
        *_: Any,
        username: str,
        address: str,
        all: bool,  # noqa: A002 - the option's name
        **__: Any,
    ) -> None:
        if sum(map(bool, (username, address, all))) != 1:
            raise CommandError("Say whose log-in: a username, or --address, or --all.")
        if address and not place_of(address):
            raise CommandError(f"{address!r} is no address. One looks like 203.0.113.7.")
        person = User.objects.filter(username=username).first()
        if username and person is None:
            raise CommandError(f"Nobody is called {username!r}.")
        count = locks.unlock(person=person, address=place_of(address))
        self.stdout.write(f"Locks that were on and are gone: {count}")
