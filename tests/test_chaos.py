"""The short form of `python -m bench chaos`: processes and servers die while customers write."""

import os
import subprocess
import sys

import pytest

from tests.support.service import ON_POSTGRES, ROOT

OURS = ("TEST_FOLDER", "TEST_DATABASE")  # it starts servers of its own


@pytest.mark.long
@pytest.mark.slow
def test_nothing_is_lost_doubled_or_out_of_order_while_everything_dies() -> None:
    database = "postgresql" if ON_POSTGRES else "sqlite"
    ran = subprocess.run(
        [sys.executable, "-m", "bench", "chaos", "--quick", "--chaos-database", database],
        cwd=ROOT,
        env={name: value for name, value in os.environ.items() if name not in OURS},
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
