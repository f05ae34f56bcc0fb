"""A client of npm's logs in to the stand-in's Graph API and works with it."""

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from sandbox import payloads
from sandbox.models import Customer, Message
from tests.sandbox.calls import TOKEN, wrote
from tests.support import npm

SCRIPT = Path(__file__).with_name("client.js")
CLIENT = "fbgraph@1.4.4"

pytestmark = [pytest.mark.slow, pytest.mark.once]


@pytest.fixture(scope="session")
def modules(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The client and what it needs, as npm installs them."""
    folder = tmp_path_factory.mktemp("node")
    shutil.copy(SCRIPT, folder)
    npm.install(CLIENT, folder)
    return folder


def test_it_reads_answers_and_is_refused_as_by_meta(
    server: str, customer: Customer, modules: Path
) -> None:
    wrote(customer)
    node = [npm.program("node"), "--no-deprecation"]
    ran = subprocess.run(
        [*node, SCRIPT.name, f"{server}/sandbox/graph", TOKEN, customer.igsid],
        cwd=modules, capture_output=True, text=True, check=True, timeout=60,
    )  # fmt: skip
    found: dict[str, Any] = json.loads(ran.stdout)
    me = found["me"]
    assert (me["user_id"], me["username"]) == (payloads.account_id(), payloads.USERNAME)
    text = "In 2 days \U0001f44d"
    assert Message.objects.get(mid=found["sent"]["message_id"]).text == text
    [thread] = found["threads"]["data"]
    assert [one["message"] for one in thread["messages"]["data"]] == [text]
    assert found["nobody"]["code"] == 100
    assert (found["refused"]["code"], found["refused"]["type"]) == (190, "OAuthException")
