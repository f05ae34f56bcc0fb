"""`python -m sandbox` runs `manage.py develop`, or says in plain words why it cannot."""

import os
import sys


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "instabot.settings")
    from django.conf import settings  # noqa: PLC0415 - the line above comes first
    from django.core.exceptions import ImproperlyConfigured  # noqa: PLC0415 - likewise
    from django.core.management import execute_from_command_line  # noqa: PLC0415 - likewise

    try:
        is_development = settings.SANDBOX and settings.DEBUG
    except ImproperlyConfigured as error:
        sys.exit(f"{error} It is read from .env: delete that file to get a new one.")
    if not is_development:
        sys.exit("make run is for development: set DEBUG=on and SANDBOX=on in .env.")
    execute_from_command_line(["manage.py", "develop"])


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:  # while it was still loading
        sys.exit(130)
