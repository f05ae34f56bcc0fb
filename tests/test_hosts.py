"""What a host does to the processes: it stops them, and restarts the database under them."""

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.environment import postgres_away
from tests.support.graph import Sent
from tests.support.own_server import beside_its_own_server
from tests.support.service import ON_POSTGRES, Service, heeds_sigterm, wait_for
from tests.support.warm import Process

ANSWERS = [
    "We deliver in 2 to 4 working days",
    "Which product do you mean?",
    "You can return or exchange anything within 30 days, unworn and with its label",
]


def threads_of(process: Process) -> int:
    return len(list(Path(f"/proc/{process.pid}/task").iterdir()))


def test_sigterm_finishes_the_send_in_hand_and_begins_no_other(running: Service) -> None:
    running.settings = "tests.settings_slow"
    running.manage("tune", "waiting_seconds=0.5", "conversation_rate=0")
    answered = threading.Event()

    def keeps_waiting(_: Sent) -> None:
        answered.wait(20)

    running.graph.on_send = keeps_waiting
    questions = [("delivery", "aWdf1"), ("price", "aWdf2"), ("returns", "aWdf3")]
    for text, mid in questions:
        assert running.hears(text, mid) == 200
    worker = running.start_worker()
    wait_for(lambda: running.graph.sent, "the first send")
    before = threads_of(worker)
    wait_for(lambda: heeds_sigterm(worker), "its ears")
    worker.terminate()
    # Its idle threads end at once: it has heard.
    wait_for(lambda: threads_of(worker) < before, "the end of idle threads")
    answered.set()
    assert worker.wait(25) == 0
    attempts = "SELECT outcome, http_status FROM conversations_attempt"
    assert running.database.rows(attempts) == [("Sent", 200)]
    states = "SELECT state FROM conversations_message WHERE origin = 'bot' ORDER BY id"
    assert [state for (state,) in running.database.rows(states)] == ["sent", "queued", "queued"]
    assert running.texts == ANSWERS[:1]
    running.start_worker()
    wait_for(running.finished, "rest")
    assert running.texts == ANSWERS


@pytest.fixture
def beside_its_own_postgresql(tmp_path: Path) -> Iterator[tuple[Service, Path]]:
    with beside_its_own_server(tmp_path) as found:
        yield found


@pytest.mark.skipif(not ON_POSTGRES, reason="SQLite is no server")
@pytest.mark.parametrize("crash", [True, False])
def test_postgresql_may_restart_while_a_send_is_in_hand(
    beside_its_own_postgresql: tuple[Service, Path], crash: bool
) -> None:
    one, folder = beside_its_own_postgresql
    one.start_web(workers=2)
    one.start_worker()
    restarted = threading.Event()

    def restarts(_: Sent) -> None:
        if not restarted.is_set():
            with postgres_away(folder, crash=crash):
                assert one.hears("price", "aWdf2") == 503, "not taken, so Meta posts it again"
            restarted.set()

    one.graph.on_send = restarts
    assert one.hears("delivery", "aWdf1") == 200
    wait_for(restarted.is_set, "the restart")
    wait_for(lambda: one.hears("price", "aWdf2") == 200, "the second post")
    wait_for(lambda: len(one.texts) >= 2 and one.finished(), "rest", 60)
    assert one.texts == ANSWERS[:2]
    states = "SELECT state FROM conversations_message WHERE origin = 'bot'"
    assert one.database.rows(states) == [("sent",), ("sent",)]
