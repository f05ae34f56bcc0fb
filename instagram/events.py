"""What Meta tells us, as frozen dataclasses; parsing.py makes them from a webhook's body.

Shapes: Instagram Platform, Webhooks, "Examples". An unknown kind is a kind, never an exception:
whatever Meta adds later becomes `Unknown` with its raw type, and a broken item becomes `Broken`
with the reason.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

METADATA_PREFIX = "instabot:"

Attachments = tuple[dict[str, Any], ...]


@dataclass(frozen=True, slots=True)
class Item:
    """What every item says: for which account, with which customer, when, and under which key.

    `mid` identifies what was said: Meta's own where it has one, else a key made of the item, so
    that a second delivery is recognised. A mark (Unsent, Edited, Reacted, Seen) carries the mid of
    the message that it is about.
    """

    account: str
    customer: str
    at: datetime
    mid: str


@dataclass(frozen=True, slots=True)
class Incoming(Item):
    """A customer wrote, tapped, sent something, or commented.

    kind: text, quick_reply, postback, story_reply, story_mention, comment, unsupported, or the
    type of the first attachment. about: what it refers to (a story, a message, a post).
    """

    kind: str
    text: str
    payload: str = ""
    attachments: Attachments = ()
    about: Mapping[str, Any] = field(default_factory=dict)
    referral: Mapping[str, Any] = field(default_factory=dict)
    username: str = ""  # comments name it
    standby: bool = False  # another app owns the conversation


@dataclass(frozen=True, slots=True)
class Echo(Item):
    """Something was sent from our account: by us, by a person in the app, or by another tool."""

    kind: str
    text: str
    metadata: str = ""
    attachments: Attachments = ()


@dataclass(frozen=True, slots=True)
class Unsent(Item):
    """The message was taken back; what we hold of it is to be erased."""

    by_shop: bool = False


@dataclass(frozen=True, slots=True)
class Edited(Item):
    """The message reads differently now. number: how often it was edited."""

    text: str
    number: int
    by_shop: bool = False


@dataclass(frozen=True, slots=True)
class Reacted(Item):
    """The customer put an emoji to the message, or took it away (empty)."""

    emoji: str


@dataclass(frozen=True, slots=True)
class Seen(Item):
    """The customer has read up to this message."""


@dataclass(frozen=True, slots=True)
class Referred(Item):
    """The customer came by an ig.me link or an ad."""

    referral: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Handed(Item):
    """Control of the conversation moved. to_us: the app that answers is this one now."""

    action: str
    to_us: bool


@dataclass(frozen=True, slots=True)
class Unknown(Item):
    """A kind that is kept and shown, not answered; customer is empty where Meta named none.

    note: what staff should know of it, where that is more than "not answered".
    """

    raw_type: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Broken:
    """An item that cannot be read, and why."""

    reason: str


Mark = Unsent | Edited | Reacted | Seen
Known = Incoming | Echo | Mark | Referred | Handed | Unknown
Parsed = Known | Broken
