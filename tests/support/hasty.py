"""instabot's web process with little patience, so that a test need not wait for its end."""

from instabot import web


class Worker(web.Worker):
    head_seconds = body_seconds = 1.0


class Refusing(web.Worker):
    later_seconds = 1.0
