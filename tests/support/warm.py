"""Processes that are forked where a start has imported what others wrote: most of a start is that.

The server that forks them knows nothing of instabot: no setting, no connection, no thread. From
there on each is a process like any other, and reads its own variables.
"""

import os
import runpy
import sys
from multiprocessing import get_context
from multiprocessing.context import ForkServerContext, ForkServerProcess
from pathlib import Path

IMPORTED = (
    "ahocorasick_rs",
    "diff_match_patch",
    "django.contrib.admin",
    "django.core.management.commands.check",
    "django.db.backends.postgresql.base",
    "django.db.backends.sqlite3.base",
    "django.middleware.csrf",
    "django.template.defaulttags",
    "django.test.client",
    "django.views.debug",
    "environ",
    "gunicorn.app.wsgiapp",
    "gunicorn.workers.gthread",
    "huey.consumer",
    "import_export.formats.base_formats",
    "inflection",
    "jsonschema",
    "openpyxl",
    "prometheus_client",
    "psycopg2.extras",
    "pygments",
    "re2",
    "redis",
    "regex",
    "requests",
    "structlog",
    "uritemplate",
    "whitenoise.middleware",
    "yaml",
)


class Process(ForkServerProcess):
    """`python -m` with this command, which is waited for and killed as a subprocess is."""

    def __init__(
        self, command: tuple[str, ...], folder: Path, environment: dict[str, str], log: Path
    ) -> None:
        context = get_context("forkserver")
        assert isinstance(context, ForkServerContext)
        context.set_forkserver_preload(list(IMPORTED))
        super().__init__()
        self.command, self.folder, self.environment, self.log = command, folder, environment, log

    def run(self) -> None:
        os.environ.clear()
        os.environ.update(self.environment)
        os.chdir(self.folder)
        with self.log.open("ab") as log:
            os.dup2(log.fileno(), 1)
            os.dup2(log.fileno(), 2)
        sys.argv = list(self.command)
        runpy.run_module(self.command[0], run_name="__main__", alter_sys=True)

    def wait(self, seconds: float | None = None) -> int:
        self.join(seconds)
        assert self.exitcode is not None, f"it still runs: {self.command}"
        return self.exitcode

    def send_signal(self, number: int) -> None:
        assert self.pid is not None
        os.kill(self.pid, number)
