"""Everything that can be set, in one place; docs/configuration.md explains each variable.

What staff may change while instabot runs is not here but in `manage.py tune`.
"""

import logging
import os
import sys
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.templatetags.static import static
from requests.utils import should_bypass_proxies

from instabot import __version__, logs, variables
from instabot.variables import Variables
from instagram import hosts

BASE_DIR = Path(__file__).resolve().parent.parent
VERSION = __version__
VAR_DIR = BASE_DIR / "var"
VAR_DIR.mkdir(exist_ok=True)

logging.getLogger("environ").setLevel(logging.ERROR)  # it would quote lines it cannot read
# Files are collected where a version is built, and there no variable has to be set yet.
COLLECTING = sys.argv[1:2] == ["collectstatic"]
if COLLECTING:
    read = variables.of_build().read
else:
    for _name, _value in variables.in_file(BASE_DIR / ".env").items():
        os.environ.setdefault(_name, _value)
    read = Variables(os.environ).read

DEBUG: bool = read("DEBUG", variables.switch, "on or off", default=False)

# Production needs these three.
SECRET_KEY: str = read("SECRET_KEY", variables.text, "a long random text")
ALLOWED_HOSTS: list[str] = read(
    "ALLOWED_HOSTS",
    variables.listed(variables.allowed_host),
    "the host names of this service, like bot.example.com, separated by commas; no https://, no"
    " port",
    default=["localhost", "127.0.0.1", "[::1]"] if DEBUG else variables.MUST_BE_SET,
)
CSRF_TRUSTED_ORIGINS: list[str] = read(
    "CSRF_TRUSTED_ORIGINS",
    variables.listed(variables.origin),
    "the addresses that staff open, like https://bot.example.com, separated by commas",
    default=[] if DEBUG else variables.MUST_BE_SET,
)
# Where TLS would be in the way: names that only a private network knows.
PLAIN_HTTP_HOSTS: list[str] = read(
    "PLAIN_HTTP_HOSTS",
    variables.listed(variables.host),
    "host names inside a private network, like web, separated by commas; no http://, no port",
    default=[],
)
ALLOWED_HOSTS += [name for name in PLAIN_HTTP_HOSTS if name not in ALLOWED_HOSTS]
# Whose word on where a request comes from is taken: instabot.client_address.
TRUSTED_PROXIES: Any = read(
    "TRUSTED_PROXIES",
    variables.proxies,
    "how many proxies a request comes through, like 1, or their addresses and networks, like"
    " 10.0.0.0/8, separated by commas",
    default=0,
)

# Older secrets still open what they have closed; and by what access tokens are encrypted.
SECRET_KEY_FALLBACKS: list[str] = read(
    "SECRET_KEY_FALLBACKS",
    variables.listed(variables.text),
    "earlier values of SECRET_KEY, separated by commas",
    default=[],
)
TOKEN_KEYS: list[str] = read(
    "TOKEN_KEYS",
    variables.listed(variables.long_text),
    "random texts of at least 32 characters, separated by commas: the first encrypts",
    default=[],
)

PORT: int = read("PORT", variables.port, "a port number from 1 to 65535", default=8000)
HUMAN_AGENT: bool = read("HUMAN_AGENT", variables.switch, "on or off", default=False)
SANDBOX: bool = read("SANDBOX", variables.switch, "on or off", default=False)

