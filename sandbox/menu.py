"""What customers can tap without typing (`messenger_profile`): ice breakers and a menu."""

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from sandbox.models import Fault, Menu
from sandbox.parameters import Parameters
from sandbox.refusal import RefusedError

ICE_BREAKERS, MENU = "ice_breakers", "persistent_menu"
MOST = {ICE_BREAKERS: 4, MENU: 20}
TEXT = {ICE_BREAKERS: ("question", 80), MENU: ("title", 30)}
MAX_PAYLOAD = 1000
NOT_ON_INSTAGRAM = ("composer_input_disabled", "webview_height_ratio")
FAULTS = (
    Fault.Kind.MENU_HTML, Fault.Kind.MENU_HANGS, Fault.Kind.MENU_REFUSED, Fault.Kind.MENU_LOST,
)  # fmt: skip
# As somebody has left it there, so that there is something to tap, and to take over.
FIRST = (
    ("Where is my order?", "ORDER_STATUS"),
    ("How much is delivery?", "DELIVERY"),
    ("Can I return something?", "RETURNS"),
    ("Talk to a person", "PERSON"),
)


def answer(method: str, asked: Parameters, fault: str) -> dict[str, Any]:
    """Store, tell, or take away. fault: what Meta does wrong with it."""
    parts = stored()
    if method == "GET":
        fields = [name.strip() for name in str(asked.get("fields", "")).split(",")]
        _check_fields(fields)
        found = {name: parts[name] for name in fields if parts.get(name)}
        return {"data": [found] if found else []}
    if fault == Fault.Kind.MENU_REFUSED:
        raise RefusedError(10, "(#10) Application does not have permission for this action")
    if method == "POST":
        changed = {name: _check(name, asked[name]) for name in MOST if name in asked}
        if not changed:
            raise RefusedError(100, "(#100) Requires one of the params: ice_breakers")
    else:
        fields = _decode("fields", asked.get("fields"))
        _check_fields(fields if isinstance(fields, list) else [])
        changed = {name: [] for name in fields}
    if fault != Fault.Kind.MENU_LOST:
        Menu.objects.update_or_create(pk=1, defaults={"parts": parts | changed})
    return {"result": "success"}


def stored() -> dict[str, Any]:
    """Return both parts as Meta has them."""
    row = Menu.objects.filter(pk=1).first()
    parts: dict[str, Any] = row.parts if row else _first()
    return parts


def _first() -> dict[str, Any]:
    asked = [{"question": title, "payload": payload} for title, payload in FIRST]
    listed = [{"type": "postback", "title": title, "payload": payload} for title, payload in FIRST]
    return {ICE_BREAKERS: _default(asked), MENU: _default(listed)}


def _default(options: list[dict[str, str]]) -> list[dict[str, Any]]:
    return [{"locale": "default", "call_to_actions": options}]


def offered() -> dict[str, list[dict[str, str]]]:
    """Return what a phone shows: of the default language, each with its text."""
    parts = stored()
    shown = {}
    for name, (text, _) in TEXT.items():
        own = [one for one in parts.get(name, ()) if one["locale"] == "default"]
        options = [option for one in own for option in one["call_to_actions"]]
        shown[name] = [
            {
                "text": option[text],
                "payload": option.get("payload", ""),
                "url": option.get("url", ""),
            }
            for option in options
        ]
    return shown


def _check_fields(fields: list[Any]) -> None:
    if not fields or any(name not in MOST for name in fields):
        raise RefusedError(
            100, "(#100) Param fields must be one of {ICE_BREAKERS, PERSISTENT_MENU}"
        )


def _check(name: str, value: Any) -> list[dict[str, Any]]:
    """Return what is stored: all of it, or it is refused."""
    decoded = _decode(name, value)
    if not isinstance(decoded, list) or not all(isinstance(one, dict) for one in decoded):
        raise RefusedError(100, f"(#100) Param {name} must be an array.")
    entries: list[dict[str, Any]] = decoded
    if name == ICE_BREAKERS and all("call_to_actions" not in one for one in entries):
        entries = _default(entries)  # the older form, without languages
    languages = [one.get("locale") for one in entries]
    if "default" not in languages or len(set(languages)) < len(languages):
        raise RefusedError(100, f"(#100) Param {name} must have one entry with locale default")
    for entry in entries:
        for extra in NOT_ON_INSTAGRAM:
            if extra in entry:
                raise RefusedError(100, f"(#100) Param {extra} is not supported on Instagram")
        _check_options(name, entry.get("call_to_actions"))
    return entries


def _check_options(name: str, options: Any) -> None:
    where = f"{name}[call_to_actions]"
    if not isinstance(options, list) or not 0 < len(options) <= MOST[name]:
        raise RefusedError(100, f"(#100) Param {where} must have 1 to {MOST[name]} elements.")
    for number, option in enumerate(options):
        _check_option(name, f"{where}[{number}]", option if isinstance(option, dict) else {})


def _check_option(name: str, where: str, option: Mapping[str, Any]) -> None:
    text, longest = TEXT[name]
    _check_text(f"{where}[{text}]", option.get(text), longest)
    kind = option.get("type") if name == MENU else "postback"
    if kind == "web_url":
        if urlsplit(str(option.get("url"))).scheme not in ("http", "https"):
            raise RefusedError(100, f"(#100) Param {where}[url] should be a valid URL")
    elif kind == "postback":
        _check_text(f"{where}[payload]", option.get("payload"), MAX_PAYLOAD)
    else:
        raise RefusedError(100, f"(#100) Param {where}[type] must be one of {{POSTBACK, WEB_URL}}")


def _check_text(where: str, value: Any, longest: int) -> None:
    if not isinstance(value, str) or not value.strip():
        raise RefusedError(100, f"(#100) The parameter {where} is required.")
    if len(value) > longest:
        said = f"(#100) Length of param {where} must be less than or equal to {longest}"
        raise RefusedError(100, said)


def _decode(name: str, value: Any) -> Any:
    """Return a list, which a form or an address has as a text of JSON."""
    if not isinstance(value, str):
        return value
    try:
        return json.loads(value)
    except (ValueError, RecursionError):
        raise RefusedError(100, f"(#100) Param {name} must be an array.") from None
