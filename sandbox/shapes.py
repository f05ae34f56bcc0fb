"""What Meta accepts in a message, and what it refuses (Send API, Quick Replies, Templates)."""

import re
from dataclasses import dataclass, field
from typing import Any, NoReturn
from urllib.parse import urlsplit

from instagram.limits import (
    MAX_BUTTON_TEXT,
    MAX_BUTTONS,
    MAX_CARD_TEXT,
    MAX_CARDS,
    MAX_PAYLOAD,
    MAX_QUICK_REPLIES,
    MAX_TEXT_BYTES,
    MAX_TITLE,
)
from sandbox.refusal import RefusedError

MEDIA = ("image", "audio", "video", "file")
HEART, POST = "like_heart", "MEDIA_SHARE"
MAX_PICTURES = 10  # in one message
OTHERS = {"text", "quick_replies", "attachments"}  # never beside an attachment
UNREACHABLE = ("localhost", "127.", "10.", "192.168.")  # for Meta
# Subcodes of Meta.
NOT_FETCHED = 2018008
BAD_MESSAGE = 2534015


@dataclass(frozen=True, slots=True)
class Shape:
    """A message as the phone shows it; the attachment is Meta's own object."""

    text: str = ""
    quick_replies: list[dict[str, str]] = field(default_factory=list)
    attachment: dict[str, Any] = field(default_factory=dict)


def read(message: dict[str, Any]) -> Shape:
    """Return what the phone shows; raise RefusedError for what Meta does not accept."""
    attachment = message.get("attachment")
    if "attachments" in message and attachment is None:
        return _read_pictures(message)
    if attachment is None:
        return Shape(read_text(message), _read_quick_replies(message.get("quick_replies") or []))
    if OTHERS & message.keys() or not isinstance(attachment, dict):
        _refuse("A message has one of text and attachment", BAD_MESSAGE)
    kind, payload = attachment.get("type"), attachment.get("payload")
    if kind == HEART and not payload:
        return Shape(attachment={"type": kind, "payload": {}})
    if not isinstance(payload, dict) or kind not in (*MEDIA, POST, "template"):
        _refuse("Param message[attachment][type] must be one of the allowed values", BAD_MESSAGE)
    if kind in MEDIA:
        _check_media(payload)
    elif kind == POST:
        _check_number(payload.get("id"), "message[attachment][payload][id]")
    text = _check_template(payload) if kind == "template" else ""
    return Shape(text, attachment=attachment)


def _read_pictures(message: dict[str, Any]) -> Shape:
    """Read several pictures in one message: the first one carries the others."""
    pictures = message["attachments"]
    if {"text", "quick_replies"} & message.keys():
        _refuse("A message has one of text and attachments", BAD_MESSAGE)
    if not isinstance(pictures, list) or not 1 <= len(pictures) <= MAX_PICTURES:
        _refuse(f"Param message[attachments] must have 1 to {MAX_PICTURES} items", BAD_MESSAGE)
    for picture in map(_read_object, pictures):
        if picture.get("type") != "image":
            _refuse("Param message[attachments][type] must be image", BAD_MESSAGE)
        _check_media(_read_object(picture.get("payload")))
    first, *others = pictures
    return Shape(attachment={**first, "others": others})


def _check_media(payload: dict[str, Any]) -> None:
    """Refuse a file that is neither at a URL nor one that Meta has: the sandbox keeps none."""
    if "attachment_id" in payload and "url" not in payload:
        _check_number(payload["attachment_id"], "attachment_id")
    else:
        _check_file(payload.get("url"))


def _check_number(value: Any, name: str) -> None:
    if isinstance(value, bool) or not re.fullmatch("[0-9]{1,30}", str(value)):
        _refuse(f"Param {name} must be a valid ID string", BAD_MESSAGE)


def read_text(message: dict[str, Any]) -> str:
    text = message.get("text")
    if not isinstance(text, str) or not text.strip():
        _refuse("Message cannot be empty, must provide valid text")
    if len(text.encode("utf-8", "surrogatepass")) > MAX_TEXT_BYTES:
        _refuse("The message is too long")
    return text


