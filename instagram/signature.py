"""What Meta signs with the app secret: bodies of webhooks, and the `signed_request` of callbacks.

X-Hub-Signature-256 is `sha256=` and the hex HMAC of the raw body.
"""

import base64
import hashlib
import hmac
import json
from collections.abc import Iterable
from typing import Any

PREFIX = "sha256="


def sign(body: bytes, secret: str) -> str:
    """Return the value of the header for this body."""
    return PREFIX + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


def is_signed(body: bytes, header: str, secrets: Iterable[str]) -> bool:
    """Tell whether the header was made with one of the secrets; with several one can rotate them.

    It compares bytes, since hmac.compare_digest raises on text outside ASCII, and tries every
    secret, so that the time it takes does not tell which one matched.
    """
    given = header.encode("utf-8", "surrogateescape")
    matches = [hmac.compare_digest(given, sign(body, secret).encode()) for secret in secrets]
    return any(matches)


def read_signed_request(text: str, secrets: Iterable[str]) -> dict[str, Any] | None:
    """Return what a `signed_request` says; None unless one of the secrets signed it.

    It is the base64 of an HMAC, a point, and the base64 of a JSON object, both without padding; the
    second part is signed as it stands ("Data Deletion Request Callback").
    """
    signature, _, payload = text.partition(".")
    given = _decode(signature)
    made = [hmac.new(one.encode(), payload.encode(), hashlib.sha256).digest() for one in secrets]
    matches = [hmac.compare_digest(given, one) for one in made]
    try:
        found = json.loads(_decode(payload)) if any(matches) else None
    except (ValueError, RecursionError):
        return None
    is_known = isinstance(found, dict) and str(found.get("algorithm")).upper() == "HMAC-SHA256"
    return found if is_known else None


def _decode(text: str) -> bytes:
    try:
        return base64.urlsafe_b64decode(text.encode("ascii") + b"=" * (-len(text) % 4))
    except ValueError:
        return b""
