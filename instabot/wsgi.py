import os

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "instabot.settings")
django.setup(set_prefix=False)

from django.conf import settings  # noqa: E402 - it needs them

from instabot.checks import refuse_mistakes, say_doubts  # noqa: E402 - it needs the settings
from instabot.front import Application  # noqa: E402 - it needs the settings
from metrics.process import writer  # noqa: E402 - it needs the settings
from workqueue.postgresql import patience  # noqa: E402 - it comes after them

patience.limit(settings.PAGE_SECONDS)
refuse_mistakes()
say_doubts()
writer.start("web")
application = Application()
