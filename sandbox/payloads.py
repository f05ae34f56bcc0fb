"""Bodies of events, byte for byte as Meta writes them (Instagram Platform, Webhooks)."""

import base64
import json
import secrets
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.conf import settings
from django.utils import timezone

from sandbox.models import Customer, Message

USERNAME = "your.shop"
NODE_ID = "25380000000000001"  # the other id of the same account, see GET /me
_ACCOUNT_ID = "17841400000000001"
COMMENT_PREFIX = "comment:"
POST, PRODUCT_TYPE = "18000000000000030", "FEED"  # which customers comment on
ATTACHMENTS = {
    Message.Kind.PHOTO: "image",
    Message.Kind.VOICE: "audio",
    Message.Kind.SHARED_POST: "ig_post",
    Message.Kind.STORY_MENTION: "story_mention",
}


def account_id() -> str:
    """Return the shop's id as webhooks name it: the configured one, or one made up."""
    configured: str = settings.INSTAGRAM_ACCOUNT_ID
    return configured if configured.isdecimal() else _ACCOUNT_ID


def new_mid() -> str:
    """Return a message id like Meta's: about 150 characters that begin with aWdf."""
    thread = "34028236684171030124" + _digits(19)
    item = f"ig_dm_item:1:IGMessageID:{account_id()}:{thread}:{_digits(35)}"
    return base64.urlsafe_b64encode(item.encode()).decode().rstrip("=")


def _digits(count: int) -> str:
    return str(secrets.randbelow(9 * 10 ** (count - 1)) + 10 ** (count - 1))


Part = dict[str, list[dict[str, Any]]]  # what an entry holds: {"messaging": [item]}


def new_comment() -> str:
    """Return the key by which instabot knows a comment; the number in it is Meta's id."""
    return f"{COMMENT_PREFIX}{_digits(17)}"


def comment_number(message: Message) -> str:
    return message.mid.removeprefix(COMMENT_PREFIX)


def written(message: Message) -> Part:
    """Return what Meta posts when a customer has written, tapped, sent or commented."""
    if message.kind == Message.Kind.COMMENT:
        by = {"id": message.customer.igsid, "username": message.customer.username}
        return _commented(message, by)
    item = _between(message.customer.igsid, account_id(), message.at)
    if message.kind == Message.Kind.POSTBACK:
        content = {"mid": message.mid, "title": message.text, "payload": message.payload}
        return _place(message.customer, {**item, "postback": content})
    return _place(message.customer, {**item, "message": {"mid": message.mid, **said_in(message)}})


def said_in(message: Message) -> dict[str, Any]:
    """Return the content of a message without its mid."""
    kind, link = Message.Kind(message.kind), {"url": _media_url(message)}
    said: dict[str, Any] = {"text": message.text} if message.text else {}
    if kind == Message.Kind.QUICK_REPLY:
        said["quick_reply"] = {"payload": message.payload}
    elif kind == Message.Kind.STORY_REPLY:
        said["reply_to"] = {"story": {"id": "18000000000000020", **link}}
    elif kind == Message.Kind.POLL:
        said["is_unsupported"] = True
    elif kind == Message.Kind.VIEW_ONCE:
        said["attachments"] = [{"type": "ephemeral"}]
    elif kind in ATTACHMENTS:
        said["attachments"] = [{"type": ATTACHMENTS[kind], "payload": link}]
    if message.reply_to:
        said["reply_to"] = {"mid": message.reply_to.mid}
    return said


def _commented(message: Message, by: Mapping[str, str]) -> Part:
    media = {"id": POST, "media_product_type": PRODUCT_TYPE}
    value = {"id": comment_number(message), "text": message.text, "from": by, "media": media}
    return {"changes": [{"field": "comments", "value": value}]}


def public_reply(message: Message) -> Part:
    """Return what Meta posts about the shop's own comment."""
    by = {"id": account_id(), "username": USERNAME, "self_ig_scoped_id": "6500000000000001"}
    return _commented(message, by)


def unsent(message: Message) -> Part:
    content = {"mid": message.mid, "is_deleted": True}
    return _from_customer(message.customer, message=content)


def edited(message: Message) -> Part:
    content = {"mid": message.mid, "text": message.text, "num_edit": message.edits}
    return _from_customer(message.customer, message_edit=content)


def reacted(message: Message) -> Part:
    """Return what Meta posts when a reaction was added or removed."""
    content = {"mid": message.mid, "action": "react" if message.reaction else "unreact"}
    if message.reaction:
        content |= {"reaction": "other", "emoji": message.reaction}
    return _from_customer(message.customer, reaction=content)


def read(message: Message) -> Part:
    return _from_customer(message.customer, read={"mid": message.mid})


def referred(customer: Customer, ref: str) -> Part:
    source = f"https://ig.me/m/{USERNAME}?ref={ref}"
    referral = {"ref": ref, "source": source, "type": "OPEN_THREAD"}
    return _from_customer(customer, referral=referral)


def handed(customer: Customer) -> Part:
    """Return what Meta tells this app when another app takes control or returns it."""
    apps = ["111111111111", "222222222222"]
    how = "take_thread_control" if customer.elsewhere else "pass_thread_control"
    before, after = apps if customer.elsewhere else reversed(apps)
    content = {"previous_owner_app_id": before, "new_owner_app_id": after, "metadata": ""}
    return {"messaging": [{**_between(customer.igsid, account_id(), timezone.now()), how: content}]}


def _from_customer(customer: Customer, **content: Any) -> Part:
    item = _between(customer.igsid, account_id(), timezone.now())
    return _place(customer, {**item, **content})


def _place(customer: Customer, item: dict[str, Any]) -> Part:
    """Put the item on standby if another app owns the conversation (Conversation Routing)."""
    return {"standby" if customer.elsewhere else "messaging": [item]}


def echo(message: Message, metadata: str) -> Part:
    """Return what Meta posts about a message that was sent from the shop's account."""
    item = _between(account_id(), message.customer.igsid, message.at)
    item["message"] = {"mid": message.mid, "is_echo": True}
    if message.attachment:
        listed = [message.attachment, *message.attachment.get("others", [])]
        item["message"]["attachments"] = [_echoed(one) for one in listed]
    else:
        item["message"]["text"] = message.text
    if metadata:
        item["message"]["metadata"] = metadata
    return {"messaging": [item]}


def _echoed(attachment: Mapping[str, Any]) -> dict[str, Any]:
    """Return a template under the name of its type; media as they were sent."""
    payload = dict(attachment["payload"])
    name = payload.pop("template_type", None)
    return {"type": attachment["type"], "payload": {name: payload} if name else payload}


def body(part: Part) -> bytes:
    r"""Return the body in Meta's envelope: unicode escaped, and `/` written as `\/`."""
    now = _milliseconds(timezone.now())
    entry = {"id": account_id(), "time": now // 1000 if "changes" in part else now, **part}
    envelope = json.dumps({"object": "instagram", "entry": [entry]}, separators=(",", ":"))
    return envelope.replace("/", "\\/").encode("ascii")


def _between(sender: str, recipient: str, at: datetime) -> dict[str, Any]:
    return {
        "sender": {"id": sender},
        "recipient": {"id": recipient},
        "timestamp": _milliseconds(at),
    }


def _milliseconds(at: datetime) -> int:
    return int(at.timestamp() * 1000)


def _media_url(message: Message) -> str:
    # Meta's are on lookaside.fbsbx.com; this one can be opened on this machine.
    return f"http://127.0.0.1:{settings.PORT}/static/sandbox/photo.svg?asset_id={message.pk}"
