"""For real processes that are to find in seconds what is wrong."""

from datetime import timedelta

from tests.settings_quick import *  # noqa: F403 - settings, all of them

LEASE = timedelta(seconds=15)  # on a busy machine a look takes seconds
WATCH_SECONDS = 0.3
LOOK_AFTER = 0.5
