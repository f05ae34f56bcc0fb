"""Behind PgBouncer in transaction mode, where each transaction may get another connection."""

import os
import uuid
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import psycopg2
import pytest
import requests

from tests.support.pgbouncer import PROGRAM, WHY_NOT, PgBouncer
from tests.support.service import ON_POSTGRES, Service, wait_for

pytestmark = [
    pytest.mark.skipif(not ON_POSTGRES, reason="SQLite is no server"),
    pytest.mark.skipif(PROGRAM is None, reason=WHY_NOT),
]

LOG_IN = """
from django.contrib.auth.models import User
from django.test import Client
client = Client()
client.force_login(User.objects.create_superuser("anna"))
print(client.cookies["sessionid"].value)
"""


@pytest.fixture
def pooler() -> Iterator[PgBouncer]:
    # Not in tmp_path, where only its owner may look: PgBouncer may run as another user.
    name = f"pooled_{uuid.uuid4().hex[:8]}"
    folder = Path(os.environ["TEST_FOLDER"]) / name
    folder.mkdir()
    folder.chmod(0o777)
    with closing(psycopg2.connect(os.environ["DATABASE_URL"])) as server:
        server.autocommit = True
        cursor = server.cursor()
        cursor.execute(f"CREATE ROLE {name} LOGIN SUPERUSER")
        cursor.execute(f"ALTER ROLE {name} SET statement_timeout = '30s'")
        with PgBouncer(os.environ["DATABASE_URL"], folder, name) as pooler:
            yield pooler
        cursor.execute(f"DROP ROLE {name}")


@pytest.fixture
def pooled(bare: Service, pooler: PgBouncer) -> Iterator[Service]:
    """A service that knows PostgreSQL through the pooler only, set up as the documents say."""
    bare.variables["DATABASE_URL"] = pooler.url(bare.database.name)
    bare.variables["PREPARED_STATEMENTS"] = "off"
    yield bare
    for process in bare.processes:
        process.kill()


def test_every_message_is_answered_once(pooled: Service) -> None:
    pooled.start_web(workers=2)
    for _ in range(2):
        pooled.start_worker()
    for number in range(20):
        assert pooled.hears("price", f"aWdf{number}", customer=f"87000{number}") == 200
    wait_for(lambda: len(pooled.texts) >= 20 and pooled.finished(), "rest", 60)
    assert pooled.texts == ["Which product do you mean?"] * 20
    assert sorted(sent.recipient for sent in pooled.graph.sent) == sorted(
        f"87000{number}" for number in range(20)
    )


def test_lists_and_forms_of_the_admin_open(pooled: Service) -> None:
    pooled.start_web()
    pooled.start_worker()
    assert pooled.hears("price", "aWdf1") == 200
    wait_for(lambda: pooled.texts and pooled.finished(), "rest")
    session = pooled.manage("shell", "--verbosity=0", "-c", LOG_IN).splitlines()[-1]
    [(talk,)] = pooled.database.rows("SELECT id FROM conversations_conversation")
    [(rule,), *_] = pooled.database.rows("SELECT id FROM rules_responserule ORDER BY id")
    for page in (
        "",
        "auth/user/add/",  # it has groups and permissions to choose from
        "auth/user/",
        "conversations/conversation/",
        f"conversations/conversation/{talk}/change/",
        "rules/responserule/",
        f"rules/responserule/{rule}/change/",
        "rules/responserule/add/",
        "api/token/add/",
        "shop/shop/1/change/",
    ):
        response = requests.get(
            f"{pooled.url}/admin/{page}",
            headers={"Cookie": f"sessionid={session}", "X-Forwarded-Proto": "https"},
            timeout=30,
        )
        assert (page, response.status_code) == (page, 200)
        assert "/login/" not in response.url


def test_a_timeout_is_the_roles(pooler: PgBouncer) -> None:
    with closing(psycopg2.connect(pooler.url("postgres"))) as connection:
        cursor = connection.cursor()
        cursor.execute("SHOW statement_timeout")
        assert cursor.fetchall() == [("30s",)]
