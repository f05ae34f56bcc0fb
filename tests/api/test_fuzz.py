"""Everything that the description allows, and what it forbids, against a running service.

By each role: what one of them may do at all, and how that is refused to the others.
"""

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.support.service import ROOT, Service, wait_for

pytestmark = pytest.mark.once

# What is described is also checked beyond its types (words of a rule, a closed window): so a
# request that fits the description may be refused.
PROGRAM = str(Path(sys.executable).with_name("schemathesis"))
NOT_CHECKED = "positive_data_acceptance"
HIDDEN = "zebra"  # of the account that Lena may not see
# Someone of each role; someone who sees one account alone; someone who has no role.
PEOPLE = ("Owner", "Support", "Reviewer", "Engineer", "Limited", "Nobody")
MAKE_PEOPLE = f"""
import json
from django.contrib.auth.models import Group, User
from api.models import Token
from conversations.account import access
from conversations.models import Account, Conversation, Message
first = Account.objects.ours()
first.save()
second = Account.objects.create(instagram_id="2", username="{HIDDEN}shop")
newest = Conversation.objects.latest("pk")
newest.account, newest.name = second, "{HIDDEN}"
newest.save()
tokens = {{}}
for name in {PEOPLE!r}:
    user = User.objects.create_user(name, is_staff=True)
    user.groups.set(Group.objects.filter(name="Owner" if name == "Limited" else name))
    tokens[name] = Token.objects.create(user=user, name=name)[1]
access.limit(User.objects.get(username="Limited"), [first])
print("tokens", json.dumps(tokens))
"""
SAFE = re.compile(r"/rules/try/?(\?|$)")  # a POST that only asks


def fuzz(one: Service, tokens: dict[str, str], folder: Path) -> list[dict[str, Any]]:
    """Call all operations as all of them; return what was asked, and the answers."""
    answers = folder / "answers.json"
    found = subprocess.run(
        [
            PROGRAM, "run", str(ROOT / "api/openapi.yaml"),
            f"--url={one.url}",
            f"--exclude-checks={NOT_CHECKED}", "--max-examples=7", "--request-timeout=30",
            "--workers=2", "--seed=1",
            "--no-color", "--suppress-health-check=all", "--continue-on-failure",
            "--report=har", f"--report-har-path={answers}",
        ],
        env={
            **os.environ, "TOKENS": json.dumps(tokens), "PYTHONPATH": str(ROOT),
            "SCHEMATHESIS_HOOKS": "tests.support.callers",
        },
        cwd=folder, capture_output=True, text=True, check=False,
    )  # fmt: skip
    errors = [line for line in one.log.read_text().splitlines() if '"level": "error"' in line]
    assert found.returncode == 0, f"{found.stdout}\n{found.stderr}\n{errors}"
    entries: list[dict[str, Any]] = json.loads(answers.read_text())["log"]["entries"]
    return entries


def caller_of(entry: dict[str, Any]) -> str:
    headers = {one["name"]: one["value"] for one in entry["request"]["headers"]}
    return str(headers.get("X-Caller", ""))


def is_write(entry: dict[str, Any]) -> bool:
    asked = entry["request"]
    return asked["method"] not in {"GET", "HEAD", "OPTIONS"} and not SAFE.search(asked["url"])


@pytest.mark.long
def test_no_request_breaks_it_and_no_answer_is_outside_of_the_description(
    running: Service, tmp_path: Path
) -> None:
    running.manage("tune", "api_rate=0", "waiting_seconds=0")
    running.start_worker()
    for number in range(5):
        running.hears("Where is my order?", f"mid-{number}", f"87000{number}")
    wait_for(running.finished, "the answers", 60)
    tokens = json.loads(running.manage("shell", "-c", MAKE_PEOPLE).partition("tokens ")[2])
    entries = fuzz(running, tokens, tmp_path)
    done = [one for one in entries if 200 <= one["response"]["status"] < 300]
    assert {caller_of(one) for one in entries} == {*PEOPLE, ""}
    assert not [one for one in entries if one["response"]["status"] >= 500]
    wrote = {caller_of(one) for one in done if is_write(one)}
    assert {"Owner", "Support"} <= wrote <= {"Owner", "Support", "Engineer", "Limited"}
    assert "Nobody" not in {caller_of(one) for one in done}
    shown = {caller_of(one) for one in done if HIDDEN in str(one["response"].get("content"))}
    assert "Owner" in shown
    assert "Limited" not in shown
