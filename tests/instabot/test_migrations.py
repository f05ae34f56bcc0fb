"""Code of the release before runs beside migrated tables: a linter finds what would stop it.

It reads the SQL of each migration since that release: a table or column that is renamed or dropped,
one that old code would leave empty, a constraint that it may break, an index that locks its table.
What it finds is allowed here alone, with the reason.
"""

from collections.abc import Iterator

import pytest
from django.db import connection
from django.db.migrations.loader import MigrationLoader
from django_migration_linter import MigrationLinter
from django_migration_linter.sql_analyser.analyser import analyse_sql_statements
from django_migration_linter.sql_analyser.postgresql import PostgresqlAnalyser

from tests.support.service import ON_POSTGRES, ROOT

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(
        not ON_POSTGRES, reason="`make test` runs it on PostgreSQL: it reads its SQL"
    ),
]

# How many migrations the release before this one had (tests/support/release.py).
OF_LAST_RELEASE = {
    "api": 1, "audit": 0, "conversations": 5, "incidents": 0, "instabot": 0, "metrics": 0,
    "notices": 0, "people": 0, "rules": 7, "shop": 0, "webhooks": 1,
}  # fmt: skip
SHORT = "an index of one row a customer, made in a moment: whoever writes meanwhile waits for it"
# docs/upgrading.md says so.
LONG = "an index of messages, from before there was a way to make one meanwhile: workers wait"
FEW = "a table of a few rows that staff write"
# By migration and code of the linter: why it is no harm.
KNOWN: dict[tuple[str, str], str] = {
    ("conversations.0011_opt_out", "CREATE_INDEX"): SHORT,
    ("conversations.0012_queue", "CREATE_INDEX"): SHORT,
    ("conversations.0013_waiting", "CREATE_INDEX"): LONG,
    ("conversations.0016_handover", "CREATE_INDEX"): LONG,
    ("conversations.0023_accounts", "CREATE_INDEX"): FEW,
    ("conversations.0023_accounts", "ADD_UNIQUE"): FEW,
    ("conversations.0030_automatic_texts_of_accounts", "CREATE_INDEX"): FEW,
    ("conversations.0030_automatic_texts_of_accounts", "ADD_UNIQUE"): FEW,
    ("incidents.0003_contact_account", "CREATE_INDEX"): FEW,
    ("rules.0009_public_reply_variants", "ALTER_COLUMN"): "longer texts than before are allowed",
    ("shop.0006_shop_ids", "ALTER_COLUMN"): "a row an account, and wider numbers than before",
}


def since_last_release() -> list[tuple[str, str]]:
    listed = MigrationLoader(connection).disk_migrations
    return [
        (app, name) for app, name in sorted(listed)
        if app in OF_LAST_RELEASE and int(name[:4]) > OF_LAST_RELEASE[app]
    ]  # fmt: skip


def findings() -> Iterator[tuple[str, str]]:
    linter = MigrationLinter(str(ROOT), no_cache=True, no_output=True)
    for app, name in since_last_release():
        statements = linter.get_sql(app, name)
        errors, _, warnings = analyse_sql_statements(PostgresqlAnalyser, statements, [])
        for one in [*errors, *(one for one in warnings if one.code == "CREATE_INDEX")]:
            yield f"{app}.{name}", one.code


def test_code_of_the_last_release_runs_beside_these_tables() -> None:
    assert len(since_last_release()) > 40
    found = set(findings())
    assert found - set(KNOWN) == set(), "a contract step waits for the release after this one"
    assert set(KNOWN) - found == set(), "nothing to allow"


def test_each_app_with_tables_is_looked_at() -> None:
    listed = {app for app, _ in MigrationLoader(connection).disk_migrations}
    ours = {path.parent.parent.name for path in ROOT.glob("*/migrations/__init__.py")}
    assert listed & ours - {"sandbox"} == set(OF_LAST_RELEASE)  # that one is for development alone
