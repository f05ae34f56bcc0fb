"""A real worker that kills itself with SIGKILL at one point: python -m tests.mortal "the point"."""

import os
import signal
import sys

import django

if __name__ == "__main__":
    django.setup()

    from django.core.management import call_command

    from tests import points

    owner, name, wrapped = points.passing(sys.argv[1], lambda: os.kill(os.getpid(), signal.SIGKILL))
    setattr(owner, name, wrapped)
    call_command("run_huey")
