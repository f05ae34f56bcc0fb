"""Settings, .env.example and docs/configuration.md name the same variables; nonsense is refused."""

import ast
import os
import re
import runpy
import subprocess
import sys
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import certifi
import pytest
from django.core.exceptions import ImproperlyConfigured

from instabot import logs, sentry, variables
from tests.environment import VARIABLES

pytestmark = pytest.mark.no_database

ROOT = Path(__file__).resolve().parents[2]
POSTGRESQL = "django.db.backends.postgresql"
ANYWHERE = {"HOST": "db", "NAME": "shop", "USER": "anna", "PORT": ""}
WAITS = {
    "connect_timeout": 5, "keepalives_idle": 15, "keepalives_interval": 5, "keepalives_count": 3,
    "tcp_user_timeout": 20_000,
}  # fmt: skip
SECRET = "Pa55w0rd"  # in whatever value: no message may have it

# What each variable may say, and what the setting is then.
UNDERSTOOD: dict[str, list[tuple[str, Any]]] = {
    "SECRET_KEY": [("$ecret", "$ecret"), ("  long and random\n", "long and random"), ('"q"', "q")],
    "DEBUG": [("on", True), ("TRUE", True), (" yes\n", True), ("1", True), ("'off'", False)],
    "ALLOWED_HOSTS": [
        ("a.example", ["a.example"]),
        (" a.example , b.example,\n", ["a.example", "b.example"]),
        ('"a.example, b.example"', ["a.example", "b.example"]),
        ('"a.example","b.example"', ["a.example", "b.example"]),
        (
            "A.Example,.b.example,10.0.0.5,[::1],*",
            ["a.example", ".b.example", "10.0.0.5", "[::1]", "*"],
        ),
    ],
    "CSRF_TRUSTED_ORIGINS": [
        (
            "https://a.example, http://b.example:8000",
            ["https://a.example", "http://b.example:8000"],
        ),
        ("https://A.example/", ["https://a.example"]),
        ("https://a.example:443", ["https://a.example"]),
        ("https://*.example.com", ["https://*.example.com"]),
    ],
    "PLAIN_HTTP_HOSTS": [("web, bot-1", ["web", "bot-1"])],
    "TRUSTED_PROXIES": [
        (" 1\n", 1),
        ("0", 0),
        ("10.0.0.5/8, ::1", [ip_network("10.0.0.0/8"), ip_network("::1/128")]),
    ],
    "PORT": [("8080", 8080), (" 9000\n", 9000), ("'80'", 80), ("65535", 65535)],
    "SECRET_KEY_FALLBACKS": [(" $old , older\n", ["$old", "older"])],
    "TOKEN_KEYS": [(f"{'n' * 32}, '{'o' * 40}'", ["n" * 32, "o" * 40])],
    "DATABASE_URL": [
        ("postgres://anna:Pa55w0rd@db/shop", ANYWHERE | {"PASSWORD": "Pa55w0rd"}),
        (" 'postgresql://anna:$x@db:6432/shop'\n", ANYWHERE | {"PASSWORD": "$x", "PORT": 6432}),
        ("postgres://anna:p%40ss%2Fw@db/shop", ANYWHERE | {"PASSWORD": "p@ss/w"}),
        ("postgres://anna@db/shop?sslmode=require", {"OPTIONS": WAITS | {"sslmode": "require"}}),
        (
            "postgres://anna@/shop?host=/run/pg",
            {"HOST": "", "OPTIONS": WAITS | {"host": "/run/pg"}},
        ),
        ("postgres://anna@db/shop?connect_timeout=9", {"OPTIONS": WAITS | {"connect_timeout": 9}}),
        ("postgres://anna@db/shop?keepalives=0", {"OPTIONS": WAITS | {"keepalives": 0}}),
        ("postgres://anna@[::1]:5432/shop", {"HOST": "::1", "PORT": 5432}),
        ("postgres://anna@my_db./shop", {"HOST": "my_db."}),
        ("postgres://anna@a:5432,b:5433/shop", {"HOST": "a,b", "PORT": "5432,5433"}),
        (
            f"postgres://anna@db/shop?sslrootcert={certifi.where()}",
            {"OPTIONS": WAITS | {"sslrootcert": certifi.where()}},
        ),
        ("postgres://anna@db/my%2Fshop", {"NAME": "my/shop"}),
        ("sqlite:////tmp/My bot.db", {"NAME": "/tmp/My bot.db"}),
        ("sqlite:///bot.db", {"NAME": "bot.db"}),
    ],
    "ERASURES_FILE": [(" '/tmp/erased.jsonl'\n", "/tmp/erased.jsonl")],
    "PREPARED_STATEMENTS": [("off", False), ("No", False), ("on", True)],
    "WORKER_CONNECTIONS": [(" 4\n", 4), ("'20'", 20)],
    "REDIS_URL": [
        ("redis://host:6379/0", "redis://host:6379/0"),
        ('"redis://:$x@my_redis"', "redis://:$x@my_redis"),
        ("rediss://:x@host:1/0?ssl_cert_reqs=none", "rediss://:x@host:1/0?ssl_cert_reqs=none"),
        ("rediss://host?ssl_cert_reqs=CERT_NONE", "rediss://host?ssl_cert_reqs=none"),
        (
            "rediss://host?db=1&ssl_cert_reqs=CERT_REQUIRED",
            "rediss://host?db=1&ssl_cert_reqs=required",
        ),
        ("redis://host?db=5&socket_timeout=0.5", "redis://host?db=5&socket_timeout=0.5"),
        ("unix:///run/redis.sock", "unix:///run/redis.sock"),
        ("unix://:x@/run/redis.sock?db=1", "unix://:x@/run/redis.sock?db=1"),
    ],
    "FACEBOOK_VERIFY_TOKEN": [("$my words ", "$my words")],
    "FACEBOOK_APP_SECRET": [(" $new , old\n", ["$new", "old"]), ("'one'", ["one"])],
    "INSTAGRAM_APP_SECRET": [(" $new , old\n", ["$new", "old"]), ("'one'", ["one"])],
    "INSTAGRAM_PAGE_ACCESS_TOKEN": [(" IGAAx\n", "IGAAx"), ('"EAAx"', "EAAx"), ("$x", "$x")],
    "INSTAGRAM_ACCOUNT_ID": [("me", "me"), (' "17841400000000001" ', "17841400000000001")],
    "FACEBOOK_APP_ID": [(" 1234567890\n", "1234567890")],
    "INSTAGRAM_APP_ID": [("'1234567890'", "1234567890")],
    "INSTAGRAM_AUTHORIZE_URL": [("https://A.example/oauth/", "https://a.example/oauth")],
    "HEARTBEAT_URL": [
        (" https://hc-ping.com/5e2c-a\n", "https://hc-ping.com/5e2c-a"),
        ("'http://kuma:3001/api/push/x?status=up'", "http://kuma:3001/api/push/x?status=up"),
    ],
    "MAIL_URL": [
        (" mailtos://bot:pass%2F@example.com\n", "mailtos://bot:pass%2F@example.com"),
        ("mailto://mail.lan:25?from=bot@a.example&name=Shop",) * 2,
    ],
    "ALERT_HOSTS": [("Mail.lan, 10.0.0.5", ["mail.lan", "10.0.0.5"])],
    "PUBLIC_URL": [
        ("https://Bot.Example.com/", "https://bot.example.com"),
        ("https://a.example:443", "https://a.example"),
        ("http://localhost:8000", "http://localhost:8000"),
    ],
    "GRAPH_API_URL": [
        ("https://graph.facebook.com/", "https://graph.facebook.com"),
        ("http://127.0.0.1:9000/sandbox/graph", "http://127.0.0.1:9000/sandbox/graph"),
        ("http://graph_stand_in:80", "http://graph_stand_in:80"),
        ("HTTPS://Graph.Facebook.com/Me2/", "https://graph.facebook.com/Me2"),
    ],
    "GRAPH_API_VERSION": [("v26.0", "v26.0"), (" 'v101.2'\n", "v101.2")],
    "METRICS_TOKEN": [(f" {'n' * 32}\n", "n" * 32)],
    "SENTRY_DSN": [
        ("https://abc123@o1.ingest.sentry.io/42", "https://abc123@o1.ingest.sentry.io/42"),
        (" http://key@sentry:9000/errors/7\n", "http://key@sentry:9000/errors/7"),
    ],
    "SENTRY_TRACES": [("0", 0.0), ("1", 1.0), (".25", 0.25), ("0.01", 0.01), ("1.0", 1.0)],
    "RESPONSE_ENGINES": [("a.B, rules.engine.RuleEngine", ["a.B", "rules.engine.RuleEngine"])],
    "SANDBOX": [("on", True), ("False", False)],
    "HUMAN_AGENT": [("true", True), ("0", False)],
    "HTTPS_PROXY": [
        ("http://proxy:3128/", "http://proxy:3128"),
        ("proxy.example.com:3128", "http://proxy.example.com:3128"),
        ("http://anna:Pa55w0rd@[::1]:3128", "http://anna:Pa55w0rd@[::1]:3128"),
        ("HTTP://anna:Pa55w0rd@Proxy:3128", "http://anna:Pa55w0rd@proxy:3128"),
        ("http://squid", "http://squid"),
    ],
    "NO_PROXY": [("localhost, 10.0.0.0/8 *.internal", "localhost,10.0.0.0/8,internal"), ("*", "*")],
    "REQUESTS_CA_BUNDLE": [(f" {certifi.where()}\n", certifi.where()), ("/tmp", "/tmp")],
}

