"""The items that Meta tells us, as frozen dataclasses; parser.py reads them from an event's body.

Shapes: Instagram Platform, Webhooks, "Examples". An unknown kind never raises an exception:
whatever Meta adds later becomes `Unknown` with its raw type, and an invalid item becomes `Broken`
with the reason.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

METADATA_PREFIX = "instabot:"
# Kinds of messages that an edit told of before they came: without their text, and with it.
ANNOUNCED, EDIT = "announced", "edit"

Attachments = tuple[dict[str, Any], ...]


@dataclass(frozen=True, slots=True)
class Item:
    """What every item has: the account, the customer, the time and a key.

    `mid` is Meta's message id if there is one; otherwise a key made of the item, by which a second
    delivery is recognised. A mark (Unsent, Edited, Reacted, Seen) has the mid of the message that
    it is about.
    """

    account: str
    customer: str
    at: datetime
    mid: str


@dataclass(frozen=True, slots=True)
class Incoming(Item):
    """A customer wrote, tapped, sent or commented something.

    kind: text, quick_reply, postback, story_reply, story_mention, comment, unsupported, announced,
    edit, or the type of the first attachment. about: what it refers to (a story, a message, a
    post), and whatever else Meta says of it.
    """

    kind: str
    text: str
    payload: str = ""
    attachments: Attachments = ()
    about: Mapping[str, Any] = field(default_factory=dict)
    referral: Mapping[str, Any] = field(default_factory=dict)
    username: str = ""  # only comments have it
    standby: bool = False  # another app owns the conversation


@dataclass(frozen=True, slots=True)
class Echo(Item):
    """A message was sent from our account: by us, by a person in the app, or by another tool.

    app: the id of the app that sent it, if Meta tells. about: whatever else Meta says of it.
    """

    kind: str
    text: str
    metadata: str = ""
    attachments: Attachments = ()
    standby: bool = False  # the app that owns the conversation sent it
    app: str = ""
    about: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Unsent(Item):
    """The message was unsent: what we have of it must be erased."""

    by_shop: bool = False


@dataclass(frozen=True, slots=True)
class Edited(Item):
    """The text of the message was changed. number: how often it has been edited."""

    text: str
    number: int
    by_shop: bool = False


@dataclass(frozen=True, slots=True)
class Reacted(Item):
    """The customer reacted to the message with an emoji, or removed the reaction (empty)."""

    emoji: str


@dataclass(frozen=True, slots=True)
class Seen(Item):
    """The customer has read up to this message."""


@dataclass(frozen=True, slots=True)
class Referred(Item):
    """The customer opened the chat through an ig.me link or an ad."""

    referral: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Handed(Item):
    """Another app took or passed control of the conversation. to_us: this app answers now."""

    action: str
    to_us: bool


OWN_COMMENT = "own comment"


@dataclass(frozen=True, slots=True)
class Unknown(Item):
    """An item that is kept and shown but not answered; customer is empty if Meta named none.

    note: what staff should know about it, if that is more than "not answered".
    below: of a comment of the shop's own, the mid of the one that it answers.
    """

    raw_type: str
    note: str = ""
    below: str = ""


@dataclass(frozen=True, slots=True)
class Broken:
    """An item that cannot be read, and why."""

    reason: str


Mark = Unsent | Edited | Reacted | Seen
Known = Incoming | Echo | Mark | Referred | Handed | Unknown
Parsed = Known | Broken
