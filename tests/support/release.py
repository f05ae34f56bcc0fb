"""The last release as its own processes: its code from the clone's history, on any database."""

import subprocess
import sys
import tarfile
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path

import pytest

from tests.support.service import ROOT, Service, wait_for

LAST = "b469e05"  # a tag, once there is one


def unpack(folder: Path) -> Path:
    """Return where the code of the last release is; a clone without its history skips the test."""
    if not (ROOT / ".git").exists():
        pytest.skip("not a clone: the code of the last release is in its history alone")
    archive = ["git", "archive", LAST]
    found = subprocess.run(archive, cwd=ROOT, stdout=subprocess.PIPE, check=False)
    if found.returncode:
        pytest.skip(f"commit {LAST} is not in this clone: run `git fetch --unshallow`")
    with tarfile.open(fileobj=BytesIO(found.stdout)) as packed:
        packed.extractall(folder, filter="data")
    return folder


@dataclass
class Release(Service):
    """Its web and worker, beside those of another version, on the same database."""

    code: Path = ROOT
    started: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def prepare(self) -> None:
        """Make its own tables, and the example rules of then."""
        for command in (["migrate", "--verbosity=0"], ["seed_rules"]):
            called = [sys.executable, "manage.py", *command]
            subprocess.run(called, cwd=self.code, env=self._variables(), check=True)

    def _variables(self) -> dict[str, str]:
        return self.environment() | {"PYTHONPATH": str(self.code)}

    def begin(self) -> None:
        self._start("gunicorn", "instabot.wsgi")
        self._start("manage", "run_huey")
        wait_for(self.is_up, "the web process of the last release")

    def _start(self, *command: str) -> None:
        with self.log.open("ab") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", *command],
                cwd=self.code,
                env=self._variables(),
                stdout=log,
                stderr=log,
            )
        self.started.append(process)

    @property
    def log(self) -> Path:
        return self.folder / "release.log"

    def end(self) -> None:
        """Stop it as hosts do, which lets what is under way come to its end."""
        for process in self.started:
            process.terminate()
        for process in self.started:
            process.wait(60)
        self.started.clear()

    def kill(self) -> None:
        for process in self.started:
            process.kill()
            process.wait()
