"""Where we are reached from outside: by Meta, and by whoever comes back from its pages."""

import ipaddress
from urllib.parse import urlsplit

from django.conf import settings

WEBHOOK_PATH = "/webhooks/instagram"
DEAUTHORIZE_PATH = f"{WEBHOOK_PATH}/deauthorize"
DELETION_PATH = f"{WEBHOOK_PATH}/deletion"


def public_address() -> str:
    """Return the https address at which Meta reaches us, without a slash; empty: there is none."""
    known = [settings.PUBLIC_URL, *settings.CSRF_TRUSTED_ORIGINS]
    return next((one.rstrip("/") for one in known if is_public(one)), "")


def address_of(path: str) -> str:
    """Return the address of a page of ours as Meta is told it; a local one where that is all."""
    return f"{public_address() or settings.PUBLIC_URL}{path}"


def callback_address() -> str:
    """Return where Meta posts webhooks to."""
    return address_of(WEBHOOK_PATH)


def is_public(origin: str) -> bool:
    """Tell whether an address is one by https that is not only of a private network."""
    parts = urlsplit(origin)
    return parts.scheme == "https" and _is_public_host(parts.hostname or "")


def _is_public_host(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_global
    except ValueError:
        private = (".localhost", ".local", ".internal", ".lan", ".test")
        return "." in host and "*" not in host and not host.endswith(private)
