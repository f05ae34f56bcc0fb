"""A service beside a PostgreSQL that no other test uses, so that it may be frozen or restarted."""

import os
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.environment import start_postgres, stop_postgres
from tests.support.service import Service, service


@contextmanager
def beside_its_own_server(folder: Path, **given: Any) -> Iterator[tuple[Service, Path]]:
    """Return the service, with tables and example rules, and the server's folder.

    given: what start_postgres() takes.
    """
    # Not in the test's own folder, where only its owner may look: PostgreSQL may run as another
    # user.
    place = Path(os.environ["TEST_FOLDER"]) / f"own-{uuid.uuid4().hex[:8]}"
    place.mkdir()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_RUNTIME_DIR", "")  # put back afterwards
        server = start_postgres(place, **given)
        try:
            with service(folder, None, server=server) as one:
                one.manage("migrate", "--verbosity=0")
                one.manage("seed_rules")
                yield one, place
        finally:
            stop_postgres(place)
