"""Which servers there are to connect to, one by one: several hosts, or addresses of one."""

import socket
from collections.abc import Iterator, Mapping
from typing import Any

DEFAULT_PORT = 5432


def of(params: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return what to connect by instead, in the order of DATABASE_URL; {} where there is one."""
    hosts = str(params.get("host") or "").split(",")
    ports = str(params.get("port") or "").split(",")
    if len(ports) != len(hosts):
        ports = ports[:1] * len(hosts)
    found = [one for host, port in zip(hosts, ports, strict=True) for one in _of_host(host, port)]
    return found if len(found) > 1 else [{}]


def _of_host(host: str, port: str) -> Iterator[dict[str, Any]]:
    """Return the server, once for each of its addresses; the name stays, since TLS checks it."""
    server = {"host": host} | ({"port": port} if port else {})
    addresses = _addresses(host, int(port or DEFAULT_PORT))
    if len(addresses) < 2:  # noqa: PLR2004 - one, or none that is known: the driver says which
        yield server
        return
    for address in addresses:
        yield server | {"hostaddr": address}


def _addresses(host: str, port: int) -> list[str]:
    if not host or host.startswith(("/", "@")):  # a Unix socket
        return []
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except OSError:
        return []
    return list(dict.fromkeys(str(one[4][0]) for one in found))
