"""The doctor beside the sandbox: what it says of each fault that a developer can switch on."""

from collections.abc import Callable
from typing import NamedTuple

import pytest
from django.utils import timezone
from pytest_django import Settings

from conversations import turns
from conversations.account import identity, menu, renewal, tokens
from conversations.models import FIRST, Account, Conversation, Message, MissedLook
from conversations.recovery import upkeep
from instabot.doctor.findings import State
from instabot.doctor.subscription import subscribe_missing
from instagram.kinds import Kind
from instagram.menu import Option, Part
from rules.models import ResponseRule
from sandbox import payloads, phone, subscriptions
from sandbox.models import Customer, Fault
from sandbox.models import Message as Bubble
from sandbox.tokens import PAGE_ID, SAMPLES
from tests.instabot.doctor.faults import DAY, HOUR, MINUTE, ago, found
from tests.sandbox.calls import wait_for, wrote
from tests.support.talks import say
from webhooks import processing
from webhooks.models import WebhookEvent

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.once]

OK, WARNING, WRONG = State.OK, State.WARNING, State.WRONG
Wrong = Fault.Kind
Event = Callable[[], object]
NO_ANSWER, SLOW_DOWN = "Instagram gave no answer", "Instagram asks us to slow down"
TRIED: set[Wrong] = set()
# What is told where it happens, and changes nothing that the doctor looks at.
ELSEWHERE = {
    Wrong.HANG: "its message is unconfirmed, as after a 500",
    Wrong.PROXY: "the same",
    Wrong.CUT: "the same",
    Wrong.WINDOW: "the message says why it failed",
    Wrong.GONE: "the message says why it failed",
    Wrong.ECHO_BEFORE: "all is well",
    Wrong.ECHO_TWICE: "all is well",
    Wrong.ECHO_BARE: "all is well: it is recognised by its id",
    Wrong.CODE_EXPIRED: "the page of the login says it",
    Wrong.NO_MESSAGES: "the page of the login says it; the token pasted is a line below",
}


@pytest.fixture(autouse=True)
def _account(sandbox: Settings, server: str) -> None:
    """Our account, as a worker that has just started knows it; who hangs does so shortly."""
    sandbox.CSRF_TRUSTED_ORIGINS, sandbox.PUBLIC_URL = [], ""
    sandbox.GRAPH_TIMEOUT = (1.0, 0.5)
    identity.identify(identity.ready(FIRST))


def has(*faults: Wrong) -> Event:
    """Meta has these faults from now on."""
    TRIED.update(faults)
    return lambda: [Fault.objects.create(kind=kind, once=False) for kind in faults]


def after(*events: Event) -> Event:
    return lambda: [event() for event in events]


def subscribed(*faults: Wrong) -> Event:
    return after(has(*faults), lambda: list(subscribe_missing()))


def begun() -> None:
    """As `make run` begins."""
    subscriptions.begin(payloads.account_id())


def connected(sample: str, login: Kind) -> Event:
    """The account has a token of the sandbox's list."""

    def happens() -> None:
        tokens.keep(FIRST, SAMPLES[sample].key, login=login)
        if login is Kind.FACEBOOK:
            Account.objects.filter(pk=FIRST).update(node_id=PAGE_ID)
        identity.forget()

    return happens


by_page = connected("page", Kind.FACEBOOK)


def renewed(fault: Wrong) -> Event:
    def ages() -> None:
        Account.objects.update(token_made_at=timezone.now() - 2 * renewal.OLD_ENOUGH)

    return after(connected("shop", Kind.INSTAGRAM), ages, has(fault), renewal.look)


def published(*faults: Wrong) -> Event:
    breaks = has(*faults)

    def happens() -> None:
        breaks()
        account = Account.objects.get(pk=FIRST)
        menu.save(account, {Part.ICE_BREAKERS: [Option("Price?", "PRICE")]}, "olena")
        menu.publish(account)

    return happens


def works() -> None:
    now = timezone.now()
    for pk in WebhookEvent.objects.due(now).values_list("pk", flat=True):
        processing.at_once(pk, take=False)
    for pk in Conversation.objects.due(now).values_list("pk", flat=True):
        turns.take(pk)


def make_customer(number: int = 0) -> Customer:
    name = f"iryna{number}"
    return Customer.objects.create(igsid=f"871240695331027{number}", name=name, username=name)


def sent(*faults: Wrong, count: int = 3) -> Event:
    """Customers were answered an hour ago; where nothing hinders them the echoes came."""
    breaks = has(*faults)

    def happens() -> None:
        breaks()
        now = timezone.now()
        for number in range(count):
            customer = make_customer(number)
            wrote(customer)
            talk = Conversation.objects.create(
                account_id=FIRST, customer_id=customer.igsid, last_inbound_at=now
            )
            say(talk, "Ten.", state="queued")
            Conversation.objects.wake(talk.pk, now)
        works()
        if not faults:
            wait_for(lambda: WebhookEvent.objects.count() == count)
            works()
        Message.objects.exclude(called_at=None).update(called_at=ago(HOUR))
        Message.objects.exclude(sent_at=None).update(sent_at=ago(HOUR))

    return happens


def missed() -> None:
    """A customer wrote five minutes ago, and no webhook told of it."""
    given = {"began_at": ago(DAY), "looked_at": ago(2 * HOUR), "recognised_at": ago(DAY)}
    MissedLook.objects.create(pk=FIRST, **given)
    phone.write(customer=make_customer(), text="Price?")
    Bubble.objects.update(at=ago(5 * MINUTE))
    for _ in range(4):
        upkeep.look()


