"""How the web process runs. GUNICORN_CMD_ARGS overrides any line."""

import gc
import os
from typing import Any

# A host that sets PORT routes to it; without one, only this machine may call.
bind = f"0.0.0.0:{os.environ['PORT']}" if os.environ.get("PORT") else "127.0.0.1:8000"
workers = int(os.environ.get("WEB_CONCURRENCY", "2"))  # gunicorn's own variable
worker_class = "gthread"  # the sandbox calls our own webhook: one thread would wait for itself
threads = 4
limit_request_line = 8190  # what most proxies let through: the search of the API may be long
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


def post_worker_init(_worker: Any) -> None:
    """Take what has been loaded out of the garbage collector's rounds.

    Each full one went through all of it, for up to a tenth of a second in the middle of a request.
    """
    gc.collect()
    gc.freeze()
