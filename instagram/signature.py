"""X-Hub-Signature-256: `sha256=` and the hex HMAC of the raw body, keyed by the app secret."""

import hashlib
import hmac
from collections.abc import Iterable

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
