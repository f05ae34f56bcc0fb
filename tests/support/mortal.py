"""A real process that kills itself with SIGKILL at one point.

A worker: python -m tests.support.mortal "the point". A web process: gunicorn tests.support.mortal,
with the point in the variable MORTAL.
"""

import os
import signal
import sys
from typing import Any

import django
from django.core.management import call_command


def dies_at(point: str) -> None:
    django.setup()

    from tests.support import points

    owner, name, wrapped = points.passing(point, lambda: os.kill(os.getpid(), signal.SIGKILL))
    setattr(owner, name, wrapped)


def application(environ: dict[str, Any], start_response: Any) -> Any:
    """Answer as instabot does, and die once the point is passed for the first time."""
    if environ["REQUEST_METHOD"] == "POST" and os.environ.get("MORTAL"):
        point = os.environ.pop("MORTAL")
        dies_at(point)
    return ours(environ, start_response)


if __name__ == "__main__":
    dies_at(sys.argv[1])
    call_command("run_huey")
else:  # gunicorn's own process watches (gunicorn.conf.py), for which Django is set up
    from instabot.wsgi import application as ours
