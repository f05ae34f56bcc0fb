"""For real processes beside a server that falls silent: what is told in seconds is told soon."""

from tests.settings_quick import *  # noqa: F403 - settings, all of them

DOOR_SECONDS = 3.0  # longer than an INSERT takes on a busy machine
WORK_SECONDS = 10.0
