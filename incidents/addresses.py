"""Where messages may go: some of Apprise's services, and no host of our own network.

Whoever edits contacts is no engineer of the host: an address must not run a program, read a file or
reach into the network that instabot stands in. So services and their options are taken by name, and
hosts by their addresses, each time before something is sent. ALERT_HOSTS names hosts of one's own
network that may be called all the same.
"""

import ipaddress
import logging
import re
import socket
from typing import Any

import apprise
from apprise.utils.parse import parse_qsd
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import EmailValidator

SECONDS = 20.0  # for a message; a notice's lease is longer

# The service by its class, and where it has the host that it calls; empty: its maker's own.
SERVICES = {
    "NotifyEmail": "smtp_host",
    "NotifySlack": "",
    "NotifyTelegram": "",
    "NotifyNtfy": "host",
    "NotifyWorkflows": "host",
    "NotifyDiscord": "",
    "NotifyJSON": "host",
    "NotifyForm": "host",
    "NotifyGoogleChat": "",
    "NotifyMattermost": "host",
    "NotifyRocketChat": "host",
    "NotifyGotify": "host",
    "NotifyMatrix": "host",
    "NotifyPagerDuty": "",
    "NotifyOpsgenie": "",
    "NotifyPushover": "",
    "NotifyZulip": "hostname",
}
WITH_HEADERS = {"NotifyJSON", "NotifyForm"}
HOST = re.compile(r"[\w.-]+|\[?[0-9a-fA-F:.]+\]?")  # and nothing that ends a host in a URL
# None of these names a file, another host, or how often something is tried.
OPTIONS = {
    "smtp", "from", "to", "cc", "bcc", "reply", "name", "user", "pass", "mode", "format", "method",
    "priority", "tags", "token", "thread", "topic", "channel", "sound", "region", "footer",
    "image", "avatar", "wrap", "pa", "ver", "silent", "preview", "team",
}  # fmt: skip
MAIL = EmailValidator()
NO_SERVER = (
    "instabot has no mail server of its own, so this e-mail address is not enough. Whoever runs it"
    " can set MAIL_URL. Without it, give a server too: mailtos://user:password@example.com"
    "?to=anna@example.com. See docs/operations.md."
)
BAD_SERVER = (
    "The mail server cannot be used: whoever runs instabot should see what MAIL_URL is. See"
    " docs/operations.md."
)
NOT_ALLOWED = (
    "instabot does not send to this kind of address. It knows e-mail (mailtos://), Slack, Telegram,"
    " ntfy, Teams, Discord, Google Chat, Mattermost, Rocket.Chat, Matrix, Gotify, Zulip, PagerDuty,"
    " Opsgenie, Pushover and webhooks (jsons://, forms://). See docs/operations.md."
)
NOT_READ = (
    "This is no address that can be used. Examples: mailtos://user:password@example.com,"
    " ntfys://ntfy.sh/topic, https://hooks.slack.com/services/… See docs/operations.md."
)

# It says what it does, and to whom: what is of use comes back with the result.
logging.getLogger("apprise").propagate = False


class AddressError(ValueError):
    """An address is not to be used. Its text is for whoever typed it."""


def read(text: str) -> Any:
    """Return the service of an address of Apprise's, or of somebody's e-mail; raises AddressError.

    An https:// address as Slack, Discord or Teams show it is taken, too. Asks the DNS about hosts
    that are typed.
    """
    text = text.strip()
    if is_mail(text):
        return _mail_to(text)
    service = _make(text)
    if host := _host(service):
        check_host(host)
    return service


def describe(text: str) -> str:
    """Say what an address is, without what is secret in it; asks nobody."""
    if is_mail(text):
        return f"E-mail to {text}" if settings.MAIL_URL else NO_SERVER
    try:
        service = _make(text)
    except AddressError as error:
        return str(error)
    name, host = str(service.service_name), _host(service)
    if name == "E-Mail":
        return f"E-mail to {', '.join(to for _, to in service.targets)}"
    return f"{name}, {host}" if host else name


def is_mail(text: str) -> bool:
    """Tell whether this is somebody's e-mail address, and no more than that."""
    try:
        MAIL(text)
    except ValidationError:
        return False
    return True


def _mail_to(address: str) -> Any:
    """Return the mail server of MAIL_URL, for one person.

    Its host is not looked at: whoever sets variables may have it in their own network.
    """
    if not settings.MAIL_URL:
        raise AddressError(NO_SERVER)
    service: Any = apprise.Apprise.instantiate(
        settings.MAIL_URL, asset=_asset(), suppress_exceptions=True
    )
    if type(service).__name__ != "NotifyEmail":
        raise AddressError(BAD_SERVER)
    service.targets = [(False, address)]
    return service


def _make(text: str) -> Any:
    service: Any = None
    if text.isprintable() and " " not in text:
        service = apprise.Apprise.instantiate(text, asset=_asset(), suppress_exceptions=True)
    if service is None:
        raise AddressError(NOT_READ)
    if type(service).__name__ not in SERVICES:
        raise AddressError(NOT_ALLOWED)
    _check_options(text, type(service).__name__)
    if service.redirects or not service.verify_certificate:
        raise AddressError(NOT_ALLOWED)  # whatever Apprise has read where we saw no option
    service.discovery = False  # Matrix: a host may name another one, which nobody has looked at
    return service


def _host(service: Any) -> str:
    """Return the host that was typed; empty: it is that of the service's maker."""
    name = type(service).__name__
    host = str(getattr(service, SERVICES[name]) or "") if SERVICES[name] else ""
    return f"{service.organization}.{host}" if name == "NotifyZulip" else host


def _check_options(text: str, service: str) -> None:
    # Read as Apprise does: from the first question mark on, and a semicolon parts options, too.
    read = parse_qsd(text.partition("?")[2])  # type: ignore[no-untyped-call]  # as Apprise left it
    names = {name for name in read["qsd"] if name}
    unknown = names - OPTIONS
    if service in WITH_HEADERS:  # a webhook may want a header: Apprise writes it with a plus
        unknown = {name for name in unknown if not name.startswith("+")}
    if unknown:
        raise AddressError(
            f"instabot does not take this option of an address: {', '.join(sorted(unknown))}."
        )


def check_host(host: str) -> None:
    """Raise AddressError for a host of our own network, or one that nobody knows."""
    if host.lower() in settings.ALERT_HOSTS:
        return
    try:
        is_name = HOST.fullmatch(host)
        found = (
            socket.getaddrinfo(host.strip("[]"), None, type=socket.SOCK_STREAM) if is_name else []
        )
    except (OSError, UnicodeError):  # UnicodeError: a part of it is too long
        found = []
    if not found:
        raise AddressError(f"The host {host} is not known: see how it is spelt.")
    for *_, place in found:
        address = ipaddress.ip_address(str(place[0]).partition("%")[0])
        if not address.is_global or address.is_multicast:
            raise AddressError(
                f"{host} is in a private network, where instabot sends nothing. Whoever runs"
                f" instabot can allow it: ALERT_HOSTS={host}."
            )


def _asset() -> apprise.AppriseAsset:
    """Return how Apprise is to behave: one call, no redirect, no file of its own."""
    return apprise.AppriseAsset(
        app_id="instabot",
        app_desc="instabot",
        app_url=settings.PUBLIC_URL,
        async_mode=False,
        storage_mode="memory",
        allow_templates=False,
        http_redirects=False,
        service_timeout=SECONDS,
        pgp_autogen=False,
        pem_autogen=False,
    )
