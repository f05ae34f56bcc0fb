"""The Conversations API of the stand-in: what is really on the phone."""

import base64
from collections.abc import Iterable
from typing import Any

from sandbox import payloads
from sandbox.models import Customer, Message

DETAILED = 20  # the newest; of older ones Meta says that they were deleted
THREAD = "aWdfThread"


def conversations(customers: Iterable[Customer]) -> dict[str, Any]:
    """List the threads of those who have one."""
    found = ((one, one.messages.order_by("-at", "-pk").first()) for one in customers)
    data = [
        {"id": _thread_id(customer), "updated_time": _iso(newest)}
        for customer, newest in found
        if newest is not None
    ]
    return {"data": data}


def look(node: str) -> dict[str, Any] | None:
    """Return a conversation or a message by its id; None: it is neither."""
    if node.startswith(THREAD):
        igsid = base64.urlsafe_b64decode(node.removeprefix(THREAD) + "==").decode()
        customer = Customer.objects.filter(igsid=igsid).first()
        return _thread(customer) if customer else None
    message = Message.objects.filter(mid=node).select_related("customer").first()
    return _details(message) if message else None


def _thread_id(customer: Customer) -> str:
    said = base64.urlsafe_b64encode(customer.igsid.encode()).decode().rstrip("=")
    return f"{THREAD}{said}"


def _thread(customer: Customer) -> dict[str, Any]:
    rows = customer.messages.exclude(mid__startswith=payloads.COMMENT).filter(unsent=False)
    newest = list(rows.order_by("-at", "-pk")[: 2 * DETAILED])
    data = [
        _details(message) if number < DETAILED else {"id": message.mid}
        for number, message in enumerate(newest)
    ]
    return {"messages": {"data": data}, "id": _thread_id(customer)}


def _details(message: Message) -> dict[str, Any]:
    customer = {"username": message.customer.username, "id": message.customer.igsid}
    shop = {"username": payloads.USERNAME, "id": payloads.account_id()}
    by, to = (customer, shop) if message.from_customer else (shop, customer)
    return {
        "id": message.mid,
        "created_time": _iso(message),
        "from": by,
        "to": {"data": [to]},
        # Of templates and attachments Meta gives no text.
        "message": "" if message.attachment else message.text,
    }


def _iso(message: Message) -> str:
    return f"{message.at:%Y-%m-%dT%H:%M:%S}+0000"
