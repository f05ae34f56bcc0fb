"""The real gunicorn and the real worker: a signed webhook goes in, the reply arrives at Meta.

On SQLite with its bell, and on PostgreSQL with a real Valkey; then with processes killed between
the steps.
"""

import signal
from collections.abc import Sequence
from pathlib import Path

import pytest
import requests

from tests.support import points
from tests.support.graph import HTML_502, RESET
from tests.support.service import ON_POSTGRES, Database, Service, heeds_sigterm, service, wait_for
from tests.support.valkey import Valkey

DELIVERY = "We deliver in 2 to 4 working days"
PRICE = "Which product do you mean?"


def here(where: Sequence[str]) -> Sequence[str]:
    """Each point on PostgreSQL; some on SQLite, where test_deaths dies at each in one process."""
    return where if ON_POSTGRES else where[::3]


def test_a_webhook_is_answered_stored_and_explained(running: Service) -> None:
    running.start_worker()
    assert running.hears("How much is delivery?", "aWdf1") == 200
    wait_for(lambda: running.texts, "the answer")
    wait_for(running.finished, "rest")
    assert running.texts == [DELIVERY]
    question = "SELECT verdict, reason FROM conversations_message WHERE origin = 'customer'"
    assert running.database.rows(question) == [("answered", "matched 'delivery' in rule Delivery")]
    answer = "SELECT state, mid FROM conversations_message WHERE origin = 'bot'"
    assert running.database.rows(answer) == [("sent", running.graph.sent[0].mid)]
    ready = requests.get(f"{running.url}/health/ready", timeout=5)
    assert ready.json()["status"] == "ok"
    assert "huey" not in running.log.read_text(), "Huey's command adds no lines of its own"


def test_the_same_webhook_twenty_times_is_answered_once(bare: Service) -> None:
    bare.start_web(workers=2)
    bare.start_worker()
    bare.start_worker()
    for _ in range(20):
        assert bare.hears("delivery", "aWdf1") == 200
    wait_for(lambda: bare.texts, "the answer")
    wait_for(bare.finished, "rest")
    assert bare.texts == [DELIVERY]


@pytest.mark.parametrize("point", here([*points.AT_ONCE, *points.TURN]))
def test_a_worker_killed_at_any_point_loses_nothing_and_repeats_nothing(
    running: Service, point: str
) -> None:
    dying = running.start_mortal_worker(point)
    first = 2 if point in points.WAITS else 1
    questions = [("delivery", f"aWdf1{number}") for number in range(first)]
    assert running.hears_together(questions) == 200
    assert dying.wait(30) == -signal.SIGKILL
    assert running.hears("price", "aWdf2") == 200
    running.start_worker()
    wait_for(lambda: len(running.texts) > first, "answers")
    wait_for(running.finished, "rest")
    states = [
        state
        for (state,) in running.database.rows(
            "SELECT state FROM conversations_message WHERE origin = 'bot' ORDER BY id"
        )
    ]
    if point in points.AT_ONCE:
        # The first question is recorded when the ticker finds its event; the second need not wait.
        assert sorted(running.texts) == sorted([DELIVERY, PRICE])
    else:
        assert running.texts == [*[DELIVERY] * first, PRICE]
    assert states == ["sent"] * (first + 1)


def test_what_was_acknowledged_survives_the_kill_of_the_web_process(running: Service) -> None:
    assert running.hears("delivery", "aWdf1") == 200
    running.processes[0].send_signal(signal.SIGKILL)
    running.start_worker()
    wait_for(lambda: running.texts, "the answer")
    assert running.texts == [DELIVERY]


@pytest.mark.parametrize("point", here([*points.DOOR]))
def test_a_web_process_killed_at_any_point_of_the_door_has_taken_it_or_gets_it_again(
    bare: Service, point: str
) -> None:
    web = bare.start_mortal_web(point)
    with pytest.raises(requests.ConnectionError):
        bare.hears("delivery", "aWdf1")
    web.terminate()  # its next child would die too
    web.wait(25)
    bare.start_web()
    assert bare.hears("delivery", "aWdf1") == 200, "Meta posts again what nobody answered"
    bare.start_worker()
    wait_for(lambda: bare.texts, "the answer")
    wait_for(bare.finished, "rest")
    assert bare.texts == [DELIVERY]


@pytest.mark.parametrize("point", here([*points.EVENT]))
def test_a_worker_killed_in_a_batch_loses_nothing_and_repeats_nothing(
    running: Service, point: str
) -> None:
    dying = running.start_mortal_worker(point)
    texts = ("delivery", "price", "delivery")
    assert running.hears_together([(text, f"aWdf{n}") for n, text in enumerate(texts)]) == 200
    assert dying.wait(30) == -signal.SIGKILL
    running.start_worker()
    wait_for(lambda: len(running.texts) >= len(texts), "answers")
    wait_for(running.finished, "rest")
    assert running.texts == [DELIVERY, PRICE, DELIVERY]


@pytest.mark.parametrize("point", here([*points.SETTLE]))
def test_a_worker_killed_while_it_settles_a_send_loses_nothing_and_repeats_nothing(
    running: Service, point: str
) -> None:
    running.graph.echoes = None
    running.graph.faults.append(RESET if point == "after the send was found" else HTML_502)
    dying = running.start_mortal_worker(point)
    assert running.hears("delivery", "aWdf1") == 200
    assert dying.wait(30) == -signal.SIGKILL
    running.start_worker()
    wait_for(lambda: running.texts, "the answer")
    wait_for(running.finished, "rest", 60)
    assert running.texts == [DELIVERY]
    states = "SELECT state FROM conversations_message WHERE origin = 'bot'"
    assert running.database.rows(states) == [("sent",)]


def test_a_rule_saved_by_another_process_is_in_force_without_a_restart(running: Service) -> None:
    running.start_worker()
    running.hears("delivery", "aWdf0")
    wait_for(lambda: running.texts == [DELIVERY], "the old answer")
    running.manage(
        "shell",
        "-c",
        "from rules.models import ResponseRule as R; r = R.objects.get(name='Delivery');"
        " r.reply = 'By rocket.'; r.save()",
    )
    numbers = iter(range(1, 100))

    def new_answer() -> bool:
        running.hears("delivery", f"aWdf{next(numbers)}")
        return "By rocket" in running.texts

    wait_for(new_answer, "the new answer")


def test_a_worker_stops_cleanly_on_sigterm(running: Service) -> None:
    worker = running.start_worker()
    running.hears("delivery", "aWdf1")
    wait_for(lambda: running.texts, "the answer")
    wait_for(lambda: heeds_sigterm(worker), "its ears")
    worker.terminate()
    assert worker.wait(25) == 0


@pytest.mark.skipif(not ON_POSTGRES, reason="SQLite has its own bell")
def test_postgresql_without_redis_is_answered_by_the_ticker(
    tmp_path: Path, template: Database
) -> None:
    with service(tmp_path, template) as one:
        one.start_web()
        one.start_worker()
        one.hears("delivery", "aWdf1")
        wait_for(lambda: one.texts, "the answer")
        wait_for(one.finished, "rest")
        assert one.texts == [DELIVERY]


@pytest.mark.skipif(not ON_POSTGRES, reason="SQLite has its own bell")
def test_redis_may_go_away_and_come_back(running: Service, valkey: Valkey) -> None:
    running.start_worker()
    running.hears("delivery", "aWdf1")
    wait_for(lambda: running.texts, "the first answer")
    valkey.stop()
    assert running.hears("price", "aWdf2") == 200
    valkey.start()
    wait_for(lambda: running.texts == [DELIVERY, PRICE], "the second answer")
