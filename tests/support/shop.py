"""A shop under test: customers write to its real webhook, and its worker does what is due."""

import itertools
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.test import Client
from django.utils import timezone

from conversations import outbox, turns
from conversations.models import Conversation, Message, Origin, State
from instagram.signature import sign
from tests.support.graph import ACCOUNT, Graph, Heard, Sent, echo_body, envelope, text_body
from tests.support.waiting import check_who_waits
from webhooks import processing
from webhooks.models import WebhookEvent

SECRET = "new-secret"


@dataclass
class Shop:
    graph: Graph
    client: Client = field(default_factory=Client)

    def __post_init__(self) -> None:
        self._numbers = itertools.count(1)

    def receives(self, body: bytes, secret: str = SECRET, *, signed: bool = True) -> int:
        """Post a webhook signed with the secret, or not at all; return the status."""
        response = self.client.post(
            "/webhooks/instagram",
            body,
            content_type="application/json",
            headers={"X-Hub-Signature-256": sign(body, secret)} if signed else {},
        )
        return int(response.status_code)

    def hears(
        self, text: str, customer: str = "870001", mid: str = "", at: float | None = None
    ) -> str:
        """A customer writes; return the mid."""
        mid = mid or f"aWdfIN{next(self._numbers)}"
        at = at or timezone.now().timestamp()
        self.graph.heard.append(Heard(customer, text, mid, at))
        assert self.receives(text_body(customer, text, mid, at)) == 200
        return mid

    def hears_item(
        self, item: dict[str, Any], customer: str = "870001", at: float | None = None
    ) -> None:
        """Post one messaging item of any kind from this customer."""
        moment = at or timezone.now().timestamp()
        around = {
            "sender": {"id": customer},
            "recipient": {"id": ACCOUNT},
            "timestamp": int(moment * 1000),
        }
        assert self.receives(envelope({**around, **item})) == 200

    def hears_echo(self, sent: Sent, *, metadata: bool = True) -> None:
        assert self.receives(echo_body(sent, metadata=metadata)) == 200

    def reads(self) -> None:
        """Process all due events, as rings would."""
        while due := list(
            WebhookEvent.objects.due(timezone.now()).values_list("pk", flat=True)[:50]
        ):
            for pk in due:
                processing.at_once(pk, take=False)

    def works(self) -> None:
        """Do everything that is due now, and nothing that is due later."""
        for _ in range(50):
            self.reads()
            due = Conversation.objects.due(timezone.now()).values_list("pk", flat=True)[:50]
            if not due:
                return
            for pk in list(due):
                turns.take(pk)
        raise AssertionError("the work does not end")

    def settles(self, time_passes: Callable[[timedelta], None]) -> None:
        """Read threads back until every unconfirmed send is settled, or left to staff."""
        for _ in range(4):
            time_passes(settings.SETTLE_PAUSE)
            for _ in range(Message.objects.filter(state=State.UNKNOWN).count()):
                time_passes(settings.LOOK_EVERY)
                outbox.settle_next()
            self.works()

    @property
    def texts(self) -> list[str]:
        """What customers got, in order."""
        return [sent.text for sent in self.graph.sent]


def incoming() -> list[Message]:
    return list(Message.objects.filter(origin=Origin.CUSTOMER).order_by("at", "pk"))


def outgoing() -> list[Message]:
    return list(Message.objects.exclude(origin=Origin.CUSTOMER).order_by("pk"))


def at_rest() -> bool:
    """Nobody holds a conversation, none has anything to do, and each knows whether it waits."""
    check_who_waits()
    return not Conversation.objects.exclude(due_at=None, leased_until=None).exists()


def settled(shop: Shop, time_passes: Callable[[timedelta], None]) -> None:
    """Let leases end, echoes come and alarms go off, until nothing is left to do."""
    for _ in range(4):
        shop.works()
        for sent in list(shop.graph.sent):
            shop.hears_echo(sent)
        time_passes(settings.LEASE + timedelta(seconds=1))
        shop.works()
        shop.settles(time_passes)
        check_who_waits()
