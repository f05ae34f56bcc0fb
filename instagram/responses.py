"""What an answer of the Graph API says, and what it means when none came."""

import json
import ssl
from collections.abc import Mapping
from typing import Any

import requests
from urllib3.exceptions import (
    ConnectTimeoutError,
    HTTPError,
    MaxRetryError,
    NewConnectionError,
    SSLError,
)

from instagram.errors import AmbiguousError, GraphError, NotSentError, Reply, classify

KEPT_BODY = 2000  # characters of an answer that are kept with the attempt
USAGES = ("call_count", "total_cputime", "total_time")
NO_ADDRESS = (
    requests.exceptions.InvalidURL,
    requests.exceptions.InvalidSchema,
    requests.exceptions.MissingSchema,
)
MAX_REGAIN = 7 * 24 * 60  # minutes; what is larger is no time


def unanswered(error: requests.RequestException | HTTPError) -> GraphError:
    """Tell a connection that was never made from one that broke after the request had left."""
    reply = Reply(body=type(error).__name__)
    reason = error.args[0] if error.args else None
    if isinstance(reason, MaxRetryError):
        reason = reason.reason
    # A certificate is refused before anything is sent; other TLS errors may come at any time.
    refused = reason.args[0] if isinstance(reason, SSLError) and reason.args else None
    never_left = isinstance(error, requests.ConnectTimeout) or isinstance(
        reason, NewConnectionError | ConnectTimeoutError
    )
    never_left = never_left or isinstance(refused, ssl.SSLCertVerificationError)
    if never_left or isinstance(error, NO_ADDRESS):
        return NotSentError("Instagram couldn't be reached.", reply)
    return AmbiguousError("The connection to Instagram broke before it answered.", reply)


def understand(status: int, headers: Mapping[str, str], raw: bytes) -> tuple[dict[str, Any], Reply]:
    text = raw.decode("utf-8", "replace").replace("\x00", "\ufffd")[:KEPT_BODY]
    used, regain_seconds = _usage(headers)
    try:
        found = json.loads(raw)
    except (ValueError, RecursionError):
        found = None
    error = found.get("error") if isinstance(found, dict) else None
    if not isinstance(error, dict):
        reply = Reply(status=status, body=text, used=used, regain_seconds=regain_seconds)
        if isinstance(found, dict) and status == requests.codes.ok:
            return found, reply
        # No JSON, or none that Meta's API writes: a proxy on the way, before or after the send.
        raise AmbiguousError("Instagram's answer couldn't be read.", reply)
    reply = Reply(
        status=status,
        code=_number(error.get("code")),
        subcode=_number(error.get("error_subcode")),
        trace_id=str(error.get("fbtrace_id") or "")[:100],
        body=text,
        used=used,
        regain_seconds=regain_seconds,
    )
    raise classify(reply, error)


def _number(value: Any) -> int | None:
    return value if isinstance(value, int) and abs(value) < 2**31 else None


def _usage(headers: Mapping[str, str]) -> tuple[float, float]:
    """Return the percent used and, in seconds, when calls are allowed again; 0 where not said.

    X-App-Usage has percentages; X-Business-Use-Case-Usage has them for each account, and says in
    minutes when access is regained (Graph API, "Rate Limits").
    """
    entries = [_usage_object(headers, "X-App-Usage")]
    for listed in _usage_object(headers, "X-Business-Use-Case-Usage").values():
        entries += (
            [one for one in listed if isinstance(one, dict)] if isinstance(listed, list) else []
        )
    used = [_percent(one.get(name)) for one in entries for name in USAGES]
    minutes = [_percent(one.get("estimated_time_to_regain_access")) for one in entries]
    return max(used, default=0), max(minutes, default=0) * 60


def _usage_object(headers: Mapping[str, str], name: str) -> dict[str, Any]:
    raw = headers.get(name)
    if not raw:
        return {}
    try:
        found = json.loads(raw)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _percent(value: Any) -> float:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return float(value) if is_number and 0 <= value < MAX_REGAIN else 0