class Case(NamedTuple):
    check: str
    happens: Event
    state: State
    words: str


CASES = [
    Case("connection", has(), OK, "Instagram answers."),
    Case("clock", has(), OK, "agrees with Instagram's"),
    Case("version", has(), OK, "of v26.0 is known"),
    Case("verification", has(), OK, "asks for no verification"),
    Case("signatures", has(), OK, "No webhook was refused"),
    Case("webhooks", has(), WARNING, "Open the sandbox and write"),
    Case("access", has(), OK, "lets everybody in"),
    Case("address", has(), OK, "needs no public address"),
    Case("contacts", has(), OK, "in the sandbox nobody need be"),
    Case("heartbeat", has(), OK, "which the sandbox does not need"),
    Case("host", has(), OK, "belong together"),
    # The token
    Case("token", has(), OK, "Instagram Login for @your.shop"),
    Case("token", has(Wrong.LOGIN), WRONG, "has expired"),
    Case("token", has(Wrong.ME_HTML), WARNING, NO_ANSWER),
    Case("token", has(Wrong.ME_HANGS), WARNING, NO_ANSWER),
    Case("token", connected("bare", Kind.INSTAGRAM), WRONG, "_manage_messages is missing"),
    Case("token", connected("personal", Kind.INSTAGRAM), WRONG, "is a personal account"),
    Case("token", by_page, OK, "Facebook Login for @your.shop"),
    Case("token", connected("page_other", Kind.FACEBOOK), WRONG, "This token is of another app"),
    Case("token", renewed(Wrong.NO_RENEWAL), WARNING, "Instagram did not renew the access token"),
    Case("token", renewed(Wrong.RENEWAL_BROKEN), WARNING, "It has not been renewed since"),
    Case("account", has(), OK, "The account is the token's"),
    Case("permissions", by_page, OK, "has the permissions that the rules in use need"),
    Case("secret", by_page, OK, "is that of the token's app"),
    # What Meta posts
    Case("callback", by_page, OK, "The app posts its webhooks here"),
    Case("callback", after(by_page, has(Wrong.APP_REFUSED)), WRONG,
         "Meta does not accept FACEBOOK_APP_ID with FACEBOOK_APP_SECRET."),
    Case("callback", after(by_page, has(Wrong.APP_BUSY)), WARNING, SLOW_DOWN),
    Case("callback", after(by_page, has(Wrong.APP_BROKEN)), WARNING, NO_ANSWER),
    Case("callback", after(by_page, has(Wrong.APP_HTML)), WARNING, NO_ANSWER),
    Case("fields", has(), WRONG, "is not subscribed: no webhook comes"),
    Case("fields", has(Wrong.LOGIN), WRONG, "The access token has expired"),
    Case("fields", begun, OK, "are subscribed"),
    Case("fields", subscribed(), OK, "are subscribed"),
    Case("fields", after(by_page, subscribed()), OK, "The Page is subscribed."),
    Case("fields", subscribed(Wrong.FIELDS_REFUSED), WRONG, "is not subscribed"),
    Case("fields", subscribed(Wrong.FIELDS_LOST), WRONG, "Not subscribed: comments."),
    Case("missed", after(has(Wrong.WEBHOOK_LOST), missed), WARNING, "Found 1 message in the last"),
    # What we send
    Case("sending", has(), OK, "may send, and the bot is on."),
    Case("sending", sent(Wrong.THROTTLED), WARNING, "sends nothing at the moment: Instagram asked"),
    Case("sending", sent(Wrong.LOGIN), WRONG, "The access token has expired"),
    Case("echoes", sent(), OK, "What we send comes back as an echo."),
    Case("echoes", sent(Wrong.ECHO_NEVER), WARNING, "none of them came back as an echo"),
    Case("echoes", sent(Wrong.ERROR, Wrong.ECHO_NEVER, count=1), WARNING, "whether 1 message"),
    Case("read_back", sent(), OK, "Threads can be read back."),
    Case("menu", published(), WARNING, "answers a tap on “Where is my order?”"),
    Case("menu", published(Wrong.MENU_REFUSED), WARNING, "something else than was saved here"),
    Case("menu", published(Wrong.MENU_LOST), WARNING, "something else than was saved here"),
    Case("menu", published(Wrong.MENU_HTML), WARNING, NO_ANSWER),
    Case("menu", published(Wrong.MENU_HANGS), WARNING, NO_ANSWER),
]  # fmt: skip


@pytest.mark.parametrize(("name", "happens", "state", "words"), CASES)
def test_each_fault_of_the_sandbox_is_told(
    name: str, happens: Event, state: State, words: str
) -> None:
    ResponseRule.objects.create(
        name="Price", order=1, keywords="price", reply="Ten.", for_comments=True
    )
    happens()
    findings = found(name)
    told = [one for one in findings if words in f"{one.says} {one.next_step}"]
    assert [one for one in told if one.state == state], findings
    if state == OK:
        assert {one.state for one in findings} == {OK}


def test_no_fault_of_the_sandbox_is_left_out() -> None:
    assert TRIED | {*ELSEWHERE} == {*Wrong}
    assert not TRIED & {*ELSEWHERE}
