import gc
import itertools
import shutil
from collections.abc import Generator, Iterator
from contextlib import nullcontext
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import hypothesis
import pytest
from django.contrib.auth.models import User
from django.contrib.staticfiles.handlers import StaticFilesHandler
from django.core.management.color import no_style
from django.db import connection, transaction
from django.http import HttpRequest
from django.test import Client, TransactionTestCase
from django.utils import timezone
from pytest_django import Settings
from whitenoise.middleware import WhiteNoiseMiddleware

from audit import guard
from conversations import engine
from conversations.account import identity
from conversations.models import Account
from incidents import clocks
from instabot import urls
from rules.models import ResponseRule
from shop import tuning
from tests.support import many, templates
from tests.support.accounts import connect_second
from tests.support.clock import Clock
from tests.support.graph import Graph
from tests.support.service import ON_POSTGRES, Database, Service, service
from tests.support.shop import Shop
from tests.support.valkey import Valkey
from webhooks import knocks
from workqueue.snapshot import Snapshot

# How long an example takes says something of the machine: it is no reason to fail. The examples are
# the same in each run, so that a change is refused for what it did; `make hunt` looks for new ones.
hypothesis.settings.register_profile(
    "same", deadline=None, derandomize=True, max_examples=50, print_blob=True
)
hypothesis.settings.register_profile("hunt", deadline=None, max_examples=500, print_blob=True)
hypothesis.settings.load_profile("same")

# Whoever asks for one of these has a server of their own: the stand-in for Meta, instabot, Redis, a
# browser.
SERVERS = {"graph", "template", "valkey", "live_server", "chrome"}


# Read before a test switches the sandbox on, whose addresses are for tests that ask for them.
assert urls.urlpatterns


def pytest_itemcollected(item: pytest.Item) -> None:
    if SERVERS & {*getattr(item, "fixturenames", ())}:
        item.add_marker("slow")


CASES_APART = 4  # of a table, those that PostgreSQL is shown


def _is_shown(item: pytest.Item) -> bool:
    """Tell whether PostgreSQL is shown a test: of a table, every fourth case."""
    case = getattr(item, "callspec", None)
    if case is None or not item.get_closest_marker("table"):
        return True
    return bool(sum(case.indices.values()) % CASES_APART == 0)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if ON_POSTGRES and (left_out := [item for item in items if not _is_shown(item)]):
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if _is_shown(item)]
    for item in items:
        if item.get_closest_marker("no_database"):
            wants = {"_django_db_helper", "template"} & {*getattr(item, "fixturenames", ())}
            if wants or item.get_closest_marker("django_db"):
                # A usage error of one process is not shown when there are several.
                raise ValueError(f"{item.nodeid} has a database, and says that it has none")
    items.sort(key=lambda item: item.get_closest_marker("long") is None)


SELDOM = 10_000  # objects more than before, until garbage is looked for


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """Keep the tests themselves out of the search for garbage.

    There are twelve thousand, and each process would look through all of them again and again.
    """
    gc.disable()
    found = yield
    gc.collect()
    gc.freeze()
    gc.set_threshold(SELDOM)
    gc.enable()
    return found


# Written once, by migrate. No test changes them.
KEPT = {"django_content_type", "auth_permission"}
TRUNCATED_EACH = 25  # times that tables are emptied
_emptied = itertools.count(1)


def _empty_what_was_written(_: TransactionTestCase) -> None:
    """Empty tables as Django does, but only those with rows.

    Django empties all and then writes KEPT again, which took longer than many a test. To PostgreSQL
    a TRUNCATE is new files for the table and each of its indexes: of few rows a DELETE takes a
    tenth of that. Now and then it is one all the same, for what is deleted stays in the files.
    """
    tables = sorted({*connection.introspection.django_table_names(include_views=False)} - KEPT)
    quoted = [connection.ops.quote_name(table) for table in tables]
    with connection.cursor() as cursor:
        cursor.execute("SELECT " + ", ".join(f"EXISTS (SELECT 1 FROM {one})" for one in quoted))
        found = cursor.fetchone()
    written = [table for table, has_rows in zip(tables, found, strict=True) if has_rows]
    if written and connection.vendor == "postgresql" and next(_emptied) % TRUNCATED_EACH:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET LOCAL session_replication_role = replica")  # in any order
            for table in written:
                cursor.execute(f"DELETE FROM {connection.ops.quote_name(table)}")
    elif written:
        empty = connection.ops.sql_flush(no_style(), written, allow_cascade=True)
        # The audit log lets nobody empty it; where nothing was recorded it is not asked.
        with guard.lifted() if guard.TABLE in written else nullcontext():
            connection.ops.execute_sql_flush(empty)


