"""From which address a request comes: of X-Forwarded-For only what our proxies wrote counts."""

from ipaddress import ip_network
from typing import Any

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory
from pytest_django import Settings

from instabot.client_address import ClientAddress, Proxies, find

pytestmark = [pytest.mark.no_database, pytest.mark.table]

CLIENT, SPOOFED, PROXY, SECOND = "203.0.113.9", "198.51.100.66", "10.0.0.2", "10.0.0.3"
INSIDE: Proxies = [ip_network("10.0.0.0/8"), ip_network("fd00::/8")]


@pytest.mark.parametrize(
    ("peer", "forwarded", "trusted", "expected"),
    [
        # Nobody is trusted: what a client writes is nothing.
        (CLIENT, "", 0, CLIENT),
        (CLIENT, SPOOFED, 0, CLIENT),
        # One proxy: nginx replaces the header, Heroku's router writes at its end.
        (PROXY, CLIENT, 1, CLIENT),
        (PROXY, f"{SPOOFED}, {CLIENT}", 1, CLIENT),
        (PROXY, f"{SPOOFED},{SPOOFED} ,{CLIENT}", 1, CLIENT),
        # Two: a CDN before the host's.
        (PROXY, f"{SPOOFED}, {CLIENT}, {SECOND}", 2, CLIENT),
        # Fewer came than are there: the farthest that is known.
        (PROXY, "", 1, PROXY),
        (PROXY, CLIENT, 2, CLIENT),
        # By networks it does not matter how many they are, and who comes past them is seen.
        (PROXY, f"{SPOOFED}, {CLIENT}", INSIDE, CLIENT),
        (PROXY, f"{SPOOFED}, {CLIENT}, {SECOND}", INSIDE, CLIENT),
        (CLIENT, SPOOFED, INSIDE, CLIENT),
        (CLIENT, f"{SPOOFED}, {PROXY}", INSIDE, CLIENT),
        (PROXY, f"{SECOND}", INSIDE, SECOND),
        ("fd00::2", "2001:db8::7", INSIDE, "2001:db8::7"),
        ("::ffff:10.0.0.2", CLIENT, INSIDE, CLIENT),
        # A socket for both kinds of address writes the older one as one of the newer.
        (f"::ffff:{CLIENT}", "", 0, CLIENT),
        # Over a Unix socket the peer has no address; it is the proxy.
        ("", CLIENT, INSIDE, CLIENT),
        ("", f"{SPOOFED}, {CLIENT}", 1, CLIENT),
        ("", "", 1, ""),
        # With a port, as some write them.
        (PROXY, f"{CLIENT}:50123", 1, CLIENT),
        (PROXY, "[2001:db8::7]:443", 1, "2001:db8::7"),
        (PROXY, "[2001:db8::7]", 1, "2001:db8::7"),
        (PROXY, f"::ffff:{CLIENT}", 1, CLIENT),
        # What is no address is nobody's; it ends there.
        (PROXY, "unknown", 1, PROXY),
        (PROXY, f"{CLIENT}, unknown", 2, PROXY),
        (PROXY, "<script>", INSIDE, PROXY),
        (PROXY, f"{CLIENT}\n", 1, CLIENT),
        (PROXY, "999.1.1.1:80", 1, PROXY),
        (PROXY, "203.0.113.9:999999", 1, PROXY),
    ],
)
def test_the_client_is_found_behind_our_proxies_and_no_further(
    peer: str, forwarded: str, trusted: Proxies, expected: str
) -> None:
    assert find(peer, forwarded, trusted) == expected


@pytest.mark.parametrize(("trusted", "expected"), [(0, PROXY), (1, CLIENT)])
def test_whatever_reads_the_address_of_a_request_reads_the_clients(
    settings: Settings, trusted: int, expected: str
) -> None:
    settings.TRUSTED_PROXIES = trusted
    seen: list[Any] = []

    def answer(request: HttpRequest) -> HttpResponse:
        seen.append(request.META["REMOTE_ADDR"])
        return HttpResponse()

    sent = RequestFactory().get("/", REMOTE_ADDR=PROXY, HTTP_X_FORWARDED_FOR=CLIENT)
    ClientAddress(answer)(sent)
    assert seen == [expected]
