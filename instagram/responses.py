"""Reads the responses of the Graph API, and tells what it means when none came."""

import json
from collections.abc import Mapping
from typing import Any

import requests
from urllib3.exceptions import HTTPError

from instagram.errors import AmbiguousError, GraphError, NotSentError, Reply, classify

MAX_BODY_KEPT = 2000  # characters of a response that are kept with the attempt
USAGE_NAMES = ("call_count", "total_cputime", "total_time")
OUT_OF_REACH = "Instagram couldn't be reached: if this lasts, check the server's network."
NO_CERTIFICATES = "The certificates to trust couldn't be read: check REQUESTS_CA_BUNDLE."
MAX_USAGE = 7 * 24 * 60  # percent, or minutes; a larger number is an error


def classify_failure(error: OSError | HTTPError, *, made: bool) -> GraphError:
    """Return what it means that no response came. made: the connection was; else nothing left."""
    reply = Reply(body=type(error).__name__)
    if made:
        return AmbiguousError("The connection to Instagram broke before it answered.", reply)
    if isinstance(error, requests.RequestException | HTTPError):
        return NotSentError(OUT_OF_REACH, reply)
    return NotSentError(NO_CERTIFICATES, reply)


def parse(raw: bytes) -> dict[str, Any]:
    """Return the object that a body is; an empty one for anything else."""
    value = _parse(raw)
    return value if isinstance(value, dict) else {}


def _parse(raw: bytes) -> Any:
    try:
        return json.loads(raw)
    except (ValueError, RecursionError):
        return None


def read_response(
    status: int, headers: Mapping[str, str], raw: bytes
) -> tuple[dict[str, Any], Reply]:
    """Return the object of a successful response; raise the error that another one means."""
    text = raw.decode("utf-8", "replace").replace("\x00", "\ufffd")[:MAX_BODY_KEPT]
    used, regain_seconds = _read_usage(headers)
    response = _parse(raw)
    error = response.get("error") if isinstance(response, dict) else None
    if not isinstance(error, dict):
        reply = Reply(status=status, body=text, used=used, regain_seconds=regain_seconds)
        if isinstance(response, dict) and status == requests.codes.ok:
            return response, reply
        # Not JSON of Meta's API: it comes from a proxy, before or after the message was sent.
        raise AmbiguousError("Instagram's answer couldn't be read.", reply)
    reply = Reply(
        status=status,
        code=_read_number(error.get("code")),
        subcode=_read_number(error.get("error_subcode")),
        trace_id=str(error.get("fbtrace_id") or "")[:100],
        body=text,
        used=used,
        regain_seconds=regain_seconds,
    )
    raise classify(reply, error)


def _read_number(value: Any) -> int | None:
    return value if isinstance(value, int) and abs(value) < 2**31 else None


def _read_usage(headers: Mapping[str, str]) -> tuple[float, float]:
    """Return the percent used, and in how many seconds calls are allowed again; 0 if unknown.

    X-App-Usage has percentages. X-Business-Use-Case-Usage has them for each account, and the
    minutes until access is regained (Graph API, "Rate Limits").
    """
    entries = [_read_usage_header(headers, "X-App-Usage")]
    for listed in _read_usage_header(headers, "X-Business-Use-Case-Usage").values():
        entries += (
            [entry for entry in listed if isinstance(entry, dict)]
            if isinstance(listed, list)
            else []
        )
    used = [_read_amount(entry.get(name)) for entry in entries for name in USAGE_NAMES]
    minutes = [_read_amount(entry.get("estimated_time_to_regain_access")) for entry in entries]
    return max(used, default=0), max(minutes, default=0) * 60


def _read_usage_header(headers: Mapping[str, str], name: str) -> dict[str, Any]:
    raw = headers.get(name)
    if not raw:
        return {}
    try:
        usage = json.loads(raw)
    except (ValueError, RecursionError):
        return {}
    return usage if isinstance(usage, dict) else {}


def _read_amount(value: Any) -> float:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return float(value) if is_number and 0 <= value < MAX_USAGE else 0
