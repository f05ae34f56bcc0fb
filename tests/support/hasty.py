"""instabot's web process with little patience, so that a test need not wait for its end."""

from instabot import web

web.HEAD_SECONDS = web.BODY_SECONDS = 1.0

Worker = web.Worker
