import os

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "instabot.settings")
django.setup(set_prefix=False)

from instabot.front import Application  # noqa: E402 - it needs the settings

application = Application()