# Meta.
FACEBOOK_VERIFY_TOKEN: str = read(
    "FACEBOOK_VERIFY_TOKEN", variables.text, "the token typed into Meta's dashboard", default=""
)
FACEBOOK_APP_SECRET: list[str] = read(
    "FACEBOOK_APP_SECRET",
    variables.listed(variables.token),
    "the app secret, or several separated by commas",
    default=[],
)
INSTAGRAM_APP_SECRET: list[str] = read(
    "INSTAGRAM_APP_SECRET",
    variables.listed(variables.token),
    "the Instagram app's own secret, or several separated by commas",
    default=[],
)
INSTAGRAM_PAGE_ACCESS_TOKEN: str = read(
    "INSTAGRAM_PAGE_ACCESS_TOKEN",
    variables.token,
    "a token without spaces: EAA… or IGAA…",
    default="",
)
INSTAGRAM_ACCOUNT_ID: str = read(
    "INSTAGRAM_ACCOUNT_ID",
    variables.pattern("me|[0-9]{1,20}"),
    "the ID of the node that sends, which is a number, or me",
    default="me",
)
GRAPH_API_URL: str = read(
    "GRAPH_API_URL",
    variables.graph_url,
    "an address like https://graph.facebook.com without a version, or nothing to choose it by the"
    " token",
    default="",
)
GRAPH_API_VERSION: str = read(
    "GRAPH_API_VERSION",
    variables.pattern(r"v[1-9][0-9]{0,2}\.[0-9]"),
    "a version like v26.0",
    default="v26.0",
)
ON_THIS_MACHINE = SANDBOX and not GRAPH_API_URL
GRAPH_API_URL_IS_SET = SANDBOX or bool(GRAPH_API_URL)  # for all accounts, however they log in
if not GRAPH_API_URL:
    if SANDBOX:
        GRAPH_API_URL = f"http://127.0.0.1:{PORT}/sandbox/graph"
    elif hosts.is_instagrams(INSTAGRAM_PAGE_ACCESS_TOKEN):
        GRAPH_API_URL = hosts.INSTAGRAM
    else:
        GRAPH_API_URL = hosts.FACEBOOK
# For connecting in the admin: the app's ids, the page to log in, and where that comes back to.
INSTAGRAM_APP_ID: str = read(
    "INSTAGRAM_APP_ID", variables.pattern("[0-9]{5,25}"), "the Instagram app's ID, a number", ""
)
FACEBOOK_APP_ID: str = read(
    "FACEBOOK_APP_ID", variables.pattern("[0-9]{5,25}"), "the app's ID, which is a number", ""
)
INSTAGRAM_AUTHORIZE_URL: str = read(
    "INSTAGRAM_AUTHORIZE_URL",
    variables.address,
    "an address like https://www.instagram.com/oauth/authorize without a question mark",
    default="",
)
PUBLIC_URL: str = read(
    "PUBLIC_URL",
    variables.one_origin,
    "an address like https://bot.example.com with no path, where Meta reaches this service",
    default=next((one for one in CSRF_TRUSTED_ORIGINS if "*" not in one), ""),
)
if not PUBLIC_URL and DEBUG:
    PUBLIC_URL = f"http://127.0.0.1:{PORT}"
# Where it is told that we are well, and hosts of our own network that alarms may go to.
HEARTBEAT_URL: str = read(
    "HEARTBEAT_URL",
    variables.called_address,
    "the address of a check at healthchecks.io or the like, like https://hc-ping.com/5e2c…",
    default="",
)
ALERT_HOSTS: list[str] = read(
    "ALERT_HOSTS",
    variables.listed(variables.host),
    "host names or addresses of your own network, like mail.lan, separated by commas",
    default=[],
)
# The mail server for staff who are told by e-mail.
MAIL_URL: str = read(
    "MAIL_URL",
    variables.mail_server,
    "the address of a mail server, like mailtos://user:password@example.com, with"
    " ?smtp=smtp.example.com&from=bot@example.com where these differ, and with nobody's to=",
    default="",
)
WEBHOOK_SECRETS = [*FACEBOOK_APP_SECRET, *INSTAGRAM_APP_SECRET]

# The way out to Meta, in the words that hosts and other programs have for it.
GRAPH_PROXY = GRAPH_CERTIFICATES = ""
if not ON_THIS_MACHINE:
    HTTPS_PROXY: str = read(
        "HTTPS_PROXY",
        variables.proxy,
        "the address of an HTTP proxy, like http://proxy.example.com:3128 (no SOCKS)",
        default="",
        also=("https_proxy", "ALL_PROXY", "all_proxy"),
    )
    NO_PROXY: str = read(
        "NO_PROXY",
        variables.without_proxy,
        "host names and networks to call without the proxy, separated by commas",
        default="",
        also=("no_proxy",),
    )
    if GRAPH_API_URL.startswith("https:") and not should_bypass_proxies(GRAPH_API_URL, NO_PROXY):
        GRAPH_PROXY = HTTPS_PROXY
    GRAPH_CERTIFICATES = read(
        "REQUESTS_CA_BUNDLE",
        variables.certificates,
        "the path of a PEM file with the certificates to trust, or of a folder of them",
        default="",
        also=("CURL_CA_BUNDLE", "SSL_CERT_FILE"),
    )

