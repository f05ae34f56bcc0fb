"""What a call of the Graph API asks for, however its client writes it.

A parameter may stand in the address or in the body, which may be JSON or a form; what is an object
may be written as a text of JSON, or in a form as `recipient[id]=…`.
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.http import HttpRequest, QueryDict

from sandbox.refusal import RefusedError

Parameters = dict[str, Any]

# Parameters that are objects or lists, however deep they stand.
OBJECTS = ("recipient", "message", "payload", "attachment", "attachments", "quick_replies",
           "elements", "buttons", "default_action", "reply_to")  # fmt: skip
# Some clients do not say that they send a form; a development server then says that it is a text.
UNSAID = ("", "text/plain")
FORMS = ("application/x-www-form-urlencoded", "multipart/")
IN_BRACKETS = re.compile(r"\[([^\[\]]*)\]")
MAX_DEPTH = 20
# The head of a field: its name, and .limit(5) or .after(…) behind it.
FIELD = re.compile(r"\s*(?P<name>\w+)(?P<options>(?:\.\w+\([^()]*\))*)\s*")
OPTION = re.compile(r"\.(\w+)\(([^()]*)\)")


def read(request: HttpRequest) -> Parameters:
    """Return the parameters of a call; raise RefusedError for a body that is no JSON object."""
    return _nest(request.GET) | (_read_body(request) if request.method == "POST" else {})


def _read_body(request: HttpRequest) -> Parameters:
    if not request.body:
        return {}
    is_object = request.body.lstrip().startswith(b"{")  # curl -d says that it is a form, too
    if (request.content_type or "").startswith(FORMS) and not is_object:
        return _nest(request.POST)
    if request.content_type in UNSAID and not is_object:
        return _nest(QueryDict(request.body))
    try:
        body = json.loads(request.body)
    except (ValueError, RecursionError):
        body = None
    if not isinstance(body, dict):
        raise RefusedError(100, "(#100) The body must be a JSON object")
    return body


def _nest(form: QueryDict) -> Parameters:
    """Return the values of a form; recipient[id] is the id in the object recipient."""
    parameters: Parameters = {}
    for name, value in form.items():
        top, _, rest = name.partition("[")
        path = [top, *IN_BRACKETS.findall(f"[{rest}")] if rest else [top]
        inner = parameters
        for part in path[:-1]:
            inner = inner.setdefault(part, {})
            if not isinstance(inner, dict):
                raise RefusedError(100, f"(#100) Param {top} must be one value")
        inner[path[-1]] = value
    return parameters


def decode(value: Any, depth: int = 0) -> Any:
    """Return a value whose objects are objects, where they were written as texts of JSON."""
    if depth > MAX_DEPTH:
        raise RefusedError(100, "(#100) Invalid parameter")
    if isinstance(value, dict):
        return {name: _decode_named(name, inner, depth) for name, inner in value.items()}
    return [decode(inner, depth + 1) for inner in value] if isinstance(value, list) else value


def _decode_named(name: str, value: Any, depth: int) -> Any:
    if name in OBJECTS and isinstance(value, str) and value.lstrip().startswith(("{", "[")):
        try:
            value = json.loads(value)
        except (ValueError, RecursionError):
            raise RefusedError(100, f"(#100) Param {name} must be valid JSON") from None
    if name in OBJECTS and isinstance(value, dict) and value and all(map(str.isdecimal, value)):
        value = list(value.values())  # quick_replies[0][title] in a form
    return decode(value, depth + 1)


@dataclass(frozen=True, slots=True)
class Field:
    """A field that is asked for: with what of it, and how much."""

    name: str
    options: Mapping[str, str] = field(default_factory=dict)
    inner: tuple["Field", ...] = ()

    def __str__(self) -> str:
        """Return it as it is asked for."""
        options = "".join(f".{name}({value})" for name, value in self.options.items())
        inner = f"{{{','.join(map(str, self.inner))}}}" if self.inner else ""
        return f"{self.name}{options}{inner}"


def read_fields(parameters: Parameters, default: str) -> tuple[Field, ...]:
    """Return the fields that are asked for, as in fields=id,messages.limit(5){from,message}."""
    text = str(parameters.get("fields") or default)
    fields, end = _parse_fields(text, 0)
    if end != len(text):
        raise RefusedError(2500, f'Syntax error "Expected end of string instead of "{text[end]}"."')
    return fields


def _parse_fields(text: str, start: int, depth: int = 0) -> tuple[tuple[Field, ...], int]:
    """Read a list of fields from here; return it, and where it ends."""
    fields: list[Field] = []
    while depth <= MAX_DEPTH and (head := FIELD.match(text, start)):
        inner: tuple[Field, ...] = ()
        start = head.end()
        if text[start : start + 1] == "{":
            inner, start = _parse_fields(text, start + 1, depth + 1)
            if text[start : start + 1] != "}":
                raise RefusedError(2500, 'Syntax error "Expected "}" instead of end of string."')
            start += 1
        fields.append(Field(head["name"], dict(OPTION.findall(head["options"])), inner))
        if text[start : start + 1] != ",":
            break
        start += 1
    return tuple(fields), start


def pick(known: Mapping[str, Any], fields: tuple[Field, ...]) -> dict[str, Any]:
    """Return the fields that were asked for, and the id; an unknown one fails the whole call.

    known: what there is; a function is called with its Field, and None is not there this time.
    """
    return dict(_pick_each(known, fields))


def _pick_each(known: Mapping[str, Any], fields: tuple[Field, ...]) -> Iterator[tuple[str, Any]]:
    for wanted in (*fields, Field("id")):
        if wanted.name not in known:
            name = wanted.name
            raise RefusedError(100, f"(#100) Tried accessing nonexisting field ({name})")
        value = known[wanted.name]
        value = value(wanted) if callable(value) else value
        if wanted.inner and isinstance(value, dict) and "data" not in value:
            value = pick(value, wanted.inner)
        if value is not None:
            yield wanted.name, value
