"""From which address a request comes: behind proxies that of whoever called the first of them.

A client may write anything into X-Forwarded-For, and each proxy adds at its end whom it was called
by. So it is read from its end, and only as far as there are proxies of ours (TRUSTED_PROXIES).
"""

import ipaddress
import re
from collections.abc import Callable, Sequence

from django.conf import settings
from django.http import HttpRequest, HttpResponse

FORWARDED_FOR = "HTTP_X_FORWARDED_FOR"
WITH_PORT = re.compile(r"(?:\[(?P<six>[0-9a-fA-F:.]+)\]|(?P<four>[0-9.]+))(?::[0-9]{1,5})?")

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network
Proxies = int | Sequence[Network]


class ClientAddress:
    """Puts the client's address into REMOTE_ADDR, which is the proxy's else.

    What else reads it, the throttle of log-ins and the audit log, then needs to know of no proxy.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        trusted: Proxies = settings.TRUSTED_PROXIES or 0
        peer = request.META.get("REMOTE_ADDR", "")
        request.META["REMOTE_ADDR"] = find(peer, request.META.get(FORWARDED_FOR, ""), trusted)
        return self.get_response(request)


def find(peer: str, forwarded: str, trusted: Proxies) -> str:
    """Return the client's address; the last one that is known, where one of them is none.

    peer: who called this process, nothing over a Unix socket; forwarded: X-Forwarded-For; trusted:
    how many proxies there are, or in which networks they stand.
    """
    found = str(read(peer) or peer)
    hops = iter(reversed([read(one) for one in forwarded.split(",")]))
    passed = 0
    while passed < trusted if isinstance(trusted, int) else _stands_in(found, trusted):
        hop = next(hops, None)
        if hop is None:
            break
        found, passed = str(hop), passed + 1
    return found


def read(text: str) -> Address | None:
    """Return an address as a proxy writes it, with or without a port; None: it is none."""
    text = text.strip()
    try:
        return _plain(ipaddress.ip_address(text))
    except ValueError:
        match = WITH_PORT.fullmatch(text)
    try:
        return _plain(ipaddress.ip_address(match["six"] or match["four"])) if match else None
    except ValueError:
        return None


def _plain(address: Address) -> Address:
    """Return an IPv4 address as such, also where a socket for both kinds wrote it as IPv6."""
    return getattr(address, "ipv4_mapped", None) or address


def _stands_in(address: str, networks: Sequence[Network]) -> bool:
    """Tell whether a proxy of ours has this address; whoever comes by a Unix socket is one."""
    if not address:
        return True
    found = read(address)
    return found is not None and any(found in network for network in networks)
