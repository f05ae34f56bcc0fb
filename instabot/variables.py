"""Reads the variables of the environment. One that makes no sense stops the start with its name.

No message repeats a value: it may be a secret that landed on the wrong line.
"""

import io
import ipaddress
import re
import secrets
import ssl
import warnings
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit

import environ
from django.core.exceptions import ImproperlyConfigured

Value = TypeVar("Value")
Kind = Callable[[str], Value]

MUST_BE_SET: Any = object()


def clean(value: str) -> str:
    """Take away what is around a value: spaces, line breaks, and quotes that Docker leaves."""
    value = value.strip()
    if len(value) > 1 and value[0] == value[-1] and value[0] in "'\"":
        inner = value[1:-1]
        return value if value[0] in inner else inner.strip()
    return value


class Variables:
    """The variables of an environment; an empty one is not set."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        cleaned = {name: clean(value) for name, value in environment.items()}
        self.values = {name: value for name, value in cleaned.items() if value}

    def read(
        self,
        name: str,
        kind: Kind[Value],
        expected: str,
        default: Any = MUST_BE_SET,
        *,
        also: tuple[str, ...] = (),
    ) -> Any:
        """Return one variable, as its kind reads it; also: other names for it, which come later.

        Raises ImproperlyConfigured with its name and what was expected.
        """
        name = next((one for one in (name, *also) if one in self.values), name)
        if name not in self.values:
            if default is MUST_BE_SET:
                raise ImproperlyConfigured(f"{name} is missing. Expected: {expected}.")
            return default
        try:
            return kind(self.values[name])
        except Exception:  # noqa: BLE001 - libraries refuse an address in many ways
            raise ImproperlyConfigured(f"{name} is not valid. Expected: {expected}.") from None


def of_build() -> Variables:
    """Return what lets the settings load where nothing is set, read or connected to."""
    needed = ("SECRET_KEY", "ALLOWED_HOSTS", "CSRF_TRUSTED_ORIGINS", "DATABASE_URL")
    values = (secrets.token_hex(), "localhost", "https://localhost", "postgres://nowhere/none")
    return Variables(dict(zip(needed, values, strict=True)))


SPACES = re.compile(r"^[ \t]*((?:export[ \t]+)?\w+)[ \t]*=[ \t]*", re.MULTILINE)


def in_file(file: Path) -> dict[str, str]:
    """Return what a file like .env sets; nothing if there is no such file."""

    class File(environ.Env):  # type: ignore[misc] # it has no types
        ENVIRON: dict[str, str] = {}

    try:
        lines = file.read_text("utf-8-sig")  # Windows begins a file with a mark
    except OSError:
        return {}
    # Its reader leaves out a line with spaces around the = without a word.
    File.read_env(io.StringIO(SPACES.sub(r"\1=", lines)))
    return File.ENVIRON


def _insist(so: object) -> None:
    if not so:
        raise ValueError


def listed(kind: Kind[Value]) -> Kind[list[Value]]:
    """Return a kind: values of this kind, separated by commas; at least one."""

    def read(value: str) -> list[Value]:
        found = [kind(item) for part in value.split(",") if (item := clean(part))]
        _insist(found)
        return found

    return read


ON = {"on", "true", "yes", "1"}
OFF = {"off", "false", "no", "0"}


def switch(value: str) -> bool:
    """Read on or off, and the words that others use for them."""
    _insist(value.lower() in ON | OFF)
    return value.lower() in ON


def text(value: str) -> str:
    """Read one line of text."""
    _insist(value.isprintable())
    return value


def pattern(expression: str) -> Kind[str]:
    """Return a kind: what this expression matches as a whole."""

    def read(value: str) -> str:
        _insist(re.fullmatch(expression, value))
        return value

    return read


token = pattern("[!-~]+")  # no space, no line break, nothing but ASCII
dotted_path = pattern(r"[^\W\d]\w*(\.[^\W\d]\w*)+")


def number(least: int, most: int) -> Kind[int]:
    """Return a kind: a whole number in this range."""

    def read(value: str) -> int:
        _insist(re.fullmatch("[0-9]{1,9}", value) and least <= int(value) <= most)
        return int(value)

    return read


port = number(1, 65535)
processes = number(1, 1000)

LABEL = "[a-z0-9]([a-z0-9-]*[a-z0-9])?"
HOST = re.compile(rf"{LABEL}(\.{LABEL})*", re.IGNORECASE)
PLACE = re.compile(r"[a-z0-9_.-]+", re.ASCII | re.IGNORECASE)  # Docker's names have underscores


def host(value: str) -> str:
    """Read the name of a host or its IP address, as a browser sends it but without the port."""
    if value[0] == "[" and value[-1] == "]":
        ipaddress.IPv6Address(value[1:-1])
    else:
        _insist(HOST.fullmatch(value))
    return value.lower()


def allowed_host(value: str) -> str:
    """Read a host; a dot before it stands for all names under it, * for every host."""
    return value if value == "*" else value[: value[0] == "."] + host(value.removeprefix("."))


def _check_place(address: str) -> None:
    """Raise ValueError unless an address names a host, and no port or one that there is."""
    found = urlsplit(address)
    place = found.netloc.rpartition("@")[2]
    if found.port is not None:
        place = place.removesuffix(f":{found.port}")
    if place.startswith("["):
        host(place)
    else:
        _insist(PLACE.fullmatch(place))


def address(value: str) -> str:
    """Read http(s)://host, with a port and a path if they are there; no slash at its end."""
    value = token(value).rstrip("/")
    _check_place(value)
    _insist(urlsplit(value).scheme in ("http", "https"))
    _insist("?" not in value and "#" not in value)
    return value


