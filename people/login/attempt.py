"""One try to log in: whose, from where, and what it counts for."""

import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.http import HttpRequest
from django.utils.crypto import salted_hmac

from people.login import devices
from people.login.allowance import Kind
from people.models import Tries

SALT = "people.login.tries"
NETWORK_BITS = 64  # of IPv6: whoever has one address has all of such a network
Rows = Mapping[str, Tries]  # by their kind


@dataclass(frozen=True, slots=True)
class Attempt:
    """place: the address, of IPv6 the network; device: of a browser known for the name.

    by_unknown_proxy: the address is a proxy's that is not in TRUSTED_PROXIES, so it is everybody's.
    """

    name: str
    place: str
    device: str
    by_unknown_proxy: bool = False

    @classmethod
    def of(cls, request: HttpRequest, name: str) -> "Attempt":
        address = request.META.get("REMOTE_ADDR", "")
        return cls(
            name=name,
            place=place_of(address),
            device=devices.find(request, name),
            by_unknown_proxy=_hides_others(request, address),
        )

    def keys(self) -> dict[Kind, str]:
        """Return under what it may be counted. The names in them cannot be read."""
        if self.device:
            return {Kind.DEVICE: _key(Kind.DEVICE, self.device, self.name)}
        keys = {
            Kind.PAIR: _key(Kind.PAIR, self.place, self.name),
            Kind.NAME: _key(Kind.NAME, self.name),
            Kind.ADDRESS: _key(Kind.ADDRESS, self.place),
        }
        if self.by_unknown_proxy:
            del keys[Kind.ADDRESS]
        return keys

    def counts_for(self, rows: Rows, now: datetime) -> list[Kind]:
        """Return what it counts for, as these rows stand."""
        pair = rows.get(Kind.PAIR)
        is_known = pair is not None and pair.known_until is not None and pair.known_until > now
        return [kind for kind in self.keys() if not (kind == Kind.NAME and is_known)]


def place_of(address: str) -> str:
    """Return what counts as one address."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return ""
    if found.version == 4:  # noqa: PLR2004 - of IP
        return str(found)
    return str(ipaddress.ip_network((found, NETWORK_BITS), strict=False))


def _hides_others(request: HttpRequest, address: str) -> bool:
    """Tell whether a proxy of our own network calls, which nobody told us to trust.

    Whoever comes from elsewhere and only writes such a header is counted like all.
    """
    if settings.TRUSTED_PROXIES or "X-Forwarded-For" not in request.headers:
        return False
    try:
        return not ipaddress.ip_address(address).is_global
    except ValueError:
        return True


def _key(kind: Kind, *parts: str) -> str:
    return salted_hmac(SALT, "\n".join([kind, *parts]), algorithm="sha256").hexdigest()
