import os

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "instabot.settings")
django.setup(set_prefix=False)

from instabot.checks import refuse_mistakes  # noqa: E402 - it needs the settings
from instabot.front import Application  # noqa: E402 - it needs the settings
from metrics.process import writer  # noqa: E402 - it needs the settings

refuse_mistakes()
writer.start("web")
application = Application()
