"""Production's settings without the line that is logged for each request."""

from instabot.settings import *  # noqa: F403 - settings are taken over as a whole
from instabot.settings import MIDDLEWARE as ALL_MIDDLEWARE

MIDDLEWARE = [name for name in ALL_MIDDLEWARE if name != "instabot.logs.RequestLog"]
