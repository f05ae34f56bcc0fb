"""Runs the Procfile's own web and worker together, and stops them together (honcho)."""

import os
import signal
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

from honcho.environ import parse_procfile
from honcho.manager import Manager
from honcho.printer import Printer

WANTED = ("web", "worker")
STOPPED_BY_US = (130, 143)  # honcho's return codes after SIGINT and SIGTERM
# What the open page asks once a second would bury every other line.
NOISE = ("path=/sandbox/state", "status=200")


class Terminal(Printer):  # type: ignore[misc]  # honcho has no types
    """Prints what the processes write. The first line comes when all have been started."""

    def __init__(self, on_start: Callable[[], None]) -> None:
        super().__init__(sys.stdout)
        self._on_start: Callable[[], None] | None = on_start

    def write(self, message: Any) -> None:
        if self._on_start:
            begin, self._on_start = self._on_start, None
            # Not before: the processes are forks, and forks and threads do not mix.
            threading.Thread(target=begin, daemon=True).start()
        line = message.data
        text = line.decode("utf-8", "replace") if isinstance(line, bytes) else line
        if all(part in text for part in NOISE):
            return
        try:
            super().write(message)
        except OSError:  # the terminal was closed: stopping must still go on
            sys.stdout = Path(os.devnull).open("w", encoding="utf-8")  # noqa: SIM115 - open until the process ends
            self.output = sys.stdout


class Together(Manager):  # type: ignore[misc]  # honcho has no types
    """honcho's manager, which may also be stopped while it is still starting."""

    def __init__(self, printer: Printer) -> None:
        super().__init__(printer)
        self._owner = os.getpid()

    def terminate(self) -> None:
        if os.getpid() != self._owner:
            return  # a fork that has not yet laid down its parent's signal handlers
        if self._all_started():
            super().terminate()
            return
        again = threading.Timer(0.1, self.terminate)  # until every pid is known
        again.daemon = True
        again.start()


def run(root: Path, port: int, on_start: Callable[[], None]) -> int:
    """Run until a signal or until one of them ends; return the exit code, 0 after a signal."""
    procfile = parse_procfile((root / "Procfile").read_text("utf-8"))
    manager = Together(Terminal(on_start))
    for name in WANTED:
        # exec: honcho's shell gives way, so that what it waits for is the program itself.
        command = f"exec {procfile.processes[name]}"
        manager.add_process(name, command, env=environment(port), cwd=str(root))
    # A closed terminal window: honcho's processes are sessions of their own and would stay.
    signal.signal(signal.SIGHUP, lambda *_: os.kill(os.getpid(), signal.SIGTERM))
    manager.loop()
    if manager.returncode in STOPPED_BY_US:
        return 0
    return int(manager.returncode) if manager.returncode and manager.returncode > 0 else 1


def environment(port: int) -> dict[str, str]:
    """One port for all of them, reachable from this machine only, programs of this Python."""
    programs = Path(sys.executable).parent
    more = os.environ.get("GUNICORN_CMD_ARGS", "")
    return {
        **os.environ,
        "PATH": f"{programs}{os.pathsep}{os.environ.get('PATH', os.defpath)}",
        "PORT": str(port),
        "PYTHONUNBUFFERED": "1",
        "GUNICORN_CMD_ARGS": f"--graceful-timeout 2 {more} --bind 127.0.0.1:{port}",
    }