# Who may read /metrics.
METRICS_TOKEN: str = read(
    "METRICS_TOKEN",
    variables.long_token,
    "a random text of at least 32 characters without spaces",
    default="",
)

# Where errors go, and which share of requests and tasks is traced.
SENTRY_DSN: str = read(
    "SENTRY_DSN",
    variables.sentry_dsn,
    "a DSN like https://key@o1.ingest.sentry.io/2 from the settings of a Sentry project",
    default="",
)
SENTRY_TRACES: float = read(
    "SENTRY_TRACES", variables.share, "a share from 0 to 1, like 0.01", default=0.0
)

RESPONSE_ENGINES: list[str] = read(
    "RESPONSE_ENGINES",
    variables.listed(variables.dotted_path),
    "dotted paths of engines, like rules.engine.RuleEngine, separated by commas",
    default=["rules.engine.RuleEngine"],
)

# Database: SQLite on a laptop, PostgreSQL elsewhere.
_UNLESS_SET = {"ENGINE": "django.db.backends.sqlite3", "NAME": str(VAR_DIR / "instabot.sqlite3")}
DATABASES = {
    "default": read(
        "DATABASE_URL",
        variables.database,
        "an address like postgres://user:password@host/name, or sqlite:////path/to/file in a folder"
        " that exists; special characters of a password are written as in %40 for @",
        default=_UNLESS_SET,
    )
}
DATABASE_IS_SET = DATABASES["default"] is not _UNLESS_SET
PREPARED_STATEMENTS: bool = read("PREPARED_STATEMENTS", variables.switch, "on or off", default=True)
_database = DATABASES["default"]
# A cursor on the server is another thing that a pooler's next connection does not have.
_database["DISABLE_SERVER_SIDE_CURSORS"] = not PREPARED_STATEMENTS
_database["CONN_MAX_AGE"] = None  # a connection a thread; a broken one is replaced when it fails
ON_SQLITE = _database["ENGINE"].endswith("sqlite3")
if ON_SQLITE:
    _database["ENGINE"] = "workqueue.sqlite3"  # Django's, with a queue for its writer
    _database["OPTIONS"] = {
        # Writers wait for each other instead of failing: the lock is taken at BEGIN.
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        # What is deleted is overwritten: who asks to be erased is (docs/retention.md).
        "init_command": (
            "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA secure_delete=ON"
        ),
    }
else:
    _database["ENGINE"] = "workqueue.postgresql"  # Django's, which waits for nobody for ever
    # What DATABASE_URL says comes first. Of a Unix socket nothing of it is heeded.
    _database["OPTIONS"] = {
        "connect_timeout": 5,
        "keepalives_idle": 15,  # a line that is dead while nobody speaks is found in 30 s
        "keepalives_interval": 5,
        "keepalives_count": 3,
        "tcp_user_timeout": 20_000,  # ms until what we said must have been heard
        **_database.get("OPTIONS", {}),
    }

# What is erased is told to a file outside the database, for whoever restores a backup of before.
ERASURES_FILE: str = read(
    "ERASURES_FILE",
    variables.file_to_write,
    "the path of a file, like /backups/erasures.jsonl, in a folder that exists",
    default="",
)

# The bell that wakes a worker at once. Work itself is in the database: a lost ring loses nothing.
REDIS_URL: str = read(
    "REDIS_URL",
    variables.redis_url,
    "an address like redis://host:6379/0, or rediss://… for TLS; with ?ssl_cert_reqs=none where"
    " its certificate is self-signed",
    default="",
)
# Nearly all of their time they wait for Meta (bench/README.md, 'Threads on SQLite').
WORKER_THREADS = 32
# To PostgreSQL, and what they share: a thread that waits for Meta has none.
WORKER_CONNECTIONS: int = read(
    "WORKER_CONNECTIONS", variables.connections, "a number from 2 to 1000", default=8
)
if REDIS_URL:
    _bell: dict[str, Any] = {"huey_class": "workqueue.transports.RedisBell", "url": REDIS_URL}
    _polling = {"initial_delay": 0.1, "max_delay": 5}  # after an error; a quiet queue blocks
