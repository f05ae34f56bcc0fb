"""Everything that can be set, in one place; docs/configuration.md explains each variable.

What staff may change while instabot runs is not here but in `manage.py tune`.
"""

import logging
import os
import re
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import environ
from django.core.exceptions import ImproperlyConfigured

from instabot import logs

BASE_DIR = Path(__file__).resolve().parent.parent
VAR_DIR = BASE_DIR / "var"
VAR_DIR.mkdir(exist_ok=True)

logging.getLogger("environ").setLevel(logging.ERROR)  # it would quote lines it cannot read
environ.Env.read_env(BASE_DIR / ".env")  # the real environment wins over the file
env = environ.Env()
# An empty line in .env means: the default.
env.ENVIRON = {name: value for name, value in os.environ.items() if value}


def read(
    name: str, kind: Callable[..., Any], expected: str, default: Any = environ.Env.NOTSET
) -> Any:
    """Read one variable; raise ImproperlyConfigured with its name and what was expected."""
    try:
        return kind(name, default=default)
    except (ValueError, TypeError, KeyError, ImproperlyConfigured):
        # The value is not repeated: it may be a secret that landed on the wrong line.
        problem = "is missing" if name not in env.ENVIRON else "is not valid"
        raise ImproperlyConfigured(f"{name} {problem}. Expected: {expected}.") from None


ON = {"on", "true", "yes", "1"}
OFF = {"off", "false", "no", "0"}


def switch(name: str, default: Any) -> bool:
    """Read on or off; env.bool would take anything unknown for off."""
    said = env.str(name, default="on" if default else "off").lower()
    if said not in ON | OFF:
        raise ValueError(said)
    return said in ON


def database(name: str, default: Any) -> dict[str, Any]:
    """Read a database's address; env.db_url would take any scheme."""
    found: dict[str, Any] = env.db_url(name, default=default)
    if not found["ENGINE"].endswith((".sqlite3", ".postgresql")):
        raise ValueError(found["ENGINE"])
    return found


def token(name: str, default: Any) -> str:
    """Read a token, which travels in a header: no space, no line break, nothing but ASCII."""
    found: str = env.str(name, default=default).strip()
    if not re.fullmatch("[!-~]*", found):
        raise ValueError(name)
    return found


DEBUG: bool = read("DEBUG", switch, "on or off", default=False)

SECRET_KEY: str = read("SECRET_KEY", env.str, "a long random text")  # production needs these three
ALLOWED_HOSTS: list[str] = read(
    "ALLOWED_HOSTS",
    env.list,
    "the host names of this service, separated by commas",
    default=["localhost", "127.0.0.1", "[::1]"] if DEBUG else environ.Env.NOTSET,
)
CSRF_TRUSTED_ORIGINS: list[str] = read(
    "CSRF_TRUSTED_ORIGINS",
    env.list,
    "the addresses that staff open, like https://bot.example.com, separated by commas",
    default=[] if DEBUG else environ.Env.NOTSET,
)

PORT: int = read("PORT", env.int, "a port number", default=8000)
HUMAN_AGENT: bool = read("HUMAN_AGENT", switch, "on or off", default=False)
SANDBOX: bool = read("SANDBOX", switch, "on or off", default=False)

# Meta.
FACEBOOK_VERIFY_TOKEN: str = read(
    "FACEBOOK_VERIFY_TOKEN", env.str, "the token typed into Meta's dashboard", default=""
)
FACEBOOK_APP_SECRET: list[str] = read(
    "FACEBOOK_APP_SECRET", env.list, "the app secret, or several separated by commas", default=[]
)
INSTAGRAM_APP_SECRET: str = read(
    "INSTAGRAM_APP_SECRET", env.str, "the Instagram app's own secret", default=""
)
INSTAGRAM_PAGE_ACCESS_TOKEN: str = read(
    "INSTAGRAM_PAGE_ACCESS_TOKEN", token, "a token without spaces: EAA… or IGAA…", default=""
)
INSTAGRAM_ACCOUNT_ID: str = read(
    "INSTAGRAM_ACCOUNT_ID", env.str, "the ID of the node that sends, or me", default="me"
)
GRAPH_API_URL: str = read(
    "GRAPH_API_URL", env.str, "an address, or nothing to choose it by the token", default=""
)
GRAPH_API_VERSION: str = read("GRAPH_API_VERSION", env.str, "a version like v26.0", default="v26.0")
if not GRAPH_API_URL:
    if SANDBOX:
        GRAPH_API_URL = f"http://127.0.0.1:{PORT}/sandbox/graph"
    elif INSTAGRAM_PAGE_ACCESS_TOKEN.startswith("IGAA"):
        GRAPH_API_URL = "https://graph.instagram.com"
    else:
        GRAPH_API_URL = "https://graph.facebook.com"
