"""instabot's own settings with times and passwords made cheap, and a test database on disk."""

import os
from datetime import timedelta
from pathlib import Path

from tests import environment  # noqa: F401 - first: it says every variable

from instabot.settings import *  # noqa: F403 # isort: skip
from instabot.settings import DATABASES, INSTALLED_APPS, ON_SQLITE  # isort: skip

if ON_SQLITE:
    # Threads and processes see each other as they do outside of tests: through a file.
    DATABASES["default"]["TEST"] = {"NAME": f"{os.environ['TEST_FOLDER']}/test.sqlite3"}
    # What a killed process wrote is the system's: only a power cut would lose it.
    DATABASES["default"]["OPTIONS"]["init_command"] = (
        "PRAGMA journal_mode=WAL; PRAGMA synchronous=OFF; PRAGMA secure_delete=ON"
    )

# What a developer has collected is not for tests.
STATIC_ROOT = Path(os.environ["TEST_FOLDER"]) / "static"
STATIC_ROOT.mkdir(exist_ok=True)

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
SECURE_SSL_REDIRECT = False
LEASE = timedelta(seconds=6)
UNKNOWN_HOLDS = timedelta(seconds=15)
SETTLE_FIRST = SETTLE_PAUSE = timedelta(seconds=1)
SETTLE_FOR = timedelta(seconds=20)
LOOK_EVERY = timedelta(seconds=0.05)
GRAPH_TIMEOUT = (0.5, 1.5)
GRAPH_DEADLINE = 2.0
TICK = 0.1
RETRY_FIRST = 0.2
METRICS_EVERY = 0.2
LOG_IN_RESTS = 0.0
LOG_INS_A_MINUTE = 10_000
SESSION_IDLE_HOURS = 14 * 24.0  # tests let days pass; those of sessions tune it
WAITING_SECONDS = 0.0  # tests of waiting tune it

# The sandbox is tested too; SANDBOX itself stays off, as it does where DEBUG is off.
INSTALLED_APPS = [*INSTALLED_APPS, "sandbox"]
