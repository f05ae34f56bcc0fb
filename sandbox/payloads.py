"""Webhook bodies, byte for byte as Meta writes them (Instagram Platform, Webhooks, "Examples")."""

import base64
import json
import secrets
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.conf import settings
from django.utils import timezone

from sandbox.models import Message

USERNAME = "your.shop"
NODE_ID = "25380000000000001"  # the other id of the same account, see GET /me
_ACCOUNT_ID = "17841400000000001"


def account_id() -> str:
    """Return the shop's id as webhooks name it: the configured one, or one made up."""
    configured: str = settings.INSTAGRAM_ACCOUNT_ID
    return configured if configured.isdecimal() else _ACCOUNT_ID


def new_mid() -> str:
    """Return a message id like Meta's: about 150 characters that begin with aWdf."""
    thread = "34028236684171030124" + _digits(19)
    said = f"ig_dm_item:1:IGMessageID:{account_id()}:{thread}:{_digits(35)}"
    return base64.urlsafe_b64encode(said.encode()).decode().rstrip("=")


def _digits(count: int) -> str:
    return str(secrets.randbelow(9 * 10 ** (count - 1)) + 10 ** (count - 1))


def written(message: Message) -> dict[str, Any]:
    """Return the item that says what a customer wrote, tapped or photographed."""
    item = _between(message.customer.igsid, account_id(), message.at)
    mid, kind = message.mid, message.kind
    if kind == Message.Kind.POSTBACK:
        item["postback"] = {"mid": mid, "title": message.text, "payload": message.payload}
    elif kind == Message.Kind.PHOTO:
        attachment = {"type": "image", "payload": {"url": _photo_url(message)}}
        item["message"] = {"mid": mid, "attachments": [attachment]}
    else:
        item["message"] = {"mid": mid, "text": message.text}
        if kind == Message.Kind.QUICK_REPLY:
            item["message"]["quick_reply"] = {"payload": message.payload}
    return item


def echo(message: Message, metadata: str) -> dict[str, Any]:
    """Return the item that tells the shop what was sent from its account."""
    item = _between(account_id(), message.customer.igsid, message.at)
    item["message"] = {"mid": message.mid, "text": message.text, "is_echo": True}
    if metadata:
        item["message"]["metadata"] = metadata
    return item


def body(item: Mapping[str, Any]) -> bytes:
    r"""Put one item into Meta's envelope: unicode escaped, and `/` written as `\/`."""
    entry = {"id": account_id(), "time": _milliseconds(timezone.now()), "messaging": [item]}
    said = json.dumps({"object": "instagram", "entry": [entry]}, separators=(",", ":"))
    return said.replace("/", "\\/").encode("ascii")


def _between(sender: str, recipient: str, at: datetime) -> dict[str, Any]:
    return {
        "sender": {"id": sender},
        "recipient": {"id": recipient},
        "timestamp": _milliseconds(at),
    }


def _milliseconds(at: datetime) -> int:
    return int(at.timestamp() * 1000)


def _photo_url(message: Message) -> str:
    # Meta's are on lookaside.fbsbx.com; this one can be opened on the machine it is about.
    return f"http://127.0.0.1:{settings.PORT}/static/sandbox/photo.svg?asset_id={message.pk}"
