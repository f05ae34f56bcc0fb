"""For real processes in tests: leases and waits so short that a killed worker is soon replaced."""

from datetime import timedelta

from tests.settings import *  # noqa: F403 - settings, all of them

LEASE = timedelta(seconds=3)
UNKNOWN_HOLDS = timedelta(seconds=20)  # longer than two reads of a thread on a slow machine
GRAPH_TIMEOUT = (0.2, 0.3)
GRAPH_DEADLINE = 0.4
SETTLE_FOR = timedelta(seconds=60)