SWITCH = ["maybe", "2", "onn", "on off", "None"]
NONSENSE: dict[str, list[str]] = {
    "SECRET_KEY": ["two\nlines", "tab\there"],
    "SECRET_KEY_FALLBACKS": ["two\nlines", ","],
    "TOKEN_KEYS": ["short", f"{'n' * 32},short", ",", "two\nlines, each long enough to be a key"],
    "ERASURES_FILE": ["erased.jsonl", "/tmp", "/nowhere/at/all/erased.jsonl"],
    "DEBUG": SWITCH,
    "ALLOWED_HOSTS": [
        "https://a.example", "a.example:8000", "a.example/", "a b", "*.example.com", "[a.example]",
        "a_b", "a..b", ",", "a.example;b.example", "bücher.example",
    ],
    "CSRF_TRUSTED_ORIGINS": [
        "a.example", "https://a.example/admin", "https://", "ftp://a.example", "https://a.example:x",
        "https://a b", "https//a.example", "*", "https://a.example?x", ",", "https://a..b",
        "https://-", "https://.a.example", "https://..", "https://a.example:0", "https://a_b",
        "https://*.a..b", "https://256.1.1.1",
    ],
    "PLAIN_HTTP_HOSTS": ["http://web", "web:8000", "*", ".web", "a b", ","],
    "TRUSTED_PROXIES": ["-1", "11", "1.5", "nginx", "10.0.0.0/33", "0.0.0.0/0", "::/0", "*", ","],
    "PORT": ["many", "-7", "0", "65536", "8000.0", "8_000", "\u0668\u0660", "80 90", "tcp://a:80"],
    "DATABASE_URL": [
        "nonsense://", "db", "postgres://", "postgres://db", "postgres://anna:Pa55w0rd@db",
        "postgres:///shop", "postgres://db:port/shop", "mysql://anna:Pa55w0rd@db/shop",
        "postgresql+psycopg2://anna:Pa55w0rd@db/shop", "//anna:Pa55w0rd@db/shop",
        "postgres://anna@db/shop?pgbouncer=true", "postgres://anna@db/shop?sslmode=always",
        "postgres://anna:Pa55w0rd/x@db/shop", "sqlite://", "sqlite:///:memory:", "sqlite://bot.db",
        "sqlite:///", "sqlite:////", "sqlite:////tmp", "sqlite:////tmp/", "sqlite:////no/such/x.db",
        f"sqlite:///{__file__}/bot.db", "sqlite:////dev/null",
        "postgres://anna@db/shop?connect_timeout=abc", "postgres://anna@db/shop?keepalives=x",
        "postgres://anna@db/shop?sslrootcert=/no/such", "postgres://anna@db/shop?sslcert=/tmp",
        "postgres://anna@a b/shop", "postgres://anna@..../shop", "postgres://anna@-/shop",
        "postgres://anna@db:0/shop", "postgres://anna@a,../shop", "postgres:///shop?host=..",
        "postgres://anna@db/shop/more", "postgres://anna@db/shop/",
        "DATABASE_URL=postgres://anna:Pa55w0rd@db/shop",
    ],
    "PREPARED_STATEMENTS": SWITCH,
    "WORKER_CONNECTIONS": ["1", "0", "-8", "many", "8.5", "1001"],
    "REDIS_URL": [
        "redis:6379", "redis", "host:6379", "http://host:6379", "redis://", "redis://host:x/0",
        "redis://host:99999", "redis://host/zero", "redis://:Pa55w0rd@", "redis://host:6379/0?x=1",
        "rediss://host?ssl_cert_reqs=sometimes", "redis://host?ssl_cert_reqs=none", "redis://a b",
        "rediss://host?ssl_ca_certs=/no/such", "rediss://host?ssl_certfile=/tmp", "unix://",
        "unix:///", "unix://run/redis.sock", "redis://..", "redis://-", "redis://host:0",
        "redis://host?db=-5", "redis://host?socket_timeout=-1", "redis://host?db=1.5",
    ],
    "FACEBOOK_VERIFY_TOKEN": ["two\nlines", "tab\there"],
    "FACEBOOK_APP_SECRET": ["a b", "a,b c", ",", "ключ"],
    "INSTAGRAM_APP_SECRET": ["a b", "a,b c", ",", "ключ"],
    "INSTAGRAM_PAGE_ACCESS_TOKEN": ["EAA Pa55w0rd", "EAA\nPa55w0rd", "EAAключ"],
    "INSTAGRAM_ACCOUNT_ID": ["a b", "@shop", "shop", "1784,1785", "-1", "\u0661\u0667"],
    "FACEBOOK_APP_ID": ["my app", "1234", "123a567", "\u0661\u0662\u0663\u0664\u0665"],
    "INSTAGRAM_APP_ID": ["my app", "1234", "-12345", "12345,67890"],
    "INSTAGRAM_AUTHORIZE_URL": ["instagram.com", "https://", "https://a.example/?x=1", "ftp://a"],
    "HEARTBEAT_URL": ["hc-ping.com/x", "https://", "ftp://a/b", "https://a.example/#x", "on"],
    "MAIL_URL": [
        "smtp://a.example", "mailto://", "bot@a.example", "mailtos://a.example?to=b@c.example",
        "mailtos://a.example/b@c.example", "mailtos://u:p@a.example?pass=x", "mailto://a b",
    ],
    "ALERT_HOSTS": ["http://mail.lan", "mail.lan:25", "a b", ",", "*"],
    "PUBLIC_URL": [
        "bot.example.com", "https://*.example.com", "https://a.example/admin", "https://", "*",
        "https://anna:Pa55w0rd@a.example", "https://a.example,https://b.example",
    ],
    "GRAPH_API_URL": [
        "banana", "graph.facebook.com", "https://", "https:/graph.facebook.com", "ftp://a.example",
        "https://a b", "https://graph.facebook.com:x", "https://graph.facebook.com/v26.0",
        "https://graph.facebook.com/?x=1", "https://anna:Pa55w0rd@graph.facebook.com",
        "https://graph.facebook.com/v26.0/me", "https://graph.facebook.com/V26.0",
        "https://graph.facebook.com/{version}", "https://graph.facebook.com/me", "https://..",
        "https://graph..facebook.com", "https://graph.facebook.com:0", "https://-",
        "https://graph.facebook.com/../x", "https://graph.facebook.com//x",
    ],
    "GRAPH_API_VERSION": [
        "v0.0", "v00.1",
        "banana", "26.0", "v26", "26", "v26.0/", "latest", "v26.0 v27.0"],
    "METRICS_TOKEN": ["short", f"{'n' * 32} n", f"{'n' * 32}\nn", "к" * 32],
    "SENTRY_DSN": [
        "https://sentry.io/42", "https://Pa55w0rd@sentry.io", "key@sentry.io/42", "on",
        "https://key:Pa55w0rd@sentry.io/42", "https://key@/42", "ftp://key@sentry.io/42",
        "https://key@sentry.io/project", "https://key@sentry.io/42?x=1", "https://key@a..b/1",
    ],
    "SENTRY_TRACES": ["2", "1.5", "-1", "1e-3", "10%", "all", "nan", "0,5"],
    "RESPONSE_ENGINES": ["RuleEngine", "rules/engine.py", "rules.engine.", "a b.C", ",", "1a.B"],
    "SANDBOX": SWITCH,
    "HUMAN_AGENT": SWITCH,
    "HTTPS_PROXY": [
        "socks5://proxy:1080", "http://", "http://proxy:port", "a b", "http://anna:Pa55w0rd@",
        "http://proxy/path", "none", "off", "direct", "false", "0", "http://none", "http://proxy:0",
        "http://..", "-",
    ],
    "NO_PROXY": ["http://a?b", "a;b", "https://graph.facebook.com", "a.example/b", "10.0.0.0/99"],
    "REQUESTS_CA_BUNDLE": ["/no/such/file", str(Path(__file__)), "on"],
}  # fmt: skip

