"""Our own address, asked as Meta asks it: reached, by TLS, and without a redirect."""

import secrets
import socket
import ssl
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from urllib.parse import urlencode, urlsplit

import requests
from django.conf import settings
from django.utils import timezone
from urllib3.exceptions import HTTPError

from backoffice import ages
from conversations import address as ours
from instabot.doctor.findings import Finding, ok, warning, wrong
from people.models import Session
from webhooks.knocks import DOCTOR

WEBHOOK_PATH, our_address = ours.WEBHOOK_PATH, ours.public_address
TIMEOUT = (4.0, 4.0)  # seconds to connect, and to wait for the next bytes
MOST_READ = 2000  # bytes of an answer
RENEW_BEFORE = timedelta(days=14)
REDIRECTS = range(300, 400)
OK, FORBIDDEN, BROKEN = 200, 403, 500
PLAIN_PORT = 80
TRUSTED: str | None = None  # certificates; None: those that everybody trusts, and Meta too

BY_HTTPS_ALONE = "The login page opens only by https."
FROM_OUTSIDE = (
    "Open {address}/health on a phone that is not in this network: it must say ok. If it does, all"
    " is well."
)
DOWN = (
    "See that the web process runs and that the proxy reaches it, then the line Database. Its log"
    " says more."
)


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    text: str
    goes_to: str  # of a redirect, without its query


class UnknownError(Exception):
    """There is no such name."""


class UnreachableError(Exception):
    """Nobody answers there, as seen from here."""


class UntrustedError(Exception):
    """The certificate is not accepted; the text says why."""


def check_address() -> Iterator[Finding]:
    """Ask what Meta asks to verify the webhook, with a challenge that nobody can know."""
    home = our_address()
    if not home:
        yield _no_address()
        return
    challenge = secrets.token_urlsafe(16)
    asked = {
        "hub.mode": "subscribe",
        "hub.challenge": challenge,
        "hub.verify_token": settings.FACEBOOK_VERIFY_TOKEN,
    }
    try:
        answer = _get(f"{home}{WEBHOOK_PATH}?{urlencode(asked)}")
    except UnknownError:
        host = urlsplit(home).hostname
        advice = f"Let the DNS name {host} point to this server, or correct PUBLIC_URL."
        yield wrong(f"The DNS does not know {host}: Meta cannot reach us.", advice)
    except UnreachableError:
        says = f"instabot does not reach {home} from where it runs. Some networks do not allow that"
        yield warning(f"{says}.", FROM_OUTSIDE.format(address=home))
    except UntrustedError:
        yield wrong(f"{home} has no certificate that Meta accepts.", "See the line Certificate.")
    else:
        yield _judge(home, answer, challenge)


def _judge(home: str, answer: Answer, challenge: str) -> Finding:
    here = f"{home}{WEBHOOK_PATH}"
    if answer.status == OK and answer.text == challenge:
        return ok(f"{here} answers as Meta wants it.")
    if answer.status in REDIRECTS:
        return wrong(
            f"{here} redirects to {answer.goes_to}. Meta follows no redirect.",
            "Enter the address that it leads to in Meta's dashboard and as PUBLIC_URL, or"
            " take the redirect away.",
        )
    if answer.status == FORBIDDEN and "verify token is wrong" in answer.text:
        if not settings.FACEBOOK_VERIFY_TOKEN:
            return ok(f"{here} is reached. The verify token is a line of its own.")
        return wrong(
            f"{here} is answered by an instabot with another verify token.",
            "Restart the web process, so that it has the settings of today; check that the address"
            " leads to this instabot and to no other.",
        )
    if answer.status >= BROKEN:
        return wrong(f"{here} answered with {answer.status}: nothing works behind it.", DOWN)
    return wrong(
        f"{here} answered with {answer.status}, and not as instabot does.",
        "Let the proxy or host pass this path on to instabot's web process as it is.",
    )


def _no_address() -> Finding:
    if settings.SANDBOX:
        return ok("The sandbox is on this machine: it needs no public address.")
    return wrong(
        "No public https address is known: Meta cannot reach us.",
        "Set PUBLIC_URL to it, like https://bot.example.com, and CSRF_TRUSTED_ORIGINS, too.",
    )


def check_certificate() -> Iterator[Finding]:
    home = our_address()
    if not home:
        return
    now = timezone.now()
    try:
        ends_at = _certificate_ends(home)
    except UntrustedError as error:
        yield wrong(
            f"The certificate is not accepted: {error}.",
            "Get one from a public authority (Let's Encrypt) for this very name, with its chain.",
        )
    except (UnknownError, UnreachableError):
        return  # which the line above says
    else:
        left = ends_at - now
        says = f"The certificate is valid for {ages.span(left)} more."
        if left < RENEW_BEFORE:
            yield warning(says, "Renew it. If it renews itself, find out why it has not yet.")
        else:
            yield ok(says)


