#!/usr/bin/env python
import os
import sys

from django.core.management import execute_from_command_line
from django.db import OperationalError

from audit import actors

AWAY = "The database cannot be reached: {}\nSee that it runs, and that DATABASE_URL names it."


def main(arguments: list[str]) -> None:
    """Run a command; what it does is done by whoever runs it."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "instabot.settings")
    try:
        with actors.acting(actors.command()):
            execute_from_command_line(arguments)
    except OperationalError as error:
        if getattr(error.__cause__, "pgcode", "") is not None:
            raise
        sys.exit(AWAY.format(str(error).strip()))  # PostgreSQL gives what it answers a code


if __name__ == "__main__":
    main(sys.argv)
