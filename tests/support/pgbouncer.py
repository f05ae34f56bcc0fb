"""A real PgBouncer in transaction mode, for tests stricter than the default.

Nothing of a session is left, and connections take turns: whatever relies on the connection of an
earlier transaction fails at once, not only under load.
"""

import os
import shutil
import socket
import subprocess
from contextlib import suppress
from pathlib import Path
from typing import Self
from urllib.parse import parse_qs, urlsplit

from tests.support.service import free_port, wait_for

PROGRAM = shutil.which("pgbouncer", path=f"{os.environ['PATH']}:/usr/sbin:/usr/local/sbin")
WHY_NOT = "PgBouncer is not installed (Debian: pgbouncer)"
CONFIGURATION = """
[databases]
* = host={host}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {port}
unix_socket_dir =
auth_type = trust
auth_file = {users}
pool_mode = transaction
default_pool_size = {pool}
max_client_conn = 1000
query_wait_timeout = 20
logfile = {folder}/pgbouncer.log
"""
STRICT = """
server_round_robin = 1
server_reset_query = DISCARD ALL
server_reset_query_always = 1
"""


class PgBouncer:
    def __init__(
        self, server: str, folder: Path, role: str, *, pool: int = 3, strict: bool = True
    ) -> None:
        """server: a PostgreSQL's address; folder: where anybody may write; role: who logs in.

        pool: connections to the server.
        """
        self.role = role
        self.port = free_port()
        [host] = parse_qs(urlsplit(server).query)["host"]
        self.owner = Path(host).stat().st_uid
        self.file = folder / "pgbouncer.ini"
        users = folder / "users"
        users.write_text(f'"{role}" ""\n')
        values = {"host": host, "port": self.port, "folder": folder, "users": users, "pool": pool}
        self.file.write_text(CONFIGURATION.format(**values) + (STRICT if strict else ""))

    def __enter__(self) -> Self:
        assert PROGRAM
        # It does not run as root; only the server's user may open its socket.
        user = self.owner if os.geteuid() == 0 else None
        self._process = subprocess.Popen([PROGRAM, "--quiet", str(self.file)], user=user)
        wait_for(self._answers, "PgBouncer")
        return self

    @property
    def pid(self) -> int:
        return self._process.pid

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.wait()

    def url(self, database: str) -> str:
        return f"postgres://{self.role}@127.0.0.1:{self.port}/{database}"

    def _answers(self) -> bool:
        with suppress(OSError), socket.create_connection(("127.0.0.1", self.port), 1):
            return True
        return False
