"""instabot as processes: the real gunicorn, the real worker, a database and a bell of their own."""

import json
import os
import re
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg2
import requests

from instagram.signature import sign
from tests.support.graph import Echoes, Graph, Heard, envelope, text_body
from tests.support.warm import Process

ROOT = Path(__file__).resolve().parents[2]
SECRET = "new-secret"
ON_POSTGRES = os.environ.get("TEST_DATABASE") == "postgresql"


def free_port() -> int:
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_for(found: Callable[[], Any], what: str, seconds: float = 30) -> None:
    """Wait until it is so; the time only ends a test that has failed."""
    deadline = time.monotonic() + seconds
    while not found():
        if time.monotonic() > deadline:
            raise AssertionError(f"never came: {what}")
        time.sleep(0.02)


def heeds_sigterm(process: Process) -> bool:
    """Tell whether it ends in its own way: huey may answer somebody before it listens."""
    status = Path(f"/proc/{process.pid}/status").read_text()
    caught = int(re.findall(r"^SigCgt:\s*(\w+)$", status, re.MULTILINE)[0], 16)
    return bool(caught >> (signal.SIGTERM - 1) & 1)


class Database:
    """A fresh database with its tables and the example rules, copied from one made before."""

    def __init__(
        self, folder: Path, template: "Database | None" = None, server: str = "", name: str = ""
    ) -> None:
        """With a name, it is one that has been made."""
        self.name = name or f"service_{uuid.uuid4().hex[:12]}"
        self.server = server or (os.environ["DATABASE_URL"] if ON_POSTGRES else "")
        self.file = folder / f"{self.name}.sqlite3"
        if name:
            return
        if ON_POSTGRES:
            copied = f" TEMPLATE {template.name}" if template else ""
            self._administer(f"CREATE DATABASE {self.name}{copied}")
        elif template:
            shutil.copy(template.file, self.file)

    def _administer(self, statement: str) -> None:
        with closing(psycopg2.connect(self.server)) as connection:
            connection.autocommit = True
            connection.cursor().execute(statement)

    @property
    def url(self) -> str:
        if ON_POSTGRES:
            return self.server.replace("/postgres?", f"/{self.name}?")
        return f"sqlite:///{self.file}"

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        connect = psycopg2.connect(self.url) if ON_POSTGRES else sqlite3.connect(self.file)
        with closing(connect) as connection:
            cursor = connection.cursor()
            cursor.execute(query)
            return list(cursor.fetchall())

    def execute(self, script: str) -> None:
        """Run statements, and commit."""
        if ON_POSTGRES:
            with closing(psycopg2.connect(self.url)) as connection:
                connection.cursor().execute(script)
                connection.commit()
        else:
            with closing(sqlite3.connect(self.file)) as connection:
                connection.executescript(script)

    def drop(self) -> None:
        if ON_POSTGRES:
            self._administer(f"DROP DATABASE IF EXISTS {self.name} WITH (FORCE)")


@dataclass
class Service:
    folder: Path
    graph: Graph
    database: Database
    redis_url: str = ""
    settings: str = "tests.settings_quick"
    port: int = field(default_factory=free_port)
    processes: list[Process] = field(default_factory=list)
    variables: dict[str, str] = field(default_factory=dict)  # further ones

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def log(self) -> Path:
        return self.folder / "service.log"

    def environment(self) -> dict[str, str]:
        return {
            **os.environ,
            "DJANGO_SETTINGS_MODULE": self.settings,
            "DATABASE_URL": self.database.url,
            "REDIS_URL": self.redis_url,
            "GRAPH_API_URL": self.graph.url,
            "PORT": str(self.port),
            "GUNICORN_CMD_ARGS": f"--bind 127.0.0.1:{self.port}",
            "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
            **self.variables,
        }

    def start(self, *command: str, **variables: str) -> Process:
        process = Process(command, ROOT, self.environment() | variables, self.log)
        process.start()
        self.processes.append(process)
        return process

    def manage(self, *command: str) -> str:
        """Run a command; return what it printed."""
        with self.log.open("ab") as log:
            found = subprocess.run(
                [sys.executable, "manage.py", *command],
                cwd=ROOT,
                env=self.environment(),
                stdout=subprocess.PIPE,
                stderr=log,
                check=True,
            )
            log.write(found.stdout)
        return found.stdout.decode().strip()

    def start_web(self, workers: int = 1) -> Process:
        """Start the web process; one worker of it is half the work of the usual two."""
        web = self.start("gunicorn", f"--workers={workers}", "instabot.wsgi")
        wait_for(self.is_up, "the web process")
        return web

    def start_worker(self) -> Process:
        return self.start("manage", "run_huey")

    def start_mortal_web(self, point: str) -> Process:
        """A web process, each child of which dies at this point of its first POST."""
        web = self.start("gunicorn", "--workers=1", "tests.support.mortal", MORTAL=point)
        wait_for(self.is_up, "the web process")
        return web

    def start_mortal_worker(self, point: str) -> Process:
        return self.start("tests.support.mortal", point)

    def is_up(self) -> bool:
        try:
            return bool(requests.get(f"{self.url}/health", timeout=2).status_code == 200)
        except requests.RequestException:
            return False

    def hears(self, text: str, mid: str, customer: str = "870001") -> int:
        return self.hears_together([(text, mid)], customer)

    def hears_together(self, said: list[tuple[str, str]], customer: str = "870001") -> int:
        """Post texts with their mids as one webhook; return the status."""
        items = []
        for text, mid in said:
            self.graph.heard.append(Heard(customer, text, mid, time.time()))
            items += json.loads(text_body(customer, text, mid))["entry"][0]["messaging"]
        body = envelope(*items)
        headers = {"X-Hub-Signature-256": sign(body, SECRET)}
        url = f"{self.url}/webhooks/instagram"
        return requests.post(url, body, headers=headers, timeout=10).status_code

    @property
    def texts(self) -> list[str]:
        return [re.split(r"(?<=\?) |\.", sent.text)[0] for sent in self.graph.sent]

    def at_rest(self) -> bool:
        """Every event is closed, every conversation has nothing to do and nobody holds one."""
        events = self.database.rows(
            "SELECT count(*) FROM webhooks_webhookevent WHERE due_at IS NOT NULL"
        )
        conversations = self.database.rows(
            "SELECT count(*) FROM conversations_conversation WHERE due_at IS NOT NULL"
        )
        return bool(events[0][0] == conversations[0][0] == 0)

    def finished(self) -> bool:
        """Every question has its one verdict, and nothing is left to do."""
        undecided = "SELECT count(*) FROM conversations_message WHERE verdict = 'undecided'"
        return bool(self.database.rows(undecided)[0][0] == 0 and self.at_rest())

    def stop(self) -> None:
        for process in self.processes:
            process.kill()
        for process in self.processes:
            process.wait()
        self.database.drop()


@contextmanager
def service(
    folder: Path, template: Database | None, redis_url: str = "", server: str = ""
) -> Iterator[Service]:
    """A service whose Graph echoes each send to its webhook."""
    with Graph() as graph:
        one = Service(folder, graph, Database(folder, template, server), redis_url)
        graph.echoes = Echoes(f"{one.url}/webhooks/instagram", SECRET)
        try:
            yield one
        finally:
            one.stop()
