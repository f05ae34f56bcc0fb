"""Production's settings with times so short that a run of minutes sees what takes hours.

What must be shorter than what is as in production: a call than the lease, the lease than the first
look, two looks than the hold, the hold than the time after which a send is left to staff. A killed
process cannot call late, so no time here has to be longer than a pause of the machine.
"""

from datetime import timedelta

from instabot.settings import *  # noqa: F403 - settings are taken over as a whole

LEASE = timedelta(seconds=5)
GRAPH_TIMEOUT = (0.5, 1.0)
GRAPH_DEADLINE = 1.5
SETTLE_FIRST = timedelta(seconds=5)
SETTLE_PAUSE = timedelta(seconds=2)
UNKNOWN_HOLDS = timedelta(seconds=20)
SETTLE_FOR = timedelta(seconds=45)
LOOK_EVERY = timedelta(seconds=0.05)
LOOK_AFTER = 1.0
TICK = 0.1
RETRY_FIRST = 0.2
