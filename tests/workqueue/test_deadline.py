"""What runs in the database for too long is ended, and the connection is good afterwards."""

import pytest
from django.contrib.auth.models import Group
from django.db import connection
from django.db.utils import OperationalError

from workqueue import deadline
from workqueue.postgresql import patience

pytestmark = pytest.mark.django_db(transaction=True)

ENDLESS = "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT max(x) FROM n"
MOMENT = 0.2


def run(statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)
        cursor.fetchall()


def test_a_statement_is_ended_and_what_was_written_before_it_is_undone() -> None:
    with (  # noqa: PT012 - what is written before belongs to it
        pytest.raises(OperationalError) as ended,
        deadline.at_most(MOMENT),
    ):
        if connection.vendor == "postgresql":
            Group.objects.create(name="half")
        run(ENDLESS)
    assert deadline.has_passed(ended.value)
    assert not Group.objects.filter(name="half").exists()


def test_many_short_statements_end_as_one_long_one_does() -> None:
    with pytest.raises(deadline.TooLongError), deadline.at_most(MOMENT):  # noqa: PT012 - a loop
        while True:
            run("SELECT 1")


def test_what_comes_afterwards_has_its_own_time() -> None:
    with deadline.at_most(0.0):
        pass
    run("SELECT 1")
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SHOW statement_timeout")
            assert cursor.fetchone() == ("0",)


def test_a_statement_may_take_longer_than_the_process_gives_others(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    if connection.vendor != "postgresql":
        pytest.skip("SQLite is no server")
    connection.ensure_connection()  # the server is told when it is made
    monkeypatch.setattr(patience, "_seconds", MOMENT)
    monkeypatch.setattr(patience, "SERVER_FIRST_SECONDS", 0.0)
    with deadline.at_most(60):
        run(f"SELECT pg_sleep({3 * MOMENT})")
    assert not patience._silent.is_set(), "else the statements of others are given up"
    with pytest.raises(OperationalError, match="gave no answer"):
        run(f"SELECT pg_sleep({3 * MOMENT})")
    patience._silent.clear()
    connection.close()


def test_the_server_bears_a_thread_that_reads_a_file_for_all_of_its_time() -> None:
    if connection.vendor != "postgresql":
        pytest.skip("SQLite is no server")
    with deadline.at_most(300), connection.cursor() as cursor:
        cursor.execute("SHOW idle_in_transaction_session_timeout")
        assert cursor.fetchone() == ("6min",)


def test_other_errors_are_not_about_the_time() -> None:
    with pytest.raises(Exception, match="nowhere") as other, deadline.at_most(60):
        run("SELECT * FROM nowhere")
    assert not deadline.has_passed(other.value)
    assert not deadline.has_passed(None)
