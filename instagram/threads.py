"""Threads as the Conversations API shows them, and their messages as the items of webhooks.

Meta tells of a message here with other words than in a webhook, and with less: no tap, no referral,
no app. Of the newest 20 of a thread it gives details; of older ones it says nothing but the id.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from instagram.events import Attachments, Echo, Incoming
from instagram.values import clean, clean_json, read_id, read_mid, read_object

A_PAGE = 25  # threads
DETAILED = 20  # messages of a thread of which Meta gives details
FIELDS = "id,created_time,from,to,message"
ALL_FIELDS = f"{FIELDS},attachments,shares,story,is_unsupported"
# What the API calls the file of an attachment, and what a webhook calls its type.
_TYPES = ("image", "video", "audio")
_MEDIA = {"image_data": "image", "video_data": "video", "audio_data": "audio"}


@dataclass(frozen=True, slots=True)
class Thread:
    """One customer's thread, and when something was last said in it."""

    id: str
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class ThreadPage:
    """Some threads. after: where the next page begins, empty after the last one."""

    threads: list[Thread]
    after: str


@dataclass(frozen=True, slots=True)
class ThreadMessage:
    """A message of a thread that was read back. by, to: the ids of its writer and its reader.

    attachments, about: as a webhook would have told them. username: what the writer is called.
    """

    mid: str
    by: str
    text: str
    at: datetime
    to: str = ""
    kind: str = "text"
    attachments: Attachments = ()
    about: Mapping[str, Any] = field(default_factory=dict)
    username: str = ""

    def as_item(self, account: str, *, is_ours: bool) -> Incoming | Echo:
        """Return what a webhook would have told; is_ours: it was sent from our account."""
        if is_ours:
            kind = self.attachments[0]["type"] if self.attachments else "text"
            return Echo(
                account, self.to, self.at, self.mid, kind, self.text,
                attachments=self.attachments, about=self.about,
            )  # fmt: skip
        return Incoming(
            account, self.by, self.at, self.mid, self.kind, self.text,
            attachments=self.attachments, about=self.about, username=self.username,
        )  # fmt: skip


def read_page(response: Mapping[str, Any]) -> ThreadPage:
    """Read a list of threads; one without a time is left out."""
    listed = (_read_thread(item) for item in list_objects(response))
    paging = read_object(response.get("paging"))
    after = clean(read_object(paging.get("cursors")).get("after")) if paging.get("next") else ""
    return ThreadPage([one for one in listed if one is not None], after)


def read_messages(response: Mapping[str, Any]) -> list[ThreadMessage]:
    """Read the messages of a thread; those without details are left out."""
    listed = list_objects(read_object(response.get("messages")))
    return [message for item in listed if (message := _read_message(item)) is not None]


def list_objects(response: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the objects of a list."""
    data = response.get("data")
    return [item for item in data if isinstance(item, dict)] if isinstance(data, list) else []


def _read_thread(item: Mapping[str, Any]) -> Thread | None:
    at, name = _read_time(item.get("updated_time")), clean(item.get("id"))
    return Thread(name, at) if at is not None and name else None


def _read_message(item: Mapping[str, Any]) -> ThreadMessage | None:
    mid, at = read_mid(item.get("id")), _read_time(item.get("created_time"))
    if at is None or not mid:
        return None
    by, readers = read_object(item.get("from")), list_objects(read_object(item.get("to")))
    said = ThreadMessage(
        mid,
        read_id(by.get("id")),
        clean(item.get("message")),
        at,
        read_id(readers[0].get("id")) if readers else "",
        username=clean(by.get("username")),
    )
    return _read_beside(said, item)


def _read_beside(said: ThreadMessage, item: Mapping[str, Any]) -> ThreadMessage:
    """Add what came with the text, or instead of it."""
    files = [_read_file(one) for one in list_objects(read_object(item.get("attachments")))]
    shares = [_read_share(one) for one in list_objects(read_object(item.get("shares")))]
    attachments = (*files, *shares)
    story = read_object(item.get("story"))
    kind, about = _read_story(story) if story else ("", {})
    if not kind and item.get("is_unsupported"):
        kind = "unsupported"
    if not kind and not said.text.strip():
        kind = str(attachments[0]["type"]) if attachments else "unsupported"
    return replace(said, kind=kind or "text", attachments=attachments, about=about)


def _read_story(story: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
    mention = read_object(story.get("mention"))
    told = mention or read_object(story.get("reply_to"))
    if not told:
        return "", {}
    shown = {"id": told.get("id"), "url": told.get("link")}
    about = {"story": {name: clean(value) for name, value in shown.items() if value}}
    return "story_mention" if mention else "story_reply", about


def _read_file(item: Mapping[str, Any]) -> dict[str, Any]:
    for name, kind in _MEDIA.items():
        if link := read_object(item.get(name)).get("url"):
            return {"type": kind, "payload": {"url": clean(link)}}
    link = clean(item.get("file_url"))
    if not link:
        return _read_other(item)
    kind = clean(item.get("mime_type")).partition("/")[0]
    return {"type": kind if kind in _TYPES else "file", "payload": {"url": link}}


def _read_other(item: Mapping[str, Any]) -> dict[str, Any]:
    other: dict[str, Any] = clean_json(dict(item))
    return {"type": "attachment", "payload": other}


def _read_share(item: Mapping[str, Any]) -> dict[str, Any]:
    return {"type": "share", "payload": {"url": clean(item.get("link"))}}


def _read_time(value: Any) -> datetime | None:
    try:
        at = datetime.fromisoformat(value)
    except (TypeError, ValueError):
        return None
    return at if at.tzinfo else None
