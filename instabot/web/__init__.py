"""gunicorn's threaded worker, the few threads of which a slow sender cannot hold."""

from instabot.web.worker import Worker

__all__ = ["Worker"]
