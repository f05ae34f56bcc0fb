"""The Conversations API of the stand-in: it shows what is on the phone."""

import base64
from collections.abc import Iterable
from typing import Any

from sandbox import payloads
from sandbox.models import Customer, Message

MAX_DETAILED = 20  # the newest messages; Meta says of older ones that they were deleted
THREAD_PREFIX = "aWdfThread"


def list_conversations(customers: Iterable[Customer]) -> dict[str, Any]:
    """List the threads of the customers who have one."""
    threads = (
        (customer, customer.messages.order_by("-at", "-pk").first()) for customer in customers
    )
    data = [
        {"id": _thread_id(customer), "updated_time": _iso(newest)}
        for customer, newest in threads
        if newest is not None
    ]
    return {"data": data}


def find(node: str) -> dict[str, Any] | None:
    """Return a conversation or a message by its id; None: it is neither."""
    if node.startswith(THREAD_PREFIX):
        igsid = base64.urlsafe_b64decode(node.removeprefix(THREAD_PREFIX) + "==").decode()
        customer = Customer.objects.filter(igsid=igsid).first()
        return _thread(customer) if customer else None
    message = Message.objects.filter(mid=node).select_related("customer").first()
    return _details(message) if message else None


def _thread_id(customer: Customer) -> str:
    encoded = base64.urlsafe_b64encode(customer.igsid.encode()).decode().rstrip("=")
    return f"{THREAD_PREFIX}{encoded}"


def _thread(customer: Customer) -> dict[str, Any]:
    rows = customer.messages.exclude(mid__startswith=payloads.COMMENT_PREFIX).filter(unsent=False)
    newest = list(rows.order_by("-at", "-pk")[: 2 * MAX_DETAILED])
    data = [
        _details(message) if number < MAX_DETAILED else {"id": message.mid}
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
