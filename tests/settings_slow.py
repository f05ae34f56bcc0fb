"""For real processes in tests that wait for nothing but an answer of Meta: production's times."""

from datetime import timedelta

from tests.settings import *  # noqa: F403 - settings, all of them

LEASE = timedelta(seconds=45)
UNKNOWN_HOLDS = timedelta(minutes=4)
GRAPH_TIMEOUT = (5.0, 15.0)
GRAPH_DEADLINE = 25.0
METRICS_EVERY = 600.0