elif ON_SQLITE:
    _bell = {
        "huey_class": "workqueue.transports.FileBell",
        "filename": str(Path(_database["NAME"]).with_name("bell.sqlite3")),
        "fsync": False,  # a ring lost in a power cut is heard by the ticker
        "timeout": 1,
    }
    _polling = {"initial_delay": 0.01, "max_delay": 0.1}  # by so many, each 4 ms one looks
else:
    _bell = {"huey_class": "workqueue.transports.LocalBell"}
    _polling = {"initial_delay": 0.01, "max_delay": 0.05}
HUEY: dict[str, Any] = {
    **_bell,
    "name": "instabot",
    "immediate": False,  # Huey's default is DEBUG
    "results": False,
    "consumer": {
        **_polling,
        "workers": WORKER_THREADS,
        "worker_type": "thread",
        "periodic": False,
        "graceful_signal": "TERM",  # how hosts stop a process
        "shutdown_timeout": 22,  # Meta's answer takes 20 s at most
        "scheduler_interval": 60,  # nothing is scheduled in Huey
    },
}

# Times that hold the pieces together. Parameters, so that tests can shorten them.
LEASE = timedelta(seconds=45)  # how long a worker keeps what it took
UNKNOWN_HOLDS = timedelta(minutes=4)  # how long an unconfirmed send holds back the next
SETTLE_FIRST = timedelta(seconds=60)  # before the thread is read back: its echo may come
SETTLE_PAUSE = timedelta(seconds=60)  # between two looks at the same thread
SETTLE_FOR = timedelta(minutes=15)  # then it is staff's
LOOK_EVERY = timedelta(seconds=1)  # a look is two calls, and Meta allows two a second
LOOK_AFTER = 60.0  # seconds between two questions whether a broken account works again
WATCH_SECONDS = 60.0  # between two looks at whether all is well
TICK = 0.25  # seconds between two looks of the ticker
GRAPH_TIMEOUT = (5.0, 15.0)  # seconds to connect, seconds to read
GRAPH_DEADLINE = 25.0  # seconds for a whole call
DOOR_SECONDS = 5.0  # for what is to be answered soon: a webhook, an open page that asks for news
MOST_BODY_BYTES = 11 * 1024 * 1024  # a picture of 8 MB in its form; nginx.conf says the same
PAGE_SECONDS = 15.0  # for a statement of any other page
SEARCH_SECONDS = 5.0  # for all statements of a search (instabot.bounds)
COUNT_SECONDS = 10.0  # of reports, of what is unanswered, and of the look before a rule is saved
IMPORT_SECONDS = 60.0  # of an import, and of an export
WORK_SECONDS = 60.0  # for a statement of a worker: the figures of a large shop's day take long
WAITING_SECONDS = 0.5 if SANDBOX else 2.0  # for more messages, unless staff tune it
LOG_IN_RESTS = 1.0  # after a password, times as long as it took to compare
LOG_INS_A_MINUTE = 10  # right passwords for one name, in one process
SESSION_IDLE_HOURS = 12.0  # unless staff tune it
METRICS_EVERY = 10.0  # seconds between two writes of what a process has counted
RETRY_FIRST = 2.0  # seconds before the first retry; each further one waits twice as long

