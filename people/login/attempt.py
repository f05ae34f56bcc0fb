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
SITE_BITS = 48  # what a house or a company is given, which has 65,536 of those
SPARED_AT_HOME = (Kind.NAME, Kind.SITE)  # what others elsewhere do is nothing to whoever is known
Rows = Mapping[str, Tries]  # by their kind


@dataclass(frozen=True, slots=True)
class Attempt:
    """place: the address, of IPv6 the network; device: of a browser known for the name.

    by_unknown_proxy: the address is a proxy's that is not in TRUSTED_PROXIES, or there is none, as
    over a Unix socket: so it is everybody's.
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
            Kind.PAIR: self.home(),
            Kind.NAME: _key(Kind.NAME, self.name),
            Kind.ADDRESS: _key(Kind.ADDRESS, self.place),
        }
        if self.by_unknown_proxy:
            del keys[Kind.ADDRESS]
        elif site := site_of(self.place):
            keys[Kind.SITE] = _key(Kind.SITE, site)
        return keys

    def home(self) -> str:
        """Return the key of what says whether somebody has logged in under the name from there."""
        return _key(Kind.PAIR, self.place, self.name)

    def counts_for(self, rows: Rows, now: datetime) -> list[Kind]:
        """Return what it counts for, as these rows stand."""
        spared = SPARED_AT_HOME if is_home(rows, now) else ()
        return [kind for kind in self.keys() if kind not in spared]


def is_home(rows: Rows, now: datetime) -> bool:
    """Tell whether somebody has logged in under the name from the address of a try."""
    pair = rows.get(Kind.PAIR)
    return pair is not None and pair.known_until is not None and pair.known_until > now


def place_of(address: str) -> str:
    """Return what counts as one address; nothing: it is none."""
    found = _read(address)
    if found is None or found.version == 4:  # noqa: PLR2004 - of IP
        return str(found or "")
    return str(ipaddress.ip_network((found, NETWORK_BITS), strict=False))


def site_of(place: str) -> str:
    """Return the network around one of IPv6, as place_of() says it; nothing: it is none."""
    if "/" not in place:
        return ""
    return str(ipaddress.IPv6Network(place).supernet(new_prefix=SITE_BITS))


def _read(address: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    """Read an address, and one of IPv4 as such, also where it is written as one of IPv6."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return None
    return getattr(found, "ipv4_mapped", None) or found


def _hides_others(request: HttpRequest, address: str) -> bool:
    """Tell whether a proxy of our own network calls, which nobody told us to trust.

    Whoever comes from elsewhere and only writes such a header is counted like all.
    """
    found = _read(address)
    if found is None:
        return True
    if settings.TRUSTED_PROXIES or "X-Forwarded-For" not in request.headers:
        return False
    return not found.is_global


def _key(kind: Kind, *parts: str) -> str:
    return salted_hmac(SALT, "\n".join([kind, *parts]), algorithm="sha256").hexdigest()
