"""Reads the variables of the environment. One that makes no sense stops the start with its name.

No message repeats a value: it may be a secret that landed on the wrong line. Whoever starts a
process says the sentence of SettingError alone: code that was on its way there helps nobody.
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
from urllib.parse import parse_qsl, urlsplit

import environ
from django.core.exceptions import ImproperlyConfigured

Value = TypeVar("Value")
Kind = Callable[[str], Value]

MUST_BE_SET: Any = object()


class SettingError(ImproperlyConfigured):
    """A setting is missing or not valid; the text says which, why, and what to write."""


class _RefusedError(ValueError):
    """What is wrong with a value, in words of our own that do not repeat it."""


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

        Raises SettingError with its name and what was expected.
        """
        name = next((one for one in (name, *also) if one in self.values), name)
        if name not in self.values:
            if default is MUST_BE_SET:
                raise SettingError(f"{name} is missing. Expected: {expected}.")
            return default
        try:
            return kind(self.values[name])
        except _RefusedError as error:
            why = str(error) or "is not valid"
            raise SettingError(f"{name} {why}. Expected: {expected}.") from None
        except Exception:  # noqa: BLE001 - libraries refuse an address in many ways
            raise SettingError(f"{name} is not valid. Expected: {expected}.") from None


def of_build() -> Variables:
    """Return what lets the settings load where nothing is set, read or connected to."""
    needed = ("SECRET_KEY", "ALLOWED_HOSTS", "CSRF_TRUSTED_ORIGINS", "DATABASE_URL")
    values = (secrets.token_hex(), "localhost", "https://localhost", "postgres://nowhere/none")
    return Variables(dict(zip(needed, values, strict=True)))


def _read_lines(file: Path) -> str:
    """Read a text as Windows may save it too: with a mark, and PowerShell in UTF-16."""
    wide = file.read_bytes().startswith((b"\xff\xfe", b"\xfe\xff"))
    try:
        lines = file.read_text("utf-16" if wide else "utf-8-sig")
        _insist("\0" not in lines)  # UTF-16 without a mark
    except ValueError:
        raise SettingError(f"{file.name} is not in UTF-8. Save it as UTF-8.") from None
    return lines


SPACES = re.compile(r"^[ \t]*((?:export[ \t]+)?\w+)[ \t]*=[ \t]*", re.MULTILINE)


def in_file(file: Path) -> dict[str, str]:
    """Return what a file like .env sets; nothing if there is no such file."""

    class File(environ.Env):  # type: ignore[misc] # it has no types
        ENVIRON: dict[str, str] = {}

    try:
        lines = _read_lines(file)
    except OSError:
        return {}
    # Its reader leaves out a line with spaces around the = without a word.
    File.read_env(io.StringIO(SPACES.sub(r"\1=", lines)))
    return File.ENVIRON


def _insist(so: object, otherwise: str = "") -> None:
    """Refuse a value unless it is so; otherwise: what is wrong then, as "is too short"."""
    if not so:
        raise _RefusedError(otherwise)


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


LEAST_SECRET = 32  # characters: what is shorter can be guessed


def long_text(value: str) -> str:
    """Read one line of text that is long enough to make a key from."""
    _insist(len(value) >= LEAST_SECRET, "is too short to be safe")
    return text(value)


def long_token(value: str) -> str:
    """Read what goes into a header and is long enough not to be guessed."""
    return token(long_text(value))


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
connections = number(2, 1000)


def proxies(value: str) -> int | list[ipaddress.IPv4Network | ipaddress.IPv6Network]:
    """Read how many proxies there are, or in which networks they stand."""
    if value.isdigit():
        return number(0, 10)(value)
    return listed(network)(value)


def network(value: str) -> ipaddress.IPv4Network | ipaddress.IPv6Network:
    """Read a network or one address; not that of everybody."""
    found = ipaddress.ip_network(value, strict=False)
    _insist(found.prefixlen > 0)
    return found


def share(value: str) -> float:
    """Read a number from 0 to 1."""
    _insist(re.fullmatch(r"[01]|[01]?\.[0-9]{1,6}", value) and float(value) <= 1)
    return float(value)


