from argparse import ArgumentParser
from typing import Any

from django.contrib.auth.models import User
from django.core.management.base import BaseCommand, CommandError

from people.second_factor import enrolment


class Command(BaseCommand):
    help = (
        "Take a person's second factor and recovery codes away: their phone is lost, and no owner"
        " is left to do it in the admin. Where everybody needs one, they set up a new one when they"
        " next log in."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("username")

    def handle(self, *_: Any, username: str, **__: Any) -> None:
        user = User.objects.filter(username=username).first()
        if user is None:
            raise CommandError(f"There is nobody called {username!r}. Capital letters matter.")
        removed = enrolment.remove(user)
        if not removed:
            self.stdout.write(f"{username} has no second factor. Nothing was changed.")
            return
        self.stdout.write(f"{username} logs in with the password alone now.")