def check_redirect() -> Iterator[Finding]:
    """What staff meet: the login by https at once, and plain http leads there."""
    home = our_address()
    if not home:
        return
    try:
        page = _get(f"{home}/admin/login/")
    except (UnknownError, UnreachableError, UntrustedError):
        return  # which the lines above say
    if page.status in REDIRECTS or "X-Forwarded-Proto" in page.text:
        yield wrong(
            "The login page cannot be opened: the proxy does not say that the request came by"
            " https.",
            "Let it send X-Forwarded-Proto: https (docs/configuration.md, “Behind a proxy”).",
        )
    elif page.status >= BROKEN:
        yield wrong(f"The login page answers with {page.status}: nothing works behind it.", DOWN)
    elif page.status != OK:
        yield wrong(
            f"The login page answers with {page.status}.",
            f"Put {urlsplit(home).hostname} into ALLOWED_HOSTS, and look into the log.",
        )
    elif not page.text:
        yield wrong("The login page is empty, or breaks off on its way.", DOWN)
    else:
        yield _judge_plain(home)


def check_proxies() -> Iterator[Finding]:
    """Whether the last log-in came by a proxy that is not in TRUSTED_PROXIES."""
    last = Session.objects.filter(began_at__isnull=False).order_by("-began_at").first()
    if last is None:
        return
    if last.by_unknown_proxy and not settings.TRUSTED_PROXIES:
        yield warning(
            "A proxy stands before instabot and says for whom it asks (X-Forwarded-For), but"
            " TRUSTED_PROXIES is not set: everybody seems to come from the proxy.",
            "Set TRUSTED_PROXIES, mostly to 1, and see your own address under My sessions"
            " (docs/configuration.md, “Behind a proxy”).",
        )
    else:
        yield ok("The last log-in came from an address of its own.")


def _judge_plain(home: str) -> Finding:
    """By plain http nothing but a redirect should come, or nobody answers."""
    try:
        plain = _get(f"http://{urlsplit(home).hostname}:{PLAIN_PORT}/admin/login/")
    except (UnknownError, UnreachableError, UntrustedError):
        return ok(BY_HTTPS_ALONE)
    if plain.status == OK:
        return warning(
            "The login page opens without TLS, too: passwords can be read on their way.",
            "Let the proxy redirect http to https.",
        )
    if plain.status in REDIRECTS:
        return ok("The login page opens by https, and http leads there.")
    return ok(BY_HTTPS_ALONE)


def _get(address: str) -> Answer:
    """Ask, and follow nothing. Raises UnknownError, UnreachableError and UntrustedError."""
    _look_up(address)
    with requests.Session() as session:
        session.trust_env = False
        try:
            with session.get(
                address,
                headers={"User-Agent": DOCTOR},
                timeout=TIMEOUT,
                allow_redirects=False,
                stream=True,
                verify=TRUSTED or True,
            ) as response:
                return _read(response)
        except requests.exceptions.SSLError as error:
            raise UntrustedError from error
        except OSError as error:  # those of requests are, too
            raise UnreachableError from error


def _read(response: requests.Response) -> Answer:
    """Read the beginning of an answer; of one that breaks off, or cannot be unpacked, no text."""
    try:
        text = response.raw.read(MOST_READ, decode_content=True).decode("utf-8", "replace")
    except HTTPError:  # of urllib3
        text = ""
    to = urlsplit(response.headers.get("Location", ""))
    return Answer(response.status_code, text, to._replace(query="", fragment="").geturl())


def _look_up(address: str) -> None:
    try:
        socket.getaddrinfo(urlsplit(address).hostname, None)
    except socket.gaierror as error:
        is_known_to_be_none = error.errno != socket.EAI_AGAIN  # else no DNS server answered
        raise (UnknownError if is_known_to_be_none else UnreachableError) from error
    except OSError as error:
        raise UnreachableError from error


def _certificate_ends(home: str) -> datetime:
    """Return until when the certificate is valid; raises what _get raises."""
    _look_up(home)
    parts = urlsplit(home)
    context = ssl.create_default_context(cafile=TRUSTED)
    try:
        with (
            socket.create_connection((parts.hostname, parts.port or 443), TIMEOUT[0]) as plain,
            context.wrap_socket(plain, server_hostname=parts.hostname) as secured,
        ):
            certificate = secured.getpeercert() or {}
    except ssl.SSLCertVerificationError as error:
        raise UntrustedError(error.verify_message.rstrip(".")) from error
    except ssl.SSLError as error:
        raise UntrustedError("there is no TLS at this port") from error
    except OSError as error:
        raise UnreachableError from error
    return datetime.fromtimestamp(ssl.cert_time_to_seconds(str(certificate["notAfter"])), UTC)
