"""For real processes whose searches wait for what a test holds, however slow the machine is."""

from tests.settings_quick import *  # noqa: F403 - settings, all of them

SEARCH_SECONDS = 60.0
