#!/usr/bin/env python
import os
import sys

from django.core.management import execute_from_command_line
from django.db import OperationalError

from audit import actors
from instabot.variables import SettingError


def main(arguments: list[str]) -> None:
    """Run a command; what it does is done by whoever runs it.

    What is wrong outside of instabot, it says in a sentence, and ends the process with 1.
    """
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "instabot.settings")
    try:
        with actors.acting(actors.command()):
            execute_from_command_line(arguments)
    except SettingError as error:
        sys.exit(str(error))
    except OperationalError as error:
        from instabot import remedies  # noqa: PLC0415 - only here: it loads what few commands need

        if not remedies.is_away(error):
            raise
        sys.exit("\n".join(remedies.say_away(error)))


if __name__ == "__main__":
    main(sys.argv)
