"""The description of the API: what drf-spectacular reads from the views, and what all share.

`make schema` writes it to api/openapi.yaml; a test keeps the file equal to the code.
"""

import re
from collections.abc import Iterator
from typing import Any

from drf_spectacular.openapi import AutoSchema

from api.idempotency import HEADER
from api.problems import MEDIA_TYPE, TYPE_PREFIX

RIGHTS = {"view": "view", "add": "add", "change": "change", "delete": "delete"}
PROBLEM = {
    "type": "object",
    "description": "What went wrong (RFC 9457).",
    "required": ["type", "title", "status", "detail"],
    "additionalProperties": False,
    "properties": {
        "type": {
            "type": "string",
            "description": f"The kind of problem, for programs: {TYPE_PREFIX}…",
        },
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
    "503": "Others search or count just now (Retry-After says how many seconds to wait), or it"
    " took too long and was ended; the detail says which.",
}
# Instagram, the message's state or a colleague may be in the way.
MAY_CONFLICT = {
    "conversations_reply", "conversations_assign", "messages_resend", "messages_cancel",
    "menu_update", "menu_partial_update", "menu_publish",
}  # fmt: skip
# instabot.bounds: what may take long has few places, and a time.
MAY_BE_BUSY = {
    "conversations_list", "reports_report", "rules_try", "statistics_days", "statistics_rules",
    "statistics_rule_days",
}  # fmt: skip


class ApiSchema(AutoSchema):
    view: Any

    def get_operation_id(self) -> str:
        """Return the name in generated clients: rules_list, conversations_reply."""
        return f"{self.get_tags()[0]}_{self.view.action.removesuffix('_it')}"

    def get_serializer_name(self, serializer: Any, direction: Any) -> str:
        """Return the public name: without In, Out and Data."""
        name: str = super().get_serializer_name(serializer, direction)
        return re.sub("(In|Out|Data)$", "", name)

    def get_summary(self) -> str:
        return self._split_docstring()[0]

    def get_description(self) -> str:  # type: ignore[override]  # as drf-spectacular has it
        """Add the right that the user needs."""
        view = self.view
        right = RIGHTS[view.rights[view.action]]
        names = view.model._meta.verbose_name_plural  # noqa: SLF001 - public in Django's documentation
        needed = f"Requires the permission to {right} {names} in the admin."
        return f"{self._split_docstring()[1]}\n\n{needed}".strip()

    def _split_docstring(self) -> tuple[str, str]:
        """Return the docstring's first line, and the rest."""
        summary, _, more = super().get_description().partition("\n")
        return summary, more.strip()


def keep_one_address(endpoints: list[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
    """Describe each operation once, without the slash that its address may end in."""
    return [endpoint for endpoint in endpoints if not endpoint[0].endswith("/")]


def finish(result: dict[str, Any], **_: Any) -> dict[str, Any]:
    """Add the problems, and close all objects: they have no properties that are not described."""
    schemas = result["components"]["schemas"]
    for schema in [*schemas.values()]:
        _close(schema)
    schemas["Problem"] = PROBLEM
    for path, operation in _list_operations(result):
        responses = operation["responses"]
        responses |= {code: _make_response(code) for code in _list_codes(path, operation)}
        operation["responses"] = dict(sorted(responses.items()))
    return result


def _list_operations(result: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for path, methods in result["paths"].items():
        for operation in methods.values():
            yield path, operation


def _list_codes(path: str, operation: dict[str, Any]) -> set[str]:
    """Return the statuses of the problems that an operation may cause."""
    codes = {"401", "403", "406", "429"}
    parameters = {parameter["name"] for parameter in operation.get("parameters", ())}
    if parameters - {"id"}:
        codes.add("400")
    if parameters - {"id", HEADER}:
        codes.add("414")
    if "requestBody" in operation:
        codes |= {"400", "411", "413", "415"}
    if "{id}" in path:
        codes.add("404")
    if HEADER in parameters:
        codes.add("422")
    if operation["operationId"] in MAY_BE_BUSY:
        codes.add("503")
    if operation["operationId"] in MAY_CONFLICT:
        codes.add("409")
    return codes


def _make_response(code: str) -> dict[str, Any]:
    content: dict[str, Any] = {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}
    if code == "414":
        content = {"text/html": {"schema": {"type": "string"}}}
    answer: dict[str, Any] = {"description": DESCRIPTIONS[code], "content": content}
    if code in ("429", "503"):
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
