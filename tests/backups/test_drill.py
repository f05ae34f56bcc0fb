"""The drill, with real processes: a backup while customers write, the machine lost, and back."""

from pathlib import Path

from tests.support.customers import Customers, answered
from tests.support.graph import Echoes
from tests.support.service import Database, Service, wait_for

QUESTIONS = "conversations_message WHERE origin = 'customer'"


def count(service: Service, what: str) -> int:
    [(found,)] = service.database.rows(f"SELECT count(*) FROM {what}")
    return int(found)


def empty(database: Database) -> Database:
    """As `migrate` leaves it, without the example rules."""
    database.execute("DELETE FROM rules_rulechange; DELETE FROM rules_responserule;")
    return database


def all_compared(service: Service) -> bool:
    return count(service, "conversations_account WHERE compared_at IS NULL") == 0


def test_after_a_restore_nobody_is_answered_twice_and_nobody_new_is_left_out(
    running: Service, tmp_path: Path, template: Database
) -> None:
    graph = running.graph
    running.start_worker()
    with Customers(running) as customers:
        wait_for(lambda: count(running, QUESTIONS) > 20, "messages before the backup")
        said = running.manage("backup", str(tmp_path / "backup"))
        assert "everything as of" in said
        in_backup = len(customers.asked)
        wait_for(lambda: len(customers.asked) > in_backup + 20, "messages after the backup")
    wait_for(running.finished, "rest")
    assert answered(running) == customers.once_each()
    for process in running.processes:
        process.kill()
        process.wait()

    fresh = Service(tmp_path, graph, empty(Database(tmp_path, template)), running.redis_url)
    graph.echoes = Echoes(f"{fresh.url}/webhooks/instagram", "new-secret")
    try:
        assert "Sending is held" in fresh.manage(
            "restore", str(tmp_path / "backup"), "--without-erasures"
        )
        kept = count(fresh, QUESTIONS)
        assert 20 < kept < len(customers.asked), "some came before the backup, some after it"
        fresh.start_web()
        fresh.start_worker()
        assert fresh.hears("price", "aWdfLater", "880001") == 200
        wait_for(lambda: all_compared(fresh), "the comparison", seconds=60)
        assert answered(fresh) == customers.once_each()
        fresh.manage("hold", "--lift", "--now", "--by", "anna")
        wait_for(lambda: any(sent.recipient == "880001" for sent in graph.sent), "the new answer")
        wait_for(fresh.finished, "rest")
        assert answered(fresh) == customers.once_each() | {"880001": 1}
        open_ones = (
            "conversations_message WHERE state IN ('queued', 'sending', 'unknown', 'failed')"
        )
        assert count(fresh, open_ones) == 0
    finally:
        fresh.stop()