LABEL = "[a-z0-9]([a-z0-9-]*[a-z0-9])?"
HOST = re.compile(rf"{LABEL}(\.{LABEL})*", re.IGNORECASE)
NAME = "[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?"  # Docker's have underscores
PLACE = re.compile(rf"{NAME}(\.{NAME})*\.?", re.ASCII | re.IGNORECASE)
FOUR_NUMBERS = re.compile(r"[0-9]+(\.[0-9]+){3}")


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
        _insist(found.port > 0)
        place = re.sub(":[0-9]+$", "", place)
    if place.startswith("["):
        host(place)
    else:
        _check_name(place)


def _check_name(place: str) -> None:
    """Raise ValueError unless this may be the name of a host, or its IPv4 address."""
    _insist(PLACE.fullmatch(place))
    if FOUR_NUMBERS.fullmatch(place):
        ipaddress.IPv4Address(place)


def address(value: str) -> str:
    """Read http(s)://host, with a port and a path if they are there; no slash at its end.

    The scheme and the host come back in lower case.
    """
    value = token(value).rstrip("/")
    _check_place(value)
    _insist("?" not in value and "#" not in value)
    found = urlsplit(value)
    _insist(found.scheme in ("http", "https"))
    login, at, place = found.netloc.rpartition("@")
    return found._replace(netloc=f"{login}{at}{place.lower()}").geturl()


def called_address(value: str) -> str:
    """Read an http(s) address that is called as it is, with a question mark if it has one."""
    found = urlsplit(token(value))
    address(found._replace(query="").geturl())
    _insist(not found.fragment)
    return value


def mail_server(value: str) -> str:
    """Read Apprise's address of a mail server; to whom a mail goes is said for each."""
    found = urlsplit(token(value))
    _insist(found.scheme in ("mailto", "mailtos") and not found.path.strip("/"))
    _insist(found.hostname and not found.fragment)
    options = [name for name, _ in parse_qsl(found.query, keep_blank_values=True)]
    _insist(set(options) <= {"smtp", "from", "name", "user", "mode"})
    _check_place(value)
    return value


def origin(value: str) -> str:
    """Read the address of a site as a browser says it: no path; *. stands for all names."""
    found = urlsplit(address(value.replace("://*.", "://", 1)))
    _insist(not found.path and "@" not in found.netloc and found.hostname)
    if not found.netloc.startswith("["):
        host(str(found.hostname))
    # A browser leaves out the scheme's own port.
    own_port = ":443" if found.scheme == "https" else ":80"
    return value.rstrip("/").lower().removesuffix(own_port)


def one_origin(value: str) -> str:
    """Read the address of one site."""
    _insist("*" not in value)
    return origin(value)


def sentry_dsn(value: str) -> str:
    """Read the address of a Sentry project: a key, a host, and the project's number."""
    value = token(value)
    found = urlsplit(value)
    _check_place(value)
    _insist(found.scheme in ("http", "https") and found.username and not found.password)
    _insist(re.search("/[0-9]+$", found.path) and not found.query and not found.fragment)
    return value


PATH = re.compile(r"(/[\w~-][\w.~-]*)*", re.ASCII)
IN_A_CALL = re.compile("v[0-9.]+|me", re.IGNORECASE)  # what each call puts after the address


def graph_url(value: str) -> str:
    """Read where the Graph API is; its version is a variable of its own."""
    value = address(value)
    path = urlsplit(value).path
    _insist("@" not in value and PATH.fullmatch(path))
    _insist(not any(IN_A_CALL.fullmatch(part) for part in path.split("/")))
    return value


NO_HOSTS = ON | OFF | {"none", "null", "direct"}


def proxy(value: str) -> str:
    """Read the address of a proxy, with a name and a password if it wants them."""
    # A word alone is hardly a host: off, none, direct.
    _insist(re.search("[.:@]", value))
    value = address(value if "://" in value else f"http://{value}")
    found = urlsplit(value)
    _insist(not found.path and found.hostname not in NO_HOSTS)
    return value


def without_proxy(value: str) -> str:
    """Read names, addresses and networks; return them as requests takes them."""
    parts = [part for part in re.split(r"[\s,]+", value) if part]
    for part in parts:
        if "/" in part:
            ipaddress.ip_network(part, strict=False)
        else:
            _insist(re.fullmatch(r"[\w.:\[\]*-]+", part))
    return ",".join(part.removeprefix("*.") for part in parts)


