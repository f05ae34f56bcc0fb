"""instabot's web process with little patience, so that a test need not wait for its end."""

from instabot import web


class Worker(web.Worker):
    head_seconds = body_seconds = 1.0


class Refusing(web.Worker):
    later_seconds = 1.0


class Bored(web.Worker):
    head_seconds = 3.0
    stopped_seconds = 1.0


class Patient(web.Worker):
    head_seconds = 600.0