def origin(value: str) -> str:
    """Read the address of a site as a browser says it: no path; *. stands for all names."""
    found = urlsplit(address(value.replace("://*.", "://", 1)))
    _insist(not found.path and "@" not in found.netloc)
    # A browser leaves out the scheme's own port.
    own_port = ":443" if found.scheme == "https" else ":80"
    return value.rstrip("/").lower().removesuffix(own_port)


def graph_url(value: str) -> str:
    """Read where the Graph API is; its version is a variable of its own."""
    value = address(value)
    _insist("@" not in value and not re.search(r"/v[0-9.]+$", value))
    return value


def proxy(value: str) -> str:
    """Read the address of a proxy, with a name and a password if it wants them."""
    value = address(value if "://" in value else f"http://{value}")
    _insist(not urlsplit(value).path)
    return value


def without_proxy(value: str) -> str:
    """Read names, addresses and networks; return them as requests takes them."""
    parts = re.split(r"[\s,]+", value)
    _insist(all(re.fullmatch(r"[\w.:/\[\]*-]*", part) for part in parts))
    return ",".join(part.removeprefix("*.") for part in parts if part)


def certificates(value: str) -> str:
    """Read the path of certificates: a PEM file, or a folder of them as OpenSSL wants it."""
    if not Path(value).is_dir():
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(value)
    return value


SSL_MODES = {"disable", "allow", "prefer", "require", "verify-ca", "verify-full"}


def database(value: str) -> dict[str, Any]:
    """Read the address of a PostgreSQL or of an SQLite file, as Django's settings for it."""
    with warnings.catch_warnings(action="ignore"):  # they would quote a password
        found: dict[str, Any] = environ.Env.db_url_config(value)
    if found["ENGINE"] == "django.db.backends.sqlite3":
        # In memory each process would have a database of its own.
        _insist(found["NAME"] != ":memory:" and value.startswith("sqlite:///"))
        return found
    from psycopg2.extensions import make_dsn  # noqa: PLC0415 - only where there is a PostgreSQL

    options = found.get("OPTIONS", {})
    make_dsn(**options)  # raises for what PostgreSQL does not know
    _insist(found["ENGINE"] == "django.db.backends.postgresql" and found["NAME"])
    _insist(found["HOST"] or options.get("host") or options.get("service"))
    _insist(options.get("sslmode", "prefer") in SSL_MODES)
    return found


# Python's words for what redis-py calls none, optional and required: many a guide has them.
CERTIFICATE_WORD = re.compile(r"(?<=[?&]ssl_cert_reqs=)(?:CERT_)?(\w+)", re.IGNORECASE)


def redis_url(value: str) -> str:
    """Read the address of a Redis, as redis-py takes it."""
    from redis import ConnectionPool  # noqa: PLC0415 - only where there is a Redis

    value = CERTIFICATE_WORD.sub(lambda found: found[1].lower(), value)
    ConnectionPool.from_url(value).make_connection()  # not connected, but its options are checked
    found = urlsplit(value)
    if found.scheme != "unix":
        _check_place(value)
        _insist(re.fullmatch("/?[0-9]{0,4}", found.path) and not found.fragment)
    return value