@pytest.fixture(autouse=True, scope="session")
def _cheap() -> Iterator[None]:
    """What each test would do again is done once."""
    scan = WhiteNoiseMiddleware.add_files_from_finders
    known: dict[str, Any] = {}

    def scan_once(middleware: WhiteNoiseMiddleware) -> None:
        """Look for static files when the first of many clients is made."""
        collected = dict(middleware.files)
        if not known:
            middleware.files.clear()
            scan(middleware)
            known.update(middleware.files)
        middleware.files.update(collected | known)

    serve = StaticFilesHandler.serve

    def serve_for_good(handler: StaticFilesHandler, request: HttpRequest) -> Any:
        """Let a browser keep a file: else it asks for each of twenty with every page."""
        response = serve(handler, request)
        response["Cache-Control"] = "max-age=3600"
        return response

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(WhiteNoiseMiddleware, "add_files_from_finders", scan_once)
        patch.setattr(StaticFilesHandler, "serve", serve_for_good)
        patch.setattr(TransactionTestCase, "_fixture_teardown", _empty_what_was_written)
        yield


@pytest.fixture(autouse=True)
def _forget() -> Iterator[None]:
    """What a process keeps for itself does not outlive a test."""
    Snapshot.forget_everything()
    identity.forget_clients()
    engine.engines.cache_clear()
    knocks.forget()
    yield
    identity.forget_clients()


@pytest.fixture
def staff(client: Client, db: None) -> Client:
    """The admin, opened by somebody who may do everything."""
    client.force_login(User.objects.create_superuser("anna"))
    return client


@pytest.fixture
def _many(db: None) -> None:
    """Rows enough for a database to choose its indexes by."""
    many.fill()


@pytest.fixture
def graph(settings: Settings) -> Iterator[Graph]:
    with Graph() as graph:
        settings.GRAPH_API_URL = graph.url
        graph.now = lambda: timezone.now().timestamp()  # a test may move it
        yield graph


@pytest.fixture
def shop(graph: Graph, transactional_db: None) -> Shop:
    """A shop with two rules and a fallback, on a database that commits."""
    ResponseRule.objects.create(
        name="Delivery", order=10, keywords="delivery\nshipping", reply="Two days."
    )
    ResponseRule.objects.create(name="Price", order=20, keywords="price", reply="Ten euros.")
    ResponseRule.objects.create(name="Fallback", order=99, match="everything", reply="Pardon?")
    tuning.put("conversation_rate", "0")  # tests of the rate set it
    return Shop(graph)


@pytest.fixture
def second(shop: Shop) -> Account:
    """An account beside the shop's first one."""
    return connect_second(shop)


@pytest.fixture
def time_passes(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """Move instabot's clock forward."""
    real = timezone.now
    ahead = timedelta()

    def now() -> datetime:
        return real() + ahead

    def move(by: timedelta) -> None:
        nonlocal ahead
        ahead += by
        Snapshot.forget_everything()

    monkeypatch.setattr(timezone, "now", now)
    monkeypatch.setattr(clocks, "ahead", timedelta)  # the database's clock goes along
    return move


@pytest.fixture
def time_stands(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """Move instabot's clock forward; else it stands, however long a busy machine takes."""
    at = timezone.now()

    def now() -> datetime:
        nonlocal at
        at += timedelta(microseconds=1)  # no two moments are one
        return at

    def move(by: timedelta) -> None:
        nonlocal at
        at += by
        Snapshot.forget_everything()

    monkeypatch.setattr(timezone, "now", now)
    monkeypatch.setattr(clocks, "ahead", timedelta)
    return move


@pytest.fixture(scope="session")
def template() -> Database:
    """Tables and example rules, made once a run."""
    return templates.example_rules()


@pytest.fixture(scope="session")
def django_db_keepdb() -> bool:
    return True  # the copy; it goes with the run's folder, or its server


@pytest.fixture(scope="session")
def django_db_modify_db_settings(
    django_db_modify_db_settings_parallel_suffix: None,
) -> None:
    """Let each process begin with a copy: the tables are made once for them all."""
    tables, test = templates.tables(), connection.settings_dict["TEST"]
    if ON_POSTGRES:
        test["TEMPLATE"] = tables.name
    else:
        shutil.copy(tables.file, test["NAME"])


@pytest.fixture
def valkey() -> Iterator[Valkey]:
    one = Valkey()
    yield one
    one.stop()


@pytest.fixture
def bare(tmp_path: Path, template: Database, request: pytest.FixtureRequest) -> Iterator[Service]:
    """No process yet."""
    redis_url = request.getfixturevalue("valkey").url if ON_POSTGRES else ""
    with service(tmp_path, template, redis_url) as one:
        yield one


@pytest.fixture
def running(bare: Service) -> Service:
    """The web process alone; tests start the workers."""
    bare.start_web()
    return bare