# Where a setting is not called as its variable.
SETTINGS = {"REQUESTS_CA_BUNDLE": "GRAPH_CERTIFICATES"}
OTHER_NAMES = (
    "https_proxy", "ALL_PROXY", "all_proxy", "no_proxy", "CURL_CA_BUNDLE", "SSL_CERT_FILE",
)  # fmt: skip


def read_variables() -> dict[str, int]:
    """The variables that settings.py reads, and how often."""
    tree = ast.parse((ROOT / "instabot/settings.py").read_text())
    counts: dict[str, int] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "read":
            name = node.args[0]
            assert isinstance(name, ast.Constant)
            counts[str(name.value)] = counts.get(str(name.value), 0) + 1
    return counts


def test_each_variable_is_read_once() -> None:
    assert set(read_variables().values()) == {1}


def test_the_example_file_names_each_variable_and_no_other() -> None:
    lines = (ROOT / ".env.example").read_text().splitlines()
    names = [line.split("=")[0] for line in lines if line and not line.startswith("#")]
    assert sorted(names) == sorted(read_variables())


def test_the_configuration_page_explains_each_variable_and_no_other() -> None:
    page = (ROOT / "docs/configuration.md").read_text()
    assert sorted(re.findall(r"^\| `([A-Z_]+)` \|", page, re.MULTILINE)) == sorted(read_variables())


