"""Log lines: one event each, with the ids it belongs to, and never what people wrote.

An exception is logged as its type and where it happened. Its message is left out unless it is
of a kind that speaks of connections only, because databases quote the values they refuse.
"""

import json
import logging
import re
import secrets
import sys
import threading
import time
import traceback
from collections.abc import Callable, MutableMapping, Sequence
from functools import cache
from http import HTTPStatus
from typing import Any, TextIO

import psycopg2
import redis
import requests
import structlog
from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from instabot import remedies

Line = MutableMapping[str, Any]
POLL = "admin:conversations_conversation_live"
# What lies below these is shown to whoever knows the address.
OPENED_BY_ADDRESS = ("/pictures/", "/webhooks/instagram/deletion/")
# Their messages name hosts, ports and paths, never values.
QUOTABLE = (
    psycopg2.OperationalError,
    redis.RedisError,
    requests.ConnectionError,
    requests.Timeout,
    ConnectionError,
    TimeoutError,
)
_QUERY = re.compile(r"\?[^\s'\")]*")  # of an address: it may name a customer
_OPENED = re.compile(rf"({'|'.join(map(re.escape, OPENED_BY_ADDRESS))})[^\s'\"]+")
SAY_AGAIN_SECONDS = 60.0
MOST_TROUBLES = 1000


def describe(error: BaseException) -> dict[str, Any]:
    """Say what went wrong and where, without any value that was being handled."""
    causes = list(remedies.causes(error))
    frames = traceback.extract_tb(error.__traceback__)[-6:]
    told: dict[str, Any] = {
        "error": " < ".join(type(cause).__name__ for cause in causes),
        "where": [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in frames],
    }
    said, remedy = remedies.find(error)
    quotable = next((cause for cause in causes if isinstance(cause, QUOTABLE)), None)
    if said or quotable:
        told["said"] = _QUERY.sub("?…", said or str(quotable).strip())[:300]
    if remedy:
        told["next"] = remedy
    return told


class Repeats:
    """What says what to do next is said once in a while: the same trouble hits each request."""

    def __init__(self) -> None:
        self._told: dict[tuple[str, str], tuple[float, int]] = {}
        self._lock = threading.Lock()

    def forget(self) -> None:
        self._told.clear()

    def hold_back(self, source: str, remedy: str) -> int | None:
        """Return how many were held back since it was last said; None: hold back this one too."""
        key, now = (source, remedy), time.monotonic()
        with self._lock:
            said_at, count = self._told.get(key, (float("-inf"), 0))
            if now - said_at < SAY_AGAIN_SECONDS:
                self._told[key] = said_at, count + 1
                return None
            if len(self._told) >= MOST_TROUBLES:
                self._told.clear()
            self._told[key] = now, 0
        return count

    def __call__(self, _: Any, __: str, line: Line) -> Line:
        """Drop a line of structlog's that has just been said; else say how many were held back."""
        if "next" in line:
            count = self.hold_back(str(line["event"]), line["next"])
            if count is None:
                raise structlog.DropEvent
            if count:
                line["held_back"] = count
        return line

    def filter(self, record: logging.LogRecord) -> bool:
        """Tell whether a line of another package is to be written."""
        error = record.exc_info[1] if record.exc_info else None
        remedy = remedies.find(error)[1] if error else ""
        return not remedy or self.hold_back(record.name, remedy) is not None


repeats = Repeats()


def error_of(line: Line) -> BaseException | None:
    """Return the error that a line is about, if it is about one."""
    info = line.get("exc_info")
    if info is True:
        info = sys.exc_info()
    error = info[1] if isinstance(info, tuple) else info
    return error if isinstance(error, BaseException) else None


def tell_exceptions(_: Any, __: str, line: Line) -> Line:
    """Replace exc_info by what may be told of it."""
    error = error_of(line)
    line.pop("exc_info", None)
    line.pop("stack_info", None)
    if error:
        line.update(describe(error))
    return line


def hide_addresses(said: str) -> str:
    """Return a text without addresses that open something: whoever has a picture's sees it."""
    return _OPENED.sub(r"\1…", said)


def hide_opened(_: Any, __: str, line: Line) -> Line:
    """Leave them out of what other packages say, as Django of each page that is not there."""
    line["event"] = hide_addresses(str(line["event"]))
    return line


_to_json = json.JSONEncoder(default=str).encode  # json.dumps would make one for each line


def configure(*, readable: bool, also: Sequence[Callable[[Any, str, Line], Line]] = ()) -> None:
    """Set up structlog and the standard library's logging: text for people, or JSON lines.

    also: who else is given each line, with the error that it is about.
    """
    stream = sys.__stderr__ or sys.stderr  # the process's own, whatever others put in its place
    first, last = _preparation(also), _renderer(stream, readable=readable)
    structlog.configure(
        processors=[*first, repeats, last],
        logger_factory=structlog.WriteLoggerFactory(file=stream),
        cache_logger_on_first_use=True,
    )
    root = logging.getLogger()
    root.handlers = [_handler(stream, first, last)]
    root.setLevel(logging.INFO)
    _quieten_packages()


def _preparation(also: Sequence[Callable[[Any, str, Line], Line]]) -> list[Any]:
    """Return what each line goes through before it is written, ours and another package's."""
    return [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        *also,
        tell_exceptions,
    ]


def _renderer(stream: TextIO, *, readable: bool) -> Any:
    """Return what makes the text of a line."""
    if readable:
        return structlog.dev.ConsoleRenderer(colors=stream.isatty())
    return structlog.processors.JSONRenderer(lambda line, **_: _to_json(line))


def _handler(stream: TextIO, first: list[Any], last: Any) -> logging.Handler:
    """Return what writes the lines of other packages, as ours are."""
    handler = logging.StreamHandler(stream)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[structlog.stdlib.add_logger_name, hide_opened, *first],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, last],
        )
    )
    handler.addFilter(repeats.filter)
    return handler


def _quieten_packages() -> None:
    for name in ("huey", "urllib3"):  # they tell of each task and call
        logging.getLogger(name).setLevel(logging.WARNING)
    # What it says of a name that is not allowed we say ourselves: instabot.refusal.
    logging.getLogger("django.security.DisallowedHost").disabled = True
    # Huey's command sets up lines of its own, at another level, where it finds no handler.
    logging.getLogger("huey").handlers = [logging.NullHandler()]


class RequestLog:
    """Give each request an id, and one line when it is answered: no query, it may hold a token.

    None for an open page that asks whether anything is new, once a second.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response
        self.log = structlog.get_logger("request")

    def __call__(self, request: HttpRequest) -> HttpResponse:
        started = time.perf_counter()
        with structlog.contextvars.bound_contextvars(request=secrets.token_hex(6)):
            response = self.get_response(request)
            if not _is_poll(request, response):
                self.log.info(
                    "request",
                    method=request.method,
                    path=hide_addresses(request.path),
                    status=response.status_code,
                    ms=round((time.perf_counter() - started) * 1000, 1),
                )
        return response


@cache
def poll_path() -> str:
    """Return where an open page asks once a second if anything is new."""
    return reverse(POLL)


def _is_poll(request: HttpRequest, response: HttpResponse) -> bool:
    return request.path_info == poll_path() and response.status_code < HTTPStatus.BAD_REQUEST
