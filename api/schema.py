"""How the API is described: what drf-spectacular reads from the views, and what is so everywhere.

`make schema` writes it to api/openapi.yaml; a test holds the file equal to the code.
"""

import re
from collections.abc import Iterator
from typing import Any

from drf_spectacular.openapi import AutoSchema

from api.idempotency import HEADER
from api.problems import KIND, MEDIA_TYPE

RIGHTS = {"view": "view", "add": "add", "change": "change", "delete": "delete"}
PROBLEM = {
    "type": "object",
    "description": "What went wrong (RFC 9457).",
    "required": ["type", "title", "status", "detail"],
    "additionalProperties": False,
    "properties": {
        "type": {"type": "string", "description": f"The kind of problem, for programs: {KIND}…"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string", "description": "What happened, for people."},
        "errors": {
            "type": "array",
            "description": "What is not valid in the request, part by part.",
            "items": {
                "type": "object",
                "required": ["detail"],
                "additionalProperties": False,
                "properties": {
                    "detail": {"type": "string"},
                    "pointer": {"type": "string", "description": "Where in the body (RFC 6901)."},
                    "parameter": {"type": "string", "description": "Which query parameter."},
                    "header": {"type": "string"},
                },
            },
        },
    },
}
DESCRIPTIONS = {
    "400": "The request is not valid.",
    "401": "The token or login is missing or not valid.",
    "403": "Your user is not allowed to do this.",
    "404": "Not found.",
    "406": "The API answers in JSON only.",
    "409": "Not possible right now; the detail says why.",
    "411": "The body was sent in chunks, without a Content-Length.",
    "413": "The request is too large.",
    "414": "The address is too long. The web server answers this itself, without JSON.",
    "415": "The API accepts JSON only.",
    "422": "The Idempotency-Key was used with a different request.",
    "429": "Too many requests this minute; Retry-After says how many seconds to wait.",
}
DECIDES = ("reply", "resend", "cancel")  # what Instagram or the message's state may not allow


class ApiSchema(AutoSchema):
    view: Any

    def get_operation_id(self) -> str:
        """Return what generated clients call it: rules_list, conversations_reply."""
        return f"{self.get_tags()[0]}_{self.view.action.removesuffix('_it')}"

    def get_serializer_name(self, serializer: Any, direction: Any) -> str:
        """Return what it is called outside: what comes in and goes out is a Message for both."""
        name: str = super().get_serializer_name(serializer, direction)
        return re.sub("(In|Out|Data)$", "", name)

    def get_summary(self) -> str:
        return self._said()[0]

    def get_description(self) -> str:  # type: ignore[override]  # as drf-spectacular has it
        """Add the right that is asked for."""
        view = self.view
        right = RIGHTS[view.rights[view.action]]
        names = view.model._meta.verbose_name_plural  # noqa: SLF001 - public in Django's documentation
        needed = f"Requires the permission to {right} {names} in the admin."
        return f"{self._said()[1]}\n\n{needed}".strip()

    def _said(self) -> tuple[str, str]:
        """Return the docstring's first line, and the rest."""
        said, _, more = super().get_description().partition("\n")
        return said, more.strip()


def finish(result: dict[str, Any], **_: Any) -> dict[str, Any]:
    """Add what can go wrong, and close all objects: nothing comes that is not described."""
    schemas = result["components"]["schemas"]
    for schema in [*schemas.values()]:
        _close(schema)
    schemas["Problem"] = PROBLEM
    for path, operation in _operations(result):
        responses = operation["responses"]
        responses |= {code: _answer(code) for code in _codes(path, operation)}
        operation["responses"] = dict(sorted(responses.items()))
    return result


def _operations(result: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for path, methods in result["paths"].items():
        for operation in methods.values():
            yield path, operation


def _codes(path: str, operation: dict[str, Any]) -> set[str]:
    """Return the statuses of the problems that may come of an operation."""
    found = {"401", "403", "406", "429"}
    asked = {parameter["name"] for parameter in operation.get("parameters", ())}
    if asked - {"id"}:
        found.add("400")
    if asked - {"id", HEADER}:
        found.add("414")
    if "requestBody" in operation:
        found |= {"400", "411", "413", "415"}
    if "{id}" in path:
        found.add("404")
    if HEADER in asked:
        found.add("422")
    if path.rstrip("/").endswith(DECIDES):
        found.add("409")
    return found


def _answer(code: str) -> dict[str, Any]:
    content: dict[str, Any] = {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}
    if code == "414":
        content = {"text/html": {"schema": {"type": "string"}}}
    answer: dict[str, Any] = {"description": DESCRIPTIONS[code], "content": content}
    if code == "429":
        wait = {"description": "Seconds.", "schema": {"type": "string", "pattern": "^[0-9]+$"}}
        answer["headers"] = {"Retry-After": wait}
    return answer


def _close(schema: Any) -> None:
    if isinstance(schema, dict):
        if "properties" in schema:
            schema.setdefault("additionalProperties", False)
        for inner in schema.values():
            _close(inner)
    elif isinstance(schema, list):
        for inner in schema:
            _close(inner)
