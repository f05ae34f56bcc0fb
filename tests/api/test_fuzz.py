"""Everything that the description allows, and what it forbids, against a running service."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.service import ROOT, Service, wait_for

pytestmark = pytest.mark.once

# What is described is also checked beyond its types (words of a rule, a closed window): so a
# request that fits the description may be refused.
PROGRAM = str(Path(sys.executable).with_name("schemathesis"))
NOT_CHECKED = "positive_data_acceptance"


@pytest.mark.long
def test_no_request_breaks_it_and_no_answer_is_outside_of_the_description(
    running: Service, tmp_path: Path
) -> None:
    running.manage("createsuperuser", "--noinput", "--username=anna", "--email=a@shop.example")
    token = running.manage("api_token", "anna")
    running.manage("tune", "api_rate=0", "waiting_seconds=0")
    running.start_worker()
    for number in range(5):
        running.hears("Where is my order?", f"mid-{number}", f"87000{number}")
    wait_for(running.finished, "the answers", 60)
    found = subprocess.run(
        [
            PROGRAM, "run", str(ROOT / "api/openapi.yaml"),
            f"--url={running.url}", f"--header=Authorization: Token {token}",
            f"--exclude-checks={NOT_CHECKED}", "--max-examples=10", "--request-timeout=30",
            "--workers=2", "--seed=1",
            "--no-color", "--suppress-health-check=all", "--continue-on-failure",
        ],
        cwd=tmp_path, capture_output=True, text=True, check=False,
    )  # fmt: skip
    errors = [line for line in running.log.read_text().splitlines() if '"level": "error"' in line]
    assert found.returncode == 0, f"{found.stdout}\n{found.stderr}\n{errors}"