WEBHOOK_SECRETS = [secret for secret in [*FACEBOOK_APP_SECRET, INSTAGRAM_APP_SECRET] if secret]

RESPONSE_ENGINES: list[str] = read(
    "RESPONSE_ENGINES",
    env.list,
    "dotted paths of engines, separated by commas",
    default=["rules.engine.RuleEngine"],
)

# Database: SQLite on a laptop, PostgreSQL elsewhere.
DATABASES = {
    "default": read(
        "DATABASE_URL",
        database,
        "an address like postgres://user:password@host/name",
        default=f"sqlite:///{VAR_DIR / 'instabot.sqlite3'}",
    )
}
PREPARED_STATEMENTS: bool = read("PREPARED_STATEMENTS", switch, "on or off", default=True)
_database = DATABASES["default"]
_database["CONN_MAX_AGE"] = None  # a connection a thread; a broken one is replaced when it fails
ON_SQLITE = _database["ENGINE"].endswith("sqlite3")
if ON_SQLITE:
    _database["OPTIONS"] = {
        # Writers wait for each other instead of failing: the lock is taken at BEGIN.
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL",
    }

# The bell that wakes a worker at once. Work itself is in the database: a lost ring loses nothing.
REDIS_URL: str = read("REDIS_URL", env.str, "an address like redis://host:6379/0", default="")
WORKER_THREADS = 8 if ON_SQLITE else 32  # more threads only queue for SQLite's one writer
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
    _polling = {"initial_delay": 0.01, "max_delay": 0.05}
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
TICK = 0.25  # seconds between two looks of the ticker
GRAPH_TIMEOUT = (5.0, 15.0)  # seconds to connect, seconds to read
GRAPH_DEADLINE = 25.0  # seconds for a whole call
WAITING_SECONDS = 0.5 if SANDBOX else 2.0  # for more messages, unless staff tune it
RETRY_FIRST = 2.0  # seconds before the first retry; each further one waits twice as long

INSTALLED_APPS = [
    "backoffice",  # its templates win over Unfold's
    "unfold",
    "unfold.contrib.import_export",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "huey.contrib.djhuey",
    "import_export",
    "rest_framework",
    "knox",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "instabot",
    "shop",
    "conversations",
    "rules",
    "webhooks",
    "api",
    *(["sandbox"] if SANDBOX else []),
]
MIDDLEWARE = [
    "instabot.logs.RequestLog",
    "instabot.front.Front",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "instabot.middleware.NothingKept",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "instabot.middleware.ShopClock",
]
LOGIN_REDIRECT_URL = "admin:index"
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
            ]
        },
    }
]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]

LANGUAGE_CODE = "en"
FORMAT_MODULE_PATH = "instabot.formats"
TIME_ZONE = "UTC"
USE_TZ = True

# WhiteNoise serves the packages' own files: there is no collectstatic step to forget.
STATIC_URL = "/static/"
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
MIGRATION_MODULES = {"knox": None}  # its own table would stand beside ours, never used
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
        {"name": "conversations", "description": "Customers, and what they and the shop said."},
        {"name": "messages", "description": "One message: how it was handled, resend, cancel."},
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
    "SHOW_VIEW_ON_SITE": False,
    "DASHBOARD_CALLBACK": "instabot.admin.overview",
    "SIDEBAR": {
        "show_search": False,
        "show_all_applications": False,
        "navigation": "instabot.admin.navigation",
    },
}

LOGGING_CONFIG = None  # structlog and logging are set up together
logs.configure(readable=DEBUG)