def certificates(value: str) -> str:
    """Read the path of certificates: a PEM file, or a folder of them as OpenSSL wants it."""
    _insist(Path(value).exists(), "names a file that is not there")
    if not Path(value).is_dir():
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(value)
    return value


SSL_MODES = {"disable", "allow", "prefer", "require", "verify-ca", "verify-full"}


def file_to_write(value: str) -> str:
    """Read the path of a file in a folder that is there; the file need not be."""
    path = Path(value)
    _insist(path.is_absolute(), "does not begin with /")
    _insist(path.parent.is_dir(), "names a file in a folder that is not there")
    _insist(not path.is_dir(), "names a folder")
    return value


def database(value: str) -> dict[str, Any]:
    """Read the address of a PostgreSQL or of an SQLite file, as Django's settings for it."""
    with warnings.catch_warnings(action="ignore"):  # they would quote a password
        found: dict[str, Any] = environ.Env.db_url_config(value)
    if found["ENGINE"] == "django.db.backends.sqlite3":
        in_memory = "names a database in memory, of which each process would have its own"
        _insist(found["NAME"] != ":memory:", in_memory)
        _insist(value.startswith("sqlite:///"))
        file = Path(found["NAME"])
        _insist(file.parent.is_dir(), "names a file in a folder that is not there")
        _insist(file.is_file() or not file.exists(), "does not name a file")
        return found
    from psycopg2.extensions import make_dsn  # noqa: PLC0415 - only where there is a PostgreSQL

    options = found.get("OPTIONS", {})
    make_dsn(**options)  # raises for what PostgreSQL does not know
    _insist(found["ENGINE"] == "django.db.backends.postgresql" and found["NAME"])
    _insist(found["HOST"] or options.get("host") or options.get("service"))
    _insist(options.get("sslmode", "prefer") in SSL_MODES)
    address = urlsplit(value)
    _insist(address.path.count("/") <= 1 and not re.search(":0+$", address.netloc))
    _check_servers(str(found["HOST"]), str(found["PORT"]))
    _check_servers(str(options.get("host", "")), str(options.get("port", "")))
    _check_options(options)
    return found


def _check_servers(hosts: str, ports: str) -> None:
    """Raise ValueError unless these are hosts and ports as PostgreSQL takes them: with commas."""
    for place in filter(None, hosts.split(",")):
        if ":" in place:
            ipaddress.IPv6Address(place)
        elif not place.startswith(("/", "@")):  # a folder of sockets
            _check_name(place)
    for one in filter(None, ports.split(",")):
        port(one)


# Of PostgreSQL's options, those that it looks at only when it connects.
NUMBERS = {
    "connect_timeout", "keepalives", "keepalives_idle", "keepalives_interval", "keepalives_count",
    "tcp_user_timeout",
}  # fmt: skip
FILES = {"sslrootcert", "sslcert", "sslkey", "sslcrl"}


def _check_options(options: dict[str, Any]) -> None:
    for name, value in options.items():
        if name in NUMBERS:
            number(0, 999_999_999)(str(value))
        elif name in FILES and (name, value) != ("sslrootcert", "system"):
            _insist(Path(value).is_file())


# Python's words for what redis-py calls none, optional and required: many a guide has them.
CERTIFICATE_WORD = re.compile(r"(?<=[?&]ssl_cert_reqs=)(?:CERT_)?(\w+)", re.IGNORECASE)


REDIS_FILES = {"ssl_ca_certs", "ssl_certfile", "ssl_keyfile"}


def redis_url(value: str) -> str:
    """Read the address of a Redis, as redis-py takes it."""
    from redis import ConnectionPool  # noqa: PLC0415 - only where there is a Redis

    value = CERTIFICATE_WORD.sub(lambda found: found[1].lower(), value)
    pool = ConnectionPool.from_url(value)
    pool.make_connection()  # not connected, but its options are checked
    for name, option in pool.connection_kwargs.items():
        _insist(not isinstance(option, int | float) or option >= 0)
        _insist(name not in REDIS_FILES or Path(option).is_file())
    found = urlsplit(value)
    if found.scheme == "unix":
        _insist(not found.hostname and len(found.path) > 1)
    else:
        _check_place(value)
        _insist(re.fullmatch("/?[0-9]{0,4}", found.path) and not found.fragment)
    return value
