"""The doctor beside the sandbox: what it says of each fault that a developer can switch on."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from pytest_django import Settings

from conversations.account import identity
from instabot.doctor.findings import State
from instabot.doctor.subscription import subscribe_missing
from rules.models import ResponseRule
from sandbox import payloads, subscriptions
from sandbox.models import Fault
from tests.instabot.doctor.faults import found
from tests.support.threads import all_ends

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.once]

OK, WARNING, WRONG = State.OK, State.WARNING, State.WRONG
Wrong = Fault.Kind


@pytest.fixture(autouse=True)
def _account(server: str) -> Iterator[None]:
    """Our account, as a worker that has just started knows it."""
    identity.identify(identity.ready(1))
    with all_ends("process_request_thread"):
        yield


def subscribed(*faults: Wrong) -> Callable[[], Any]:
    def happens() -> None:
        has(*faults)()
        list(subscribe_missing())

    return happens


def begun() -> None:
    """As `make run` begins."""
    subscriptions.begin(payloads.account_id())


def has(*faults: Wrong) -> Callable[[], Any]:
    return lambda: [Fault.objects.create(kind=kind) for kind in faults]


@pytest.mark.parametrize(
    ("name", "happens", "state", "words"),
    [
        ("connection", has(), OK, "Instagram answers."),
        ("clock", has(), OK, "agrees with Instagram's"),
        ("verification", has(), OK, "asks for no verification"),
        ("webhooks", has(), WARNING, "Open the sandbox and write"),
        ("access", has(), OK, "lets everybody in"),
        ("address", has(), OK, "needs no public address"),
        ("token", has(), OK, "Instagram Login for @your.shop"),
        ("token", has(Wrong.LOGIN), WRONG, "has expired"),
        ("token", has(Wrong.ME_HTML), WRONG, "Meta could not be asked"),
        ("token", has(Wrong.ME_HANGS), WRONG, "Meta could not be asked"),
        ("account", has(), OK, "The account is the token's"),
        ("host", has(), OK, "belong together"),
        ("fields", has(), WRONG, "is not subscribed: no webhook comes"),
        ("fields", has(Wrong.LOGIN), WRONG, "The access token has expired"),
        ("fields", begun, OK, "are subscribed"),
        ("fields", subscribed(), OK, "are subscribed"),
        ("fields", subscribed(Wrong.FIELDS_REFUSED), WRONG, "is not subscribed"),
        ("fields", subscribed(Wrong.FIELDS_LOST), WRONG, "Not subscribed: comments."),
    ],
)
def test_each_fault_of_the_sandbox_is_told(
    sandbox: Settings, name: str, happens: Callable[[], Any], state: State, words: str
) -> None:
    sandbox.CSRF_TRUSTED_ORIGINS, sandbox.PUBLIC_URL = [], ""
    ResponseRule.objects.create(
        name="Price", order=1, keywords="price", reply="Ten.", for_comments=True
    )
    happens()
    findings = found(name)
    told = [one for one in findings if words in f"{one.says} {one.next_step}"]
    assert [one for one in told if one.state == state], findings
