"""Runs the web and the worker of the Procfile together, and stops them together (honcho)."""

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

PROCESS_NAMES = ("web", "worker")
SIGNAL_CODES = (130, 143)  # honcho's return codes after SIGINT and SIGTERM
# The open page asks once a second: that would hide all other lines.
NOISE = ("path=/sandbox/state", "status=200")


class Terminal(Printer):  # type: ignore[misc]  # honcho has no types
    """Prints the output of the processes. The first line comes when all have been started."""

    def __init__(self, on_start: Callable[[], None]) -> None:
        super().__init__(sys.stdout)
        self._on_start: Callable[[], None] | None = on_start

    def write(self, message: Any) -> None:
        if self._on_start:
            on_start, self._on_start = self._on_start, None
            # Not earlier: the processes are forks, which do not go together with threads.
            threading.Thread(target=on_start, daemon=True).start()
        line = message.data
        text = line.decode("utf-8", "replace") if isinstance(line, bytes) else line
        if all(part in text for part in NOISE):
            return
        try:
            super().write(message)
        except OSError:  # the terminal was closed: the processes must still be stopped
            sys.stdout = Path(os.devnull).open("w", encoding="utf-8")  # noqa: SIM115
            self.output = sys.stdout


class StoppableManager(Manager):  # type: ignore[misc]  # honcho has no types
    """honcho's manager, which can also be stopped while it is starting."""

    def __init__(self, printer: Printer) -> None:
        super().__init__(printer)
        self._owner = os.getpid()

    def terminate(self) -> None:
        if os.getpid() != self._owner:
            return  # a fork that still has the signal handlers of its parent
        if self._all_started():
            super().terminate()
            return
        retry = threading.Timer(0.1, self.terminate)  # until every pid is known
        retry.daemon = True
        retry.start()


def run(root: Path, port: int, on_start: Callable[[], None]) -> int:
    """Run until a signal comes or a process ends; return the exit code, 0 after a signal."""
    procfile = parse_procfile((root / "Procfile").read_text("utf-8"))
    manager = StoppableManager(Terminal(on_start))
    for name in PROCESS_NAMES:
        # exec replaces honcho's shell, so that it waits for the program itself.
        command = f"exec {procfile.processes[name]}"
        manager.add_process(name, command, env=make_environment(port), cwd=str(root))
    # When the terminal is closed: honcho's processes are sessions of their own and would go on.
    signal.signal(signal.SIGHUP, lambda *_: os.kill(os.getpid(), signal.SIGTERM))
    manager.loop()
    if manager.returncode in SIGNAL_CODES:
        return 0
    return int(manager.returncode) if manager.returncode and manager.returncode > 0 else 1


def make_environment(port: int) -> dict[str, str]:
    """Return variables for one port, reachable only from this machine, and for this Python."""
    programs = Path(sys.executable).parent
    more = os.environ.get("GUNICORN_CMD_ARGS", "")
    return {
        **os.environ,
        "PATH": f"{programs}{os.pathsep}{os.environ.get('PATH', os.defpath)}",
        "PORT": str(port),
        "PYTHONUNBUFFERED": "1",
        "GUNICORN_CMD_ARGS": f"--graceful-timeout 2 {more} --bind 127.0.0.1:{port}",
    }
