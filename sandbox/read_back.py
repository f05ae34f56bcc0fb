"""The Conversations API of the stand-in: it shows what is on the phone."""

import base64
import binascii
from collections.abc import Mapping
from typing import Any

from sandbox import payloads
from sandbox.models import Customer, Message
from sandbox.pages import Listed
from sandbox.parameters import Field, pick

MAX_DETAILED = 20  # the newest messages; Meta says of older ones that they were deleted
THREAD_PREFIX = "aWdfThread"
THREAD_FIELDS = "id,updated_time"
MESSAGE_FIELDS = "id,created_time"
NO_FILES = ("ig_post", "story_mention")  # in fields of their own
MEDIA_DATA = {"image": "image_data", "video": "video_data"}  # others have a file_url


class Reader:
    """Reads threads and messages. address: of the API with its version; token: for next pages."""

    def __init__(self, address: str, token: str) -> None:
        self.address = address
        self.token = token

    def list_conversations(
        self,
        customers: list[Customer],
        node: str,
        options: dict[str, Any],
        fields: tuple[Field, ...],
    ) -> dict[str, Any]:
        """List the threads of the customers who have one, the newest first."""
        newest = {
            customer: last
            for customer in customers
            if (last := customer.messages.order_by("-at", "-pk").first())
        }
        rows = sorted(newest, key=lambda customer: (newest[customer].at, customer.pk), reverse=True)
        kept = {name: str(value) for name, value in options.items() if name != "access_token"}
        listed = Listed(
            rows, make_thread_id, f"{self.address}/{node}/conversations", self._with(kept)
        )
        return listed.page(options, lambda customer: self.read_thread(customer, fields))

    def list_messages(
        self, customer: Customer, options: dict[str, Any], fields: tuple[Field, ...]
    ) -> dict[str, Any]:
        """List the messages of a thread, the newest first; only the newest have details."""
        rows = customer.messages.exclude(mid__startswith=payloads.COMMENT_PREFIX)
        rows = rows.filter(unsent=False)
        listed = list(rows.select_related("customer").order_by("-at", "-pk"))
        detailed = {message.pk for message in listed[:MAX_DETAILED]}
        address = f"{self.address}/{make_thread_id(customer)}/messages"
        kept = {"fields": ",".join(map(str, fields))}

        def show(message: Message) -> dict[str, Any]:
            is_old = message.pk not in detailed
            return {"id": message.mid} if is_old else read_message(message, fields)

        return Listed(listed, lambda one: one.mid, address, self._with(kept)).page(options, show)

    def read_thread(self, customer: Customer, fields: tuple[Field, ...]) -> dict[str, Any]:
        newest = customer.messages.order_by("-at", "-pk").first()

        def messages(asked: Field) -> dict[str, Any]:
            inner = asked.inner or (Field("id"), Field("created_time"))
            return self.list_messages(customer, dict(asked.options), inner)

        known = {
            "id": make_thread_id(customer),
            "updated_time": _iso(newest) if newest else None,
            "participants": {"data": [_shop(), _person(customer)]},
            "name": None,  # only groups have one
            "messages": messages,
        }
        return pick(known, fields)

    def _with(self, parameters: dict[str, str]) -> dict[str, str]:
        return {**parameters, "access_token": self.token}


def find_thread(node: str) -> Customer | None:
    """Return whose thread has this id, if any has."""
    if not node.startswith(THREAD_PREFIX):
        return None
    try:
        igsid = base64.urlsafe_b64decode(node.removeprefix(THREAD_PREFIX) + "==").decode()
    except (binascii.Error, ValueError):
        return None
    return Customer.objects.filter(igsid=igsid).first()


def find_message(node: str) -> Message | None:
    return Message.objects.filter(mid=node).select_related("customer").first()


def make_thread_id(customer: Customer) -> str:
    encoded = base64.urlsafe_b64encode(customer.igsid.encode()).decode().rstrip("=")
    return f"{THREAD_PREFIX}{encoded}"


def read_message(message: Message, fields: tuple[Field, ...]) -> dict[str, Any]:
    """Return what is asked for of a message; raise RefusedError for a field that none has."""
    customer, shop = _person(message.customer), _shop()
    by, to = (customer, shop) if message.from_customer else (shop, customer)
    known = {
        "id": message.mid,
        "created_time": _iso(message),
        "from": by,
        "to": {"data": [to]},
        # Of templates and attachments Meta gives no text.
        "message": "" if message.attachment else message.text,
        "attachments": _attachments(message),
        **dict.fromkeys(("shares", "story", "tags", "reply_to", "is_unsupported")),
        **_beside(message),
        "reactions": _reactions(message),
    }
    return pick(known, fields)


def _attachments(message: Message) -> dict[str, Any] | None:
    listed = [message.attachment, *message.attachment.get("others", [])]
    if message.from_customer:
        listed = payloads.said_in(message).get("attachments", [])
    data = [shown for attachment in listed if (shown := _show_file(attachment))]
    return {"data": data} if data else None


def _beside(message: Message) -> dict[str, Any]:
    """Return what is no file, and Meta shows in fields of its own."""
    if not message.from_customer:
        return {}
    content = payloads.said_in(message)
    [only] = content.get("attachments") or [{}]
    link = {"link": (only.get("payload") or {}).get("url")}
    story = (content.get("reply_to") or {}).get("story")
    if story:
        return {"story": {"reply_to": {"id": story["id"], "link": story["url"]}}}
    if message.kind == Message.Kind.STORY_MENTION:
        return {"story": {"mention": link}}
    if message.kind == Message.Kind.SHARED_POST:
        return {"shares": {"data": [link]}}
    is_unsupported = message.kind in (Message.Kind.POLL, Message.Kind.VIEW_ONCE)
    return {"is_unsupported": True} if is_unsupported else {}


def _show_file(attachment: Mapping[str, Any]) -> dict[str, Any]:
    """Return where a file is; nothing for what is none, or is at Meta already."""
    url = (attachment.get("payload") or {}).get("url")
    if not url or attachment.get("type") in NO_FILES:
        return {}
    name = MEDIA_DATA.get(str(attachment.get("type")))
    if name:
        return {name: {"url": url}}
    mime_type = {"mime_type": "audio/mpeg"} if attachment.get("type") == "audio" else {}
    return {**mime_type, "file_url": url}


def _reactions(message: Message) -> dict[str, Any] | None:
    if not message.reaction:
        return None
    by = {"username": message.customer.username, "id": message.customer.igsid}
    return {"data": [{"reaction": message.reaction, "users": [by]}]}


def _person(customer: Customer) -> dict[str, str]:
    return {"username": customer.username, "id": customer.igsid}


def _shop() -> dict[str, str]:
    return {"username": payloads.USERNAME, "id": payloads.account_id()}


def _iso(message: Message) -> str:
    return f"{message.at:%Y-%m-%dT%H:%M:%S}+0000"