INSTALLED_APPS = [
    "backoffice",  # its templates win over Unfold's
    "unfold",
    "unfold.contrib.import_export",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "huey.contrib.djhuey",
    "import_export",
    "rest_framework",
    "knox",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "axes",
    "instabot",
    "metrics",
    "audit",
    "shop",
    "conversations",
    "rules",
    "reports",
    "webhooks",
    "incidents",
    "notices",
    "people",
    "api",
    "backups",
    *(["sandbox"] if SANDBOX else []),
]
MIDDLEWARE = [
    "instabot.traffic.Traffic",
    "instabot.logs.RequestLog",
    "instabot.client_address.ClientAddress",
    "instabot.front.Front",
    "instabot.refusal.KnownHost",
    "instabot.middleware.Size",
    "instabot.middleware.Transport",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "instabot.middleware.NothingKept",
    "instabot.middleware.ContentPolicy",
    "people.sessions.middleware.SessionCookie",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "people.sessions.middleware.Sessions",
    "people.second_factor.middleware.SecondFactor",
    "instabot.middleware.Reach",
    "audit.middleware.Acting",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "instabot.middleware.ShopClock",
    "instabot.middleware.SoundQuery",
    "instabot.bounds.Bounds",
]
LOGIN_REDIRECT_URL = "admin:index"
DEFAULT_EXCEPTION_REPORTER_FILTER = "instabot.error_page.Filter"
CSRF_FAILURE_VIEW = "instabot.refusal.show_stale"
FORM_RENDERER = "backoffice.renderer.FormRenderer"
ROOT_URLCONF = "instabot.urls"
WSGI_APPLICATION = "instabot.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "backoffice.bars.bars",
            ]
        },
    }
]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# Who may log in. A try that is locked is refused before a password is hashed: axes asks the
# throttle, which keeps its own account of tries.
AUTHENTICATION_BACKENDS = ["axes.backends.AxesStandaloneBackend", "people.login.passwords.Backend"]
AXES_HANDLER = "people.login.throttle.Throttle"
AXES_COOLOFF_TIME = "people.login.allowance.cool_off"
AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False  # whoever tries on is not locked for longer
AXES_ENABLE_ADMIN = AXES_VERBOSE = False
LEAST_PASSWORD = 10  # characters
AUTH_PASSWORD_VALIDATORS: list[dict[str, Any]] = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": LEAST_PASSWORD},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
    {"NAME": "people.login.validation.PasswordRules"},
]
SESSION_ENGINE = "people.sessions.store"

LANGUAGE_CODE = "en"
USE_I18N = False  # all pages are in English: no text is looked up in a catalogue
FORMAT_MODULE_PATH = "instabot.formats"
TIME_ZONE = "UTC"
USE_TZ = True

# With `manage.py collectstatic` names carry a hash and are kept for ever; without it WhiteNoise
# serves the packages' own files by their own names: it is no step to forget.
STATIC_URL = "/static/"
STATIC_ROOT = BASE_DIR / "staticfiles"
with suppress(OSError):  # WhiteNoise complains of a folder that is not there
    STATIC_ROOT.mkdir(exist_ok=True)
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "instabot.static.Files"},
}
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = False
WHITENOISE_MAX_AGE = 3600

# Behind a host's proxy in production. Health checks come without TLS, from inside.
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SECURE_SSL_REDIRECT = not DEBUG
SECURE_REDIRECT_EXEMPT = [r"^health"]
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = not DEBUG
SECURE_HSTS_SECONDS = 0 if DEBUG else 365 * 24 * 3600
# Whether other names under the shop's domain speak TLS is not ours to promise (W005, W021).
SILENCED_SYSTEM_CHECKS = ["security.W005", "security.W021"]
# instabot.middleware.Transport is a SecurityMiddleware, which W001 does not see.
SILENCED_SYSTEM_CHECKS += ["security.W001"]
# What axes' middleware would answer to who is locked, the log-in page says in our words.
SILENCED_SYSTEM_CHECKS += ["axes.W002"]

# What a page may load and run. The pages below /admin/ that Unfold makes get more, see
# instabot.middleware.ContentPolicy; those of our own there do not.
_SELF = "'self'"
_MEDIA = [_SELF, "https:", "blob:"]  # what customers sent lies with Meta; what staff choose, here
if SANDBOX:
    _MEDIA += [f"http://127.0.0.1:{PORT}", f"http://localhost:{PORT}"]
CONTENT_SECURITY_POLICY: dict[str, Any] = {
    "DIRECTIVES": {
        "default-src": [_SELF],
        "script-src": [_SELF],
        "style-src": [_SELF],
        "img-src": _MEDIA,
        "media-src": _MEDIA,
        "object-src": ["'none'"],
        "base-uri": ["'none'"],
        "form-action": [_SELF],
        "frame-ancestors": ["'none'"],
    }
}

