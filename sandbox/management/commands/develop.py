import errno
import io
import socket
import sys
import time
from pathlib import Path
from typing import Any

import requests
from django.conf import settings
from django.core.management import CommandError, call_command
from django.core.management.base import BaseCommand
from django.db import connections

from sandbox import login, payloads, processes, subscriptions

START_SECONDS = 30.0


class Command(BaseCommand):
    help = "Run instabot with the sandbox on this machine. What `make run` calls."

    def handle(self, *_: Any, **__: Any) -> None:
        try:
            code = self._run()
        except KeyboardInterrupt:
            code = 0
        self.stdout.write("\ninstabot has stopped." if code == 0 else "\ninstabot has failed.")
        sys.exit(code)

    def _run(self) -> int:
        if not (settings.DEBUG and settings.SANDBOX):
            raise CommandError("This is for development: set DEBUG=on and SANDBOX=on in .env.")
        check_port(settings.PORT)
        self.stdout.write("Preparing the database …")
        prepare()
        self._print_addresses(login.ensure_login())
        connections.close_all()  # the processes are forks
        return processes.run(Path(settings.BASE_DIR), settings.PORT, self._say_when_up)

    def _print_addresses(self, admin: login.Login | None) -> None:
        if admin is None:
            who = "(create a login: .venv/bin/python manage.py createsuperuser)"
        else:
            who = f"login: {admin.name}   password: {admin.password or 'the one you set'}"
        self.stdout.write(
            "\n"
            f"  Sandbox   {make_url('sandbox/')}\n"
            f"  Admin     {make_url('admin/')}   {who}\n"
            f"  Health    {make_url('health')}\n"
            "\n"
            "  Everything stays on this machine; nothing reaches Instagram. Ctrl-C stops it.\n"
        )

    def _say_when_up(self) -> None:
        """Wait until web and worker answer, and say so after their first lines."""
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            if is_ready():
                self.stdout.write(f"\n  instabot is up: {make_url('sandbox/')}\n")
                self.stdout.flush()
                return
            time.sleep(0.25)


def make_url(path: str) -> str:
    return f"http://127.0.0.1:{settings.PORT}/{path}"


def is_ready() -> bool:
    try:
        with requests.Session() as session:
            session.trust_env = False  # this machine is never behind a proxy
            return session.get(make_url("health/ready"), timeout=5).ok
    except requests.RequestException:
        return False


def check_port(port: int) -> None:
    """Raise CommandError if this machine cannot listen on the port."""
    advice = "Choose another port: make run PORT=9000"
    try:
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(("127.0.0.1", port))
            probe.listen()
    except (OSError, OverflowError) as error:
        if getattr(error, "errno", None) == errno.EADDRINUSE:
            problem = f"Port {port} is in use, perhaps by another make run."
        else:
            problem = f"Port {port} cannot be used on this machine."
        raise CommandError(f"{problem} {advice}") from None


def prepare() -> None:
    """Bring the database up to date and load the example rules, if that has not been done."""
    call_command("migrate", verbosity=0, interactive=False)
    call_command("seed_rules", stdout=io.StringIO())
    subscriptions.begin(payloads.account_id())
