"""docs/api.md: its five commands work, and it names all that there is."""

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from api import problems
from tests.api.description import OPENAPI
from tests.support.service import ROOT, Service, wait_for

pytestmark = pytest.mark.once

PAGE = (ROOT / "docs/api.md").read_text()


def commands() -> list[str]:
    [block] = re.findall(r"```bash\n(.*?)```", PAGE, re.DOTALL)
    return str(block).splitlines()


@pytest.mark.skipif(not shutil.which("curl"), reason="wants curl")
def test_five_commands_lead_from_nothing_to_a_reply(running: Service, tmp_path: Path) -> None:
    running.manage("createsuperuser", "--noinput", "--username=admin", "--email=a@shop.example")
    running.start_worker()
    running.hears("Where is my order?", "mid-1")
    wait_for(running.finished, "the bot's answer")
    typed = commands()
    assert len(typed) == 5
    program = sys.executable
    here = [
        line.replace("http://localhost:8000", running.url).replace(".venv/bin/python", program)
        for line in typed
    ]

    def run(*lines: str) -> Any:
        script = "set -e\n" + "\n".join([here[0], *lines])
        found = subprocess.run(
            ["sh", "-c", script],
            cwd=ROOT, env=running.environment(), capture_output=True, text=True, check=True,
        )  # fmt: skip
        return json.loads(found.stdout)

    [found] = run(here[1])["results"]
    # Of a shop that has just begun it is the first one.
    here = [line.replace("/conversations/1/", f"/conversations/{found['id']}/") for line in here]
    answer, question = run(here[2])["results"]
    assert (question["text"], answer["origin"]) == ("Where is my order?", "bot")
    [reply] = run(here[3])["messages"]
    assert reply["text"] == "Hello! I am Anna."
    wait_for(running.finished, "the reply", 30)
    [shown] = run(here[4])["results"]
    assert (shown["id"], shown["state"]) == (reply["id"], "sent")
    assert running.graph.sent[-1].text == "Hello! I am Anna."


def test_it_names_every_address() -> None:
    table = PAGE.split("## Endpoints")[1].split("##")[0]
    for path in OPENAPI["paths"]:
        last = path.removeprefix("/api/v1").replace("/statistics", "") + "/"
        assert last in table or last.rsplit("/", 2)[-2] + "/" in table, path


def test_it_names_every_problem() -> None:
    kinds = {*problems.KINDS.values(), problems.TOO_MUCH, "invalid"}
    kinds |= {one.kind for one in problems.Problem.__subclasses__()}
    table = PAGE.split("| `urn:instabot:problem:`")[1]
    first_column = " ".join(line.split("|")[1] for line in table.splitlines() if "|" in line)
    assert set(re.findall(r"`([a-z-]+)`", first_column)) == kinds


def test_it_names_every_parameter_of_conversations() -> None:
    parameters = OPENAPI["paths"]["/api/v1/conversations"]["get"]["parameters"]
    for name in {one["name"] for one in parameters} - {"cursor"}:
        assert f"`{name}`" in PAGE
