#!/usr/bin/env python
import os
import sys

from django.core.management import execute_from_command_line

from audit import actors


def main(arguments: list[str]) -> None:
    """Run a command; what it does is done by whoever runs it."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "instabot.settings")
    with actors.acting(actors.command()):
        execute_from_command_line(arguments)


if __name__ == "__main__":
    main(sys.argv)
