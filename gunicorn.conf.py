"""How the web process runs. GUNICORN_CMD_ARGS overrides any line."""

import gc
import os
import sys
from pathlib import Path
from typing import Any

from instabot import variables
from metrics import series

try:
    in_file = variables.in_file(Path(__file__).with_name(".env"))
    read = variables.Variables({**in_file, **os.environ}).read
    # A host that sets PORT routes to it; without one, only this machine may call.
    port = read("PORT", variables.port, "a port number from 1 to 65535", default=None)
    # gunicorn's own variable
    workers = read("WEB_CONCURRENCY", variables.processes, "a number from 1 to 1000", default=2)
except variables.SettingError as error:
    sys.exit(str(error))
bind = f"0.0.0.0:{port}" if port else "127.0.0.1:8000"
worker_class = "instabot.web.Worker"  # gthread that no slow sender holds up
threads = 4  # the sandbox calls our own webhook: one would wait for itself
worker_connections = 900  # below 1,024, which many systems allow a process: over that it ends
limit_request_line = 8190  # what most proxies let through: the search of the API may be long
limit_request_fields = 60  # with their sizes, half a megabyte at most
keepalive = 20  # Meta and proxies reuse connections
timeout = 30
graceful_timeout = 20
accesslog = None  # instabot writes its own line for each request
logconfig_dict = {
    "version": 1,
    "disable_existing_loggers": False,
    "loggers": {
        "gunicorn.error": {"level": "WARNING", "handlers": [], "propagate": True},
        "gunicorn.access": {"level": "WARNING", "handlers": [], "propagate": True},
    },
    "root": {"level": "INFO", "handlers": []},
}


def post_worker_init(worker: Any) -> None:
    """Say how many threads and connections it has, and watch whether all is well.

    The garbage collector leaves alone what has been loaded: each full round of it went through all
    of that, for up to a tenth of a second in the middle of a request.
    """
    from django.apps import apps  # noqa: PLC0415 - only in the processes that serve

    from workqueue.postgresql import capacity  # noqa: PLC0415 - not before the settings are there

    series.web_threads.set(worker.cfg.threads)
    capacity.introduce("web", worker.cfg.threads)
    if apps.ready:  # what is served may be another application than instabot: a benchmark's
        from incidents import pulse  # noqa: PLC0415 - its models are there now
        from instabot import bounds  # noqa: PLC0415 - as above

        bounds.share(worker.cfg.threads)
        pulse.start()
    gc.collect()
    gc.freeze()
