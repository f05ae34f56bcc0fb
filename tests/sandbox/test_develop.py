"""`make run` for real: its own processes, port and database, and what is left of them."""

import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.sandbox.calls import wait_for

pytestmark = [pytest.mark.no_database, pytest.mark.slow]

ROOT = Path(__file__).resolve().parents[2]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@dataclass
class Run:
    process: subprocess.Popen[bytes]
    printed: Path
    port: int

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def text(self) -> str:
        return self.printed.read_text("utf-8", "replace")

    def pids(self) -> dict[str, int]:
        found = re.findall(r"(web|worker) started \(pid=(\d+)\)", self.text())
        return {name: int(pid) for name, pid in found}

    def is_up(self) -> bool:
        assert self.process.poll() is None, self.text()
        return "instabot is up" in self.text()

    def ended(self) -> int:
        """Wait for the end; see that every process of each group has gone with it."""
        code = self.process.wait(15)
        for group in [self.process.pid, *self.pids().values()]:
            wait_for(partial(gone, group), 5)
        assert "Traceback" not in self.text()
        with pytest.raises(requests.ConnectionError):
            requests.get(f"{self.url}/health", timeout=2)
        return code


def living(group: int) -> list[str]:
    """The processes of a group that still run; the ended ones may wait to be collected."""
    found = []
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            state, _, of_group = path.read_text().rpartition(")")[2].split()[:3]
        except OSError:
            continue
        if int(of_group) == group and state != "Z":
            found.append(path.parent.name)
    return found


def gone(group: int) -> bool:
    return not living(group)


def variables(folder: Path, port: int, **more: str) -> dict[str, str]:
    return {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "instabot.settings",
        "DEBUG": "on",
        "SANDBOX": "on",
        "PORT": str(port),
        "DATABASE_URL": f"sqlite:///{folder}/instabot.sqlite3",
        "ALLOWED_HOSTS": "",
        "CSRF_TRUSTED_ORIGINS": "",
        "INSTAGRAM_PAGE_ACCESS_TOKEN": "sandbox-token",
        "GRAPH_API_URL": "",
        **more,
    }


def start(folder: Path, port: int, name: str = "printed", **more: str) -> Run:
    printed = folder / name
    with printed.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "sandbox"],
            cwd=ROOT,
            env=variables(folder, port, **more),
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,  # a terminal's foreground group of its own
        )
    return Run(process, printed, port)


@pytest.fixture
def run(tmp_path: Path) -> Iterator[Run]:
    run = start(tmp_path, free_port())
    try:
        wait_for(run.is_up, 60)
        yield run
    finally:
        for group in [run.process.pid, *run.pids().values()]:
            if living(group):
                os.killpg(group, signal.SIGKILL)
        run.process.wait(10)


def press_ctrl_c(run: Run) -> None:
    os.killpg(run.process.pid, signal.SIGINT)


def state(session: requests.Session, run: Run, customer: str = "") -> Any:
    response = session.get(f"{run.url}/sandbox/state?customer={customer}", timeout=5)
    return response.json()


def test_one_command_answers_a_customer_and_ctrl_c_leaves_nothing_behind(run: Run) -> None:
    for line in (f"{run.url}/sandbox/", f"{run.url}/admin/   login: admin", f"{run.url}/health"):
        assert line in run.text()
    assert requests.get(f"{run.url}/health", timeout=5).json() == {"status": "ok"}
    with requests.Session() as session:
        session.get(f"{run.url}/sandbox/", timeout=5)
        customer = state(session, run)["customer"]
        response = session.post(
            f"{run.url}/sandbox/messages",
            json={"customer": customer, "text": "Where is my order?"},
            headers={"X-CSRFToken": session.cookies["csrftoken"]},
            timeout=5,
        )
        assert response.status_code == 201
        wait_for(lambda: len(state(session, run, customer)["messages"]) == 2)
        answer = state(session, run, customer)["messages"][1]
    assert not answer["mine"]
    assert "parcel" in answer["text"]
    assert "Where is my order?" not in run.text()  # no log line says what people write
    press_ctrl_c(run)
    assert run.ended() == 0
    assert "instabot has stopped." in run.text()


def test_the_second_run_goes_on_and_prints_the_same_login(run: Run, tmp_path: Path) -> None:
    run.process.terminate()  # SIGTERM to the command alone
    assert run.ended() == 0
    second = start(tmp_path, run.port, "second")
    wait_for(second.is_up, 30)
    press_ctrl_c(second)
    assert second.ended() == 0
    first_login, second_login = (re.findall(r"password: \S+", one.text()) for one in (run, second))
    assert first_login == second_login != []


def test_when_one_process_dies_the_other_is_stopped_and_the_command_fails(run: Run) -> None:
    os.kill(run.pids()["worker"], signal.SIGKILL)
    assert run.ended() == 1


def said(folder: Path, port: int, **more: str) -> tuple[int, str]:
    run = start(folder, port, **more)
    return run.process.wait(30), run.text()


def test_a_port_in_use_is_said_in_a_sentence(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        code, text = said(tmp_path, port)
    assert code == 1
    assert f"Port {port} is in use" in text
    assert "make run PORT=9000" in text
    assert "Traceback" not in text


@pytest.mark.parametrize("off", ["DEBUG", "SANDBOX"])
def test_outside_of_development_it_refuses(tmp_path: Path, off: str) -> None:
    hosts = {"ALLOWED_HOSTS": "localhost", "CSRF_TRUSTED_ORIGINS": "https://bot.example.com"}
    code, text = said(tmp_path, free_port(), **{off: "off"}, **hosts)
    assert code == 1
    assert "set DEBUG=on and SANDBOX=on in .env" in text
    assert "Traceback" not in text
