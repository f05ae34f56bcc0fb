"""`python -m sandbox` runs `manage.py develop`, or says in plain words why it cannot."""

import os
import sys

from django.core.exceptions import ImproperlyConfigured

import manage


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "instabot.settings")
    from django.conf import settings  # noqa: PLC0415 - the line above comes first

    try:
        is_development = settings.SANDBOX and settings.DEBUG
    except ImproperlyConfigured as error:
        sys.exit(f"{error} It is read from .env: delete that file to get a new one.")
    if not is_development:
        sys.exit("make run is for development: set DEBUG=on and SANDBOX=on in .env.")
    manage.main(["manage.py", "develop"])


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:  # while it was still loading
        sys.exit(130)
