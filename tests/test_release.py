"""The last release and this version on one database: beside each other, and back again."""

from pathlib import Path

import pytest

from tests.support.customers import Customers, answered
from tests.support.release import Release, unpack
from tests.support.service import ON_POSTGRES, Database, Service, wait_for

pytestmark = [
    pytest.mark.slow,
    # Of SQLite no second machine runs the version before.
    pytest.mark.skipif(not ON_POSTGRES, reason="its other half: `make test` runs it on PostgreSQL"),
]


def test_an_upgrade_under_load_and_the_way_back_lose_no_message(
    bare: Service, tmp_path: Path
) -> None:
    code = unpack(tmp_path / "release")
    now = Service(tmp_path, bare.graph, Database(tmp_path), bare.redis_url)
    before = Release(tmp_path, bare.graph, now.database, bare.redis_url, code=code)
    try:
        before.prepare()
        before.begin()
        bare.graph.echoes = None
        with Customers(before) as customers:

            def more(count: int = 20) -> None:
                """So many more are answered, by whatever runs now."""
                wanted = len(customers.asked) + count
                wait_for(lambda: len(customers.asked) >= wanted, "messages", seconds=60)
                wait_for(lambda: len(bare.graph.sent) >= wanted, "their answers", seconds=60)

            more()
            now.manage("migrate", "--verbosity=0")  # while the last release answers
            more()
            now.start_web()
            worker = now.start_worker()
            more()  # both versions' workers answer
            customers.at = now
            before.end()
            more()  # this version alone
            before.begin()
            customers.at = before
            worker.terminate()
            worker.wait(60)
            more()  # the last release alone, on what this version has written
        wait_for(now.finished, "rest", seconds=60)
        assert answered(now) == customers.once_each()
        failed = "SELECT count(*) FROM conversations_message WHERE state IN ('failed', 'unknown')"
        assert now.database.rows(failed) == [(0,)]
    finally:
        before.kill()
        now.stop()
