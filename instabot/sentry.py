"""Sends errors and traces to Sentry, and nothing that people wrote. Loaded where SENTRY_DSN is set.

What leaves is built anew from what may be told, as a log line is (instabot.logs): what went wrong
and where, with the ids that it belongs to. Whatever else the SDK has gathered stays here, also what
a later version of it gathers: values of variables, messages of errors, headers, bodies, addresses.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any, cast
from urllib.parse import urlsplit

import sentry_sdk
from django.http import HttpRequest, HttpResponse
from sentry_sdk.integrations.dedupe import DedupeIntegration
from sentry_sdk.integrations.excepthook import ExcepthookIntegration
from sentry_sdk.integrations.huey import HueyIntegration
from sentry_sdk.integrations.stdlib import StdlibIntegration
from sentry_sdk.integrations.threading import ThreadingIntegration
from sentry_sdk.types import Breadcrumb, Event, Hint

from instabot import logs
from instabot.traffic import route_of

ERRORS = ("error", "critical")
# Of a log line: names of ours and ids. What else stands there stays in the log.
TOLD = ("account", "conversation", "message", "request", "status", "code", "outcome", "kind", "ms")
NAME = re.compile(r"[a-z_]{1,60}")  # of an event in the log; others' lines are sentences
LINES = 20  # of the log before an error

ALWAYS = (
    "event_id", "type", "timestamp", "start_timestamp", "platform", "level", "logger", "tags",
    "server_name", "release", "dist", "environment", "sdk", "transaction", "transaction_info",
)  # fmt: skip
OF_TRACE = (
    "trace_id", "span_id", "parent_span_id", "op", "status", "origin", "start_timestamp",
    "timestamp", "same_process_as_parent",
)  # fmt: skip
OF_FRAME = ("filename", "abs_path", "function", "module", "lineno", "in_app", "platform")
OF_LINE = ("category", "level", "timestamp", "type", "message", "data")


def start(dsn: str, traces: float) -> None:
    """Begin to send; traces: which share of requests and tasks is traced, from 0 to 1."""
    sentry_sdk.init(
        dsn=dsn,
        traces_sample_rate=traces,
        before_send=clean,
        before_send_transaction=clean,
        default_integrations=False,
        auto_enabling_integrations=False,
        integrations=[
            DedupeIntegration(),
            ExcepthookIntegration(),
            ThreadingIntegration(),
            HueyIntegration(),
            StdlibIntegration(),
        ],
        max_breadcrumbs=LINES,
        send_default_pii=False,
        include_local_variables=False,
        include_source_context=False,
        max_request_body_size="never",
        trace_propagation_targets=[],  # Meta learns nothing of our traces
        auto_session_tracking=False,
        send_client_reports=False,
        enable_metrics=False,
        spotlight=False,
    )


def report(_: Any, __: str, line: logs.Line) -> logs.Line:
    """Send the error that a log line is about; else keep the line for an error that may follow.

    A warning is about something that is made good by itself.
    """
    error = logs.error_of(line)
    tags = {name: line[name] for name in TOLD if isinstance(line.get(name), int | str)}
    name = str(line.get("event", ""))
    if error is None or line.get("level") not in ERRORS:
        if NAME.fullmatch(name):
            sentry_sdk.add_breadcrumb(category="log", message=name, data=tags)
        return line
    with sentry_sdk.new_scope() as scope:
        scope.set_tag("log", name if NAME.fullmatch(name) else str(line.get("logger", "")))
        for tag, value in tags.items():
            scope.set_tag(tag, str(value))
        scope.capture_exception(error)
    return line


def clean(event: Event, hint: Hint) -> Event:
    """Return of an event what may be told."""
    contexts = event.get("contexts", {})
    told: dict[str, Any] = {
        **_only(event, ALWAYS),
        "contexts": {"trace": _only(contexts.get("trace", {}), OF_TRACE)},
        "breadcrumbs": {"values": _lines(event)},
    }
    if "exception" in event:
        told["exception"] = {"values": _errors(event, hint)}
    if "spans" in event:
        spans = cast("Iterable[Mapping[str, Any]]", event["spans"])
        told["spans"] = [_only(span, OF_TRACE) | {"description": _call(span)} for span in spans]
    return cast("Event", told)


def _only(values: Mapping[str, Any], names: Iterable[str]) -> dict[str, Any]:
    return {name: values[name] for name in names if name in values}


def _lines(event: Event) -> list[dict[str, Any]]:
    """Keep what report() has kept; the SDK makes lines of its own, with addresses in them."""
    breadcrumbs: Any = event.get("breadcrumbs") or {}
    lines: list[Breadcrumb] = breadcrumbs.get("values", [])
    return [_only(line, OF_LINE) for line in lines if line.get("category") == "log"]


def _errors(event: Event, hint: Hint) -> list[dict[str, Any]]:
    """Say of each error its type and where; of the last one what it said, if that may be quoted."""
    error = (hint.get("exc_info") or (None, None, None))[1]
    said = logs.describe(error).get("said", "") if error else ""
    values: list[dict[str, Any]] = cast("dict[str, Any]", event["exception"])["values"]
    told = []
    for value in values:
        frames = (value.get("stacktrace") or {}).get("frames", [])
        told.append({
            **_only(value, ("type", "module", "thread_id")),
            "mechanism": _only(value.get("mechanism") or {}, ("type", "handled")),
            "stacktrace": {"frames": [_only(frame, OF_FRAME) for frame in frames]},
            "value": said if value is values[-1] else "",
        })  # fmt: skip
    return told


def _call(span: Mapping[str, Any]) -> str:
    """Return the method and the host of a call, whose address may have a token or an id."""
    method, _, address = str(span.get("description", "")).partition(" ")
    host = urlsplit(address).hostname if address.startswith(("http://", "https://")) else None
    return f"{method} {host}" if host else str(span.get("op", ""))


class Traces:
    """Traces a share of the requests, each under the name of its route: no address, no query."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        name = f"{request.method} {route_of(request.path_info)}"
        with (
            sentry_sdk.isolation_scope(),
            sentry_sdk.start_transaction(op="http.server", name=name, source="route") as trace,
        ):
            response = self.get_response(request)
            trace.set_http_status(response.status_code)
            if match := getattr(request, "resolver_match", None):
                name = f"{request.method} /{match.route}"
                sentry_sdk.get_current_scope().set_transaction_name(name, source="route")
        return response
