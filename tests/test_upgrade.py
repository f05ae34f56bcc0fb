"""A database of an earlier version, made by that version's own code, is brought up to this one."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.support.graph import NOBODY_THERE, Graph
from tests.support.service import ON_POSTGRES, Database, Service

pytestmark = [pytest.mark.xdist_group("upgrade"), pytest.mark.slow]

DUMPS = Path(__file__).parent / "databases"
MOVED = ("shop", "openhours", "tuning")  # models that have an app of their own since
# Django writes these itself when it migrates.
DJANGOS = ("django_migrations", "django_content_type", "auth_permission", "sqlite_sequence")
ROLES = ("auth_group", "auth_group_permissions")  # a migration makes them


def load(database: Database, dump: str) -> None:
    """Fill an empty database with what another one said of itself."""
    kind = "postgresql" if ON_POSTGRES else "sqlite"
    database.execute((DUMPS / f"{dump}.{kind}.sql").read_text())


def tables(database: Database) -> list[str]:
    query = "SELECT name FROM sqlite_master WHERE type = 'table'"
    if ON_POSTGRES:
        query = "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
    return sorted(name for (name,) in database.rows(query))


def columns(database: Database, table: str) -> list[str]:
    query = f"SELECT name FROM pragma_table_info('{table}')"
    if ON_POSTGRES:
        query = f"SELECT column_name FROM information_schema.columns WHERE table_name = '{table}'"
    return sorted(f'"{name}"' for (name,) in database.rows(query))


def contents(database: Database, named: dict[str, list[str]]) -> dict[str, list[str]]:
    """Return each table's rows as text, of these columns."""
    queries = {table: f'SELECT {", ".join(names)} FROM "{table}"' for table, names in named.items()}
    return {
        table: sorted(str([readable(value) for value in row]) for row in database.rows(query))
        for table, query in queries.items()
    }


def readable(value: Any) -> Any:
    return bytes(value) if isinstance(value, memoryview) else value


@dataclass
class Upgrade:
    """A database before and after; `service` runs commands on it."""

    service: Service
    before: dict[str, list[str]]
    after: dict[str, list[str]]

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        return self.service.database.rows(query)


@pytest.fixture(scope="module")
def upgrade(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Upgrade]:
    """A database that was made before the shop had an app of its own, and migrated since."""
    folder = tmp_path_factory.mktemp("upgrade")
    database = Database(folder)
    load(database, "before_rooms")
    service = Service(folder, Graph(port=NOBODY_THERE), database)
    kept = [name for name in tables(database) if name not in (*DJANGOS, *ROLES)]
    named = {table: columns(database, table) for table in kept}
    before = contents(database, named)
    service.manage("migrate", "--verbosity=0")
    yield Upgrade(service, before, contents(database, named))
    service.stop()


def test_no_row_is_lost(upgrade: Upgrade) -> None:
    assert sum(map(len, upgrade.before.values())) > 20
    assert upgrade.after == upgrade.before


def test_who_was_flagged_waits_since_their_last_message(upgrade: Upgrade) -> None:
    rows = upgrade.rows(
        "SELECT waiting_since = (SELECT max(at) FROM conversations_message"
        " WHERE conversation_id = talk.id AND origin = 'customer')"
        " FROM conversations_conversation talk WHERE needs_person"
    )
    assert [bool(same) for (same,) in rows] == [True]


def test_permissions_and_history_go_with_the_shop(upgrade: Upgrade) -> None:
    rows = upgrade.rows(
        "SELECT type.app_label, permission.codename FROM auth_user_user_permissions held"
        " JOIN auth_permission permission ON permission.id = held.permission_id"
        " JOIN django_content_type type ON type.id = permission.content_type_id"
        " ORDER BY permission.codename"
    )
    assert rows == [
        ("conversations", "change_conversation"),
        ("shop", "change_shop"),
        ("conversations", "view_conversation"),
        ("rules", "view_responserule"),
        ("shop", "view_shop"),
        ("shop", "view_tuning"),
    ]
    history = upgrade.rows(
        "SELECT type.app_label, type.model FROM django_admin_log entry"
        " JOIN django_content_type type ON type.id = entry.content_type_id"
    )
    assert history == [("shop", "shop")]


def test_each_model_has_its_permissions_once(upgrade: Upgrade) -> None:
    types = upgrade.rows(f"SELECT app_label, model FROM django_content_type WHERE model IN {MOVED}")
    assert sorted(types) == [("shop", "openhours"), ("shop", "shop"), ("shop", "tuning")]
    shops = upgrade.rows("SELECT codename FROM auth_permission WHERE codename LIKE '%_shop'")
    assert len(shops) == 4


OF_AN_ACCOUNT = """
from conversations.models import Account, AutomaticText
from shop.models import Shop, row_of
own = Shop.objects.create(id=row_of(1), account=1, name="Cakes")
own.hours.create(weekday=1, opens="09:00", closes="10:00")
for account in (None, Account.objects.ours()):
    AutomaticText.objects.create(account=account, text="We are away.")
"""


def test_what_is_of_one_account_does_not_become_that_of_all_on_the_way_back(
    upgrade: Upgrade,
) -> None:
    shops, hours = "SELECT name FROM conversations_shop", "SELECT * FROM conversations_openhours"
    texts, before = "SELECT digest FROM conversations_automatictext", len(upgrade.rows(hours))
    marked = len(upgrade.rows(texts))
    upgrade.service.manage("shell", "-c", OF_AN_ACCOUNT)
    assert len(upgrade.rows(shops)) == 2
    assert len(upgrade.rows(texts)) == marked + 2
    upgrade.service.manage("migrate", "conversations", "0026", "--verbosity=0")
    upgrade.service.manage("migrate", "shop", "0004", "--verbosity=0")
    assert upgrade.rows(shops) == [("Olena's Flowers",)]
    assert len(upgrade.rows(hours)) == before
    assert len(upgrade.rows(texts)) == marked + 1
    upgrade.service.manage("migrate", "--verbosity=0")
    assert upgrade.rows("SELECT account FROM conversations_shop") == [(None,)]


def test_the_way_back_and_forth_changes_nothing(upgrade: Upgrade) -> None:
    upgrade.service.manage("migrate", "shop", "zero", "--verbosity=0")
    upgrade.service.manage("migrate", "--verbosity=0")
    test_permissions_and_history_go_with_the_shop(upgrade)
    test_each_model_has_its_permissions_once(upgrade)