@pytest.fixture
def settings_of(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Load the settings again in this process, of the tests' variables and these."""

    def load(**changes: str) -> dict[str, Any]:
        environment = {**dict.fromkeys(OTHER_NAMES, ""), **VARIABLES, "DATABASE_URL": "", **changes}
        with monkeypatch.context() as patch:
            patch.setattr(os, "environ", environment)
            patch.setattr(variables, "in_file", lambda _: {})
            patch.setattr(logs, "configure", lambda **_: None)
            patch.setattr(sentry, "start", lambda *_: None)
            return runpy.run_path(str(ROOT / "instabot/settings.py"))

    return load


def test_the_tables_have_every_variable() -> None:
    assert sorted(UNDERSTOOD) == sorted(NONSENSE) == sorted(read_variables())
    assert set(read_variables()) - {"DATABASE_URL"} <= set(VARIABLES)
    assert min(map(len, NONSENSE.values())) > 1


@pytest.mark.parametrize("name", UNDERSTOOD)
def test_a_value_is_understood_whatever_is_around_it(settings_of: Any, name: str) -> None:
    for value, meant in UNDERSTOOD[name]:
        found = settings_of(**{name: value})
        if name == "DATABASE_URL":
            assert found["DATABASES"]["default"] == found["DATABASES"]["default"] | meant, value
        else:
            assert found[SETTINGS.get(name, name)] == meant, value


@pytest.mark.parametrize("name", NONSENSE)
def test_nonsense_is_refused_with_the_name_and_without_the_value(
    settings_of: Any, name: str
) -> None:
    for value in NONSENSE[name]:
        with pytest.raises(ImproperlyConfigured) as refused:
            settings_of(**{name: value})
        said = str(refused.value)
        assert re.match(rf"{name} (is|has|names|does) .+\. Expected: ", said), value
        assert refused.value.__suppress_context__
        assert SECRET not in said


@pytest.mark.parametrize("nothing", ["", "  \n", '""', "' '"])
@pytest.mark.parametrize("name", UNDERSTOOD)
def test_nothing_is_the_default_or_is_asked_for(settings_of: Any, name: str, nothing: str) -> None:
    if name in ("SECRET_KEY", "ALLOWED_HOSTS", "CSRF_TRUSTED_ORIGINS"):
        with pytest.raises(ImproperlyConfigured, match=f"^{name} is missing. Expected: "):
            settings_of(**{name: nothing})
    else:
        settings_of(**{name: nothing})


def test_an_example_in_a_sentence_is_understood(settings_of: Any) -> None:
    for name in NONSENSE:
        with pytest.raises(ImproperlyConfigured) as refused:
            settings_of(**{name: NONSENSE[name][0]})
        for example in re.findall(r"(?:https?|postgres|rediss?)://[^\s,…;]+", str(refused.value)):
            if name not in {"ALLOWED_HOSTS", "PLAIN_HTTP_HOSTS"}:
                settings_of(**{name: example})


@pytest.mark.parametrize(
    ("name", "value", "why"),
    [
        ("ERASURES_FILE", "erased.jsonl", "does not begin with /"),
        ("ERASURES_FILE", "/nowhere/erased.jsonl", "names a file in a folder that is not there"),
        ("ERASURES_FILE", "/tmp", "names a folder"),
        ("DATABASE_URL", "sqlite:////no/such/x.db", "names a file in a folder that is not there"),
        ("DATABASE_URL", "foo://", "is not valid"),
        ("TOKEN_KEYS", "short", "is too short to be safe"),
        ("METRICS_TOKEN", "short", "is too short to be safe"),
        ("REQUESTS_CA_BUNDLE", "/no/such/file", "names a file that is not there"),
    ],
)
def test_what_is_wrong_is_said_where_it_is_known(
    settings_of: Any, name: str, value: str, why: str
) -> None:
    with pytest.raises(variables.SettingError, match=rf"^{name} {why}\. Expected: "):
        settings_of(**{name: value})


def start(**changes: str) -> subprocess.CompletedProcess[str]:
    """Load the settings in a process of its own, with these variables changed or taken away."""
    environment = {**os.environ, **VARIABLES, "DJANGO_SETTINGS_MODULE": "instabot.settings"}
    return subprocess.run(
        [sys.executable, "-c", "import django; django.setup(); print('started')"],
        env=environment | changes,
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )


def test_it_starts_with_what_the_tests_set() -> None:
    assert start().stdout == "started\n"


@pytest.mark.parametrize(
    ("name", "value", "problem"),
    [
        ("SECRET_KEY", "", "is missing"),
        ("PORT", "many", "is not valid"),
        ("DATABASE_URL", f"//anna:{SECRET}@db/shop", "is not valid"),
        ("INSTAGRAM_PAGE_ACCESS_TOKEN", f"EAA {SECRET}", "is not valid"),
    ],
)
def test_a_process_does_not_start_and_says_why(name: str, value: str, problem: str) -> None:
    found = start(**{name: value})
    assert found.returncode == 1
    assert f"{name} {problem}. Expected: " in found.stderr.splitlines()[-1]
    assert SECRET not in found.stderr


@pytest.mark.parametrize(
    ("changes", "host"),
    [
        ({"INSTAGRAM_PAGE_ACCESS_TOKEN": "EAAx"}, "https://graph.facebook.com"),
        ({"INSTAGRAM_PAGE_ACCESS_TOKEN": "IGAAx"}, "https://graph.instagram.com"),
        ({"INSTAGRAM_PAGE_ACCESS_TOKEN": " IGAAx "}, "https://graph.instagram.com"),
        ({"SANDBOX": "on", "DEBUG": "on", "PORT": "9000"}, "http://127.0.0.1:9000/sandbox/graph"),
        ({"GRAPH_API_URL": "http://127.0.0.1:1"}, "http://127.0.0.1:1"),
    ],
)
def test_the_graph_api_is_chosen_by_the_token(
    settings_of: Any, changes: dict[str, str], host: str
) -> None:
    assert settings_of(**{"GRAPH_API_URL": "", **changes})["GRAPH_API_URL"] == host


META = {"GRAPH_API_URL": "https://graph.facebook.com"}
SANDBOX = {"GRAPH_API_URL": "", "SANDBOX": "on", "DEBUG": "on"}


@pytest.mark.parametrize(
    ("changes", "proxy"),
    [
        (META, ""),
        (META | {"HTTPS_PROXY": "http://one:1"}, "http://one:1"),
        (META | {"https_proxy": "http://one:1"}, "http://one:1"),
        (META | {"ALL_PROXY": "http://one:1"}, "http://one:1"),
        (META | {"HTTPS_PROXY": "http://one:1", "ALL_PROXY": "socks5://two:2"}, "http://one:1"),
        (META | {"HTTPS_PROXY": "http://one:1", "NO_PROXY": "10.0.0.0/8"}, "http://one:1"),
        (META | {"HTTPS_PROXY": "http://one:1", "NO_PROXY": "local, .facebook.com"}, ""),
        (META | {"HTTPS_PROXY": "http://one:1", "no_proxy": "graph.facebook.com"}, ""),
        (META | {"HTTPS_PROXY": "http://one:1", "NO_PROXY": "*"}, ""),
        (
            {"HTTPS_PROXY": "http://one:1", "GRAPH_API_URL": "HTTPS://Graph.facebook.com"},
            "http://one:1",
        ),
        (META | {"HTTPS_PROXY": "one:1", "GRAPH_API_URL": "https://10.1.2.3"}, "http://one:1"),
        (
            META
            | {
                "HTTPS_PROXY": "one:1",
                "GRAPH_API_URL": "https://10.1.2.3",
                "NO_PROXY": "10.0.0.0/8",
            },
            "",
        ),
        (META | {"HTTPS_PROXY": "one:1", "GRAPH_API_URL": "http://127.0.0.1:1"}, ""),
        (SANDBOX | {"HTTPS_PROXY": "http://one:1", "ALL_PROXY": "socks5://two:2"}, ""),
    ],
)
def test_the_way_out_to_meta_is_what_other_programs_use(
    settings_of: Any, changes: dict[str, str], proxy: str
) -> None:
    assert settings_of(**changes)["GRAPH_PROXY"] == proxy


@pytest.mark.parametrize("name", ["REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE"])
def test_certificates_have_the_names_that_other_programs_use(settings_of: Any, name: str) -> None:
    assert settings_of(**{name: certifi.where()})["GRAPH_CERTIFICATES"] == certifi.where()


def test_a_name_for_plain_http_need_not_be_allowed_once_more(settings_of: Any) -> None:
    found = settings_of(ALLOWED_HOSTS="bot.example.com", PLAIN_HTTP_HOSTS="web")
    assert found["ALLOWED_HOSTS"] == ["bot.example.com", "web"]


@pytest.mark.parametrize(("prepared", "disabled"), [("on", False), ("off", True)])
def test_behind_a_pooler_no_cursor_is_left_on_the_server(
    settings_of: Any, prepared: str, disabled: bool
) -> None:
    database = settings_of(PREPARED_STATEMENTS=prepared)["DATABASES"]["default"]
    assert database["DISABLE_SERVER_SIDE_CURSORS"] is disabled


@pytest.mark.parametrize(
    ("line", "value"),
    [
        ("KEY=one", "one"),
        ("KEY = one", "one"),
        ("  export KEY= one  ", "one"),
        ("\ufeffKEY=one", "one"),
        ("KEY=one\r\n", "one"),
        ("KEY='one'", "one"),
        ('KEY="one" ', "one"),
        ("KEY=$one", "$one"),
        ("KEY=one=two", "one=two"),
        ("# KEY=one", None),
        ("KEY=", None),
        ("what is this?", None),
    ],
)
def test_a_line_of_the_file(tmp_path: Path, line: str, value: str | None) -> None:
    file = tmp_path / ".env"
    file.write_text(line, encoding="utf-8")
    assert variables.Variables(variables.in_file(file)).values.get("KEY") == value


def test_no_file_sets_nothing(tmp_path: Path) -> None:
    assert variables.in_file(tmp_path / ".env") == {}


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_a_file_is_read_as_windows_saves_it(tmp_path: Path, encoding: str) -> None:
    file = tmp_path / ".env"
    file.write_text("KEY=ключ\n", encoding=encoding)
    assert variables.in_file(file) == {"KEY": "ключ"}


@pytest.mark.parametrize(
    "data", ["KEY=é".encode("latin-1"), "KEY=one".encode("utf-16-le"), b"\xff\xfeK"]
)
def test_a_file_in_another_encoding_is_named(tmp_path: Path, data: bytes) -> None:
    file = tmp_path / ".env"
    file.write_bytes(data)
    with pytest.raises(ImproperlyConfigured, match=r"^\.env is not in UTF-8\. Save it as UTF-8\.$"):
        variables.in_file(file)