# The REST framework, its tokens and its description.
REST_FRAMEWORK: dict[str, Any] = {
    # The first one says how to log in, in the answer to who is not.
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "api.access.Tokens",
        "api.access.Login",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["api.access.Allowed"],
    "DEFAULT_THROTTLE_CLASSES": ["api.throttling.PerUser"],
    "DEFAULT_PARSER_CLASSES": ["api.parsers.Json"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_METADATA_CLASS": None,  # OPTIONS would tell more than the description
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "EXCEPTION_HANDLER": "api.problems.handle",
    "URL_FORMAT_OVERRIDE": None,  # JSON is all there is
}
KNOX_TOKEN_MODEL = "api.Token"  # noqa: S105 - the name of a table
MIGRATION_MODULES = {"knox": None, "axes": None}  # tables that would stand beside ours, never used
REST_KNOX: dict[str, Any] = {
    "TOKEN_TTL": None,  # a token lasts until it is deleted, unless its maker says otherwise
    "TOKEN_PREFIX": "instabot_",  # programs that look for leaked secrets can tell it
}
SPECTACULAR_SETTINGS: dict[str, Any] = {
    "TITLE": "instabot",
    "DESCRIPTION": (
        "Rules, conversations and statistics of a shop's Instagram direct messages.\n\n"
        "Send a token: `Authorization: Bearer instabot_…`. Tokens are created in the admin and have"
        " the permissions of their users. Errors are problem details (RFC 9457). Requests that send"
        " messages need an `Idempotency-Key` and are carried out once per key."
    ),
    "VERSION": "1",
    "CONTACT": {"name": "Whoever runs this instabot"},
    "SERVERS": [{"url": "/", "description": "The service that serves this description."}],
    "TAGS": [
        {"name": "bot", "description": "The switch that silences the bot for everybody."},
        {"name": "conversations", "description": "Customers, and what they and the shop said."},
        {"name": "menu", "description": "What customers of an account tap without typing."},
        {"name": "messages", "description": "One message: how it was handled, resend, cancel."},
        {"name": "reports", "description": "What the page of reports shows."},
        {"name": "rules", "description": "What the bot answers."},
        {"name": "statistics", "description": "The shop's figures, day by day."},
    ],
    "OAS_VERSION": "3.1.0",
    "COMPONENT_SPLIT_REQUEST": True,
    "PREPROCESSING_HOOKS": ["api.schema.keep_one_address"],
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "api.schema.finish",
    ],
    "SCHEMA_PATH_PREFIX": "/api/v[0-9]",
    "SERVE_INCLUDE_SCHEMA": False,
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "SWAGGER_UI_SETTINGS": {
        "deepLinking": True,
        "persistAuthorization": False,  # a token in the browser's storage outlives its reader
        "validatorUrl": "none",  # nothing is sent to anybody else
    },
}

UNFOLD = {
    "SITE_TITLE": "instabot",
    "SITE_HEADER": "instabot",
    "SITE_SYMBOL": "forum",
    "SITE_FAVICONS": [
        {"rel": "icon", "type": "image/svg+xml", "href": lambda _: static("backoffice/icon.svg")}
    ],
    "SHOW_VIEW_ON_SITE": False,
    "STYLES": [
        lambda _: static("backoffice/frame.css"),
        "instabot.admin.bar_style",
        "instabot.admin.palette_style",
    ],
    "SCRIPTS": [
        lambda _: static("backoffice/theme.js"),
        "instabot.admin.palette_script",
        lambda _: static("backoffice/errors.js"),
        lambda _: static("backoffice/readers.js"),
    ],
    "ACCOUNT": {"navigation": "instabot.admin.own_pages"},
    "SIDEBAR": {
        "show_search": False,
        "show_all_applications": False,
        "navigation": "instabot.admin.navigation",
    },
}

LOGGING_CONFIG = None  # structlog and logging are set up together
_also_told: list[Any] = []
if SENTRY_DSN:
    from instabot import sentry  # only here: to load it takes a tenth of a second

    sentry.start(SENTRY_DSN, SENTRY_TRACES)
    MIDDLEWARE.insert(0, "instabot.sentry.Traces")
    _also_told.append(sentry.report)
logs.configure(readable=DEBUG, also=_also_told)