def _read_quick_replies(replies: Any) -> list[dict[str, str]]:
    if not isinstance(replies, list) or len(replies) > MAX_QUICK_REPLIES:
        _refuse(f"Length of param message[quick_replies] must be at most {MAX_QUICK_REPLIES}")
    quick_replies = []
    for reply in map(_read_object, replies):
        if reply.get("content_type") != "text":
            _refuse("Param message[quick_replies][content_type] must be text")
        payload = _read_param(reply, "payload", MAX_PAYLOAD)
        # Meta cuts a title that is too long.
        title = _read_param(reply, "title", MAX_PAYLOAD)[:MAX_TITLE]
        quick_replies.append({"title": title, "payload": payload})
    return quick_replies


def _check_template(payload: dict[str, Any]) -> str:
    """Return the text of the template; cards have none."""
    if payload.get("template_type") == "button":
        _check_buttons(payload.get("buttons"), least=1)
        return _read_param(payload, "text", MAX_BUTTON_TEXT)
    elements = payload.get("elements")
    if payload.get("template_type") != "generic" or not isinstance(elements, list):
        _refuse("Param message[attachment][payload][template_type] is invalid", BAD_MESSAGE)
    if not 1 <= len(elements) <= MAX_CARDS:
        _refuse(f"Param elements must have 1 to {MAX_CARDS} items")
    for element in map(_read_object, elements):
        _check_element(element)
    return ""


def _check_element(element: dict[str, Any]) -> None:
    _read_param(element, "title", MAX_CARD_TEXT)
    if not element.keys() & {"subtitle", "image_url", "default_action", "buttons"}:
        _refuse("An element needs its title and at least one other property")
    if "subtitle" in element:
        _read_param(element, "subtitle", MAX_CARD_TEXT)
    if "image_url" in element:
        _check_file(element["image_url"])
    if "default_action" in element:
        action = _read_object(element["default_action"])
        if "title" in action or action.get("type") != "web_url":
            _refuse("A default_action is a web_url without a title")
        _check_link(action.get("url"))
    _check_buttons(element.get("buttons", []), least=0)


def _check_buttons(buttons: Any, *, least: int) -> None:
    if not isinstance(buttons, list) or not least <= len(buttons) <= MAX_BUTTONS:
        _refuse(f"Param buttons must have {least} to {MAX_BUTTONS} items")
    for button in map(_read_object, buttons):
        _read_param(button, "title", MAX_TITLE)
        if button.get("type") == "web_url":
            _check_link(button.get("url"))
        elif button.get("type") == "postback":
            _read_param(button, "payload", MAX_PAYLOAD)
        else:
            _refuse("Param type must be one of {WEB_URL, POSTBACK}")


def _read_param(values: dict[str, Any], name: str, limit: int) -> str:
    value = values.get(name)
    if not isinstance(value, str) or not value.strip():
        _refuse(f"Param {name} must be a non-empty string")
    if len(value) > limit:
        _refuse(f"Length of param {name} must be less than or equal to {limit}")
    return value


def _read_object(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else _refuse("Invalid parameter")


def _check_link(url: Any) -> None:
    if not _is_link(url, ("https", "http")):
        _refuse("Param url must be a valid URL")


def _check_file(url: Any) -> None:
    """Refuse a URL that Meta could not fetch: it comes from outside, by https, without a login."""
    if not _is_link(url, ("https",)) or (urlsplit(url).hostname or "").startswith(UNREACHABLE):
        _refuse("Failed to fetch the file from the url", NOT_FETCHED)


def _is_link(url: Any, schemes: tuple[str, ...]) -> bool:
    try:
        parts = urlsplit(url) if isinstance(url, str) else None
    except ValueError:
        return False
    return parts is not None and parts.scheme in schemes and bool(parts.hostname)


def _refuse(why: str, subcode: int | None = None) -> NoReturn:
    raise RefusedError(100, f"(#100) {why}", subcode)
