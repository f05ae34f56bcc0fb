"""Errors as problem details (RFC 9457): what happened, where in the request, and what to do.

Each kind has a `type` that programs can rely on; docs/api.md lists them.
"""

from collections.abc import Iterator, Mapping
from http import HTTPStatus
from typing import Any

from django.core.exceptions import RequestDataTooBig, SuspiciousOperation
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.http.request import UnreadablePostError
from django.views import defaults
from django.views.decorators.csrf import csrf_exempt
from rest_framework import status
from rest_framework.exceptions import APIException, ErrorDetail, ParseError, ValidationError
from rest_framework.response import Response
from rest_framework.views import exception_handler

MEDIA_TYPE = "application/problem+json"
TYPE_PREFIX = "urn:instabot:problem:"
BROKEN_OFF = "The request ended before all of it was there. Send it again."
TOO_MUCH = "too-much"  # that took too long

# The kind of each error that the REST framework or Django raises, by its status.
KINDS = {
    status.HTTP_400_BAD_REQUEST: "malformed",
    status.HTTP_401_UNAUTHORIZED: "not-authenticated",
    status.HTTP_403_FORBIDDEN: "forbidden",
    status.HTTP_404_NOT_FOUND: "not-found",
    status.HTTP_405_METHOD_NOT_ALLOWED: "method-not-allowed",
    status.HTTP_406_NOT_ACCEPTABLE: "not-acceptable",
    status.HTTP_411_LENGTH_REQUIRED: "length-required",
    status.HTTP_413_REQUEST_ENTITY_TOO_LARGE: "too-large",
    status.HTTP_415_UNSUPPORTED_MEDIA_TYPE: "unsupported-media-type",
    status.HTTP_429_TOO_MANY_REQUESTS: "too-many-requests",
    status.HTTP_500_INTERNAL_SERVER_ERROR: "failed",
    status.HTTP_503_SERVICE_UNAVAILABLE: "busy",
}


class Problem(APIException):
    """A problem of our own. kind: the end of its type."""

    kind = ""
    title = ""


class CannotBeSentError(Problem):
    """Instagram takes no answer here now; the detail says why."""

    status_code = status.HTTP_409_CONFLICT
    kind, title = "cannot-be-sent", "Cannot be sent"


class NothingToDoError(Problem):
    """The message is not in a state in which this can be done."""

    status_code = status.HTTP_409_CONFLICT
    kind, title = "nothing-to-do", "Nothing to do"


class KeyReusedError(Problem):
    """The Idempotency-Key was used with a different request."""

    status_code = status.HTTP_422_UNPROCESSABLE_ENTITY
    kind, title = "key-reused", "Key already used"
    default_detail = (
        "This Idempotency-Key was used with a different request. Use a new key for each request."
    )


class AssignedMeanwhileError(Problem):
    """Somebody else has got the conversation."""

    status_code = status.HTTP_409_CONFLICT
    kind, title = "assigned-meanwhile", "Assigned meanwhile"
    default_detail = (
        "A colleague has got this conversation meanwhile. Read it again, or leave out if_assignee."
    )


class ChangedMeanwhileError(Problem):
    """Somebody else has changed it."""

    status_code = status.HTTP_409_CONFLICT
    kind, title = "changed-meanwhile", "Changed meanwhile"
    default_detail = (
        "A colleague has changed this meanwhile. Read it again, or leave out if_digest."
    )


class NotPublishedError(Problem):
    """Instagram does not have it, or may not; the detail says why."""

    status_code = status.HTTP_409_CONFLICT
    kind, title = "not-published", "Not published"


class TooLargeError(APIException):
    status_code = status.HTTP_413_REQUEST_ENTITY_TOO_LARGE
    default_detail = "The request is too large."


class LengthRequiredError(APIException):
    status_code = status.HTTP_411_LENGTH_REQUIRED
    default_detail = "Send the body with a Content-Length, not in chunks."


class InvalidError(ValidationError):
    """A part of the request is not valid. place: pointer (in the body), parameter or header."""

    def __init__(self, errors: Any, place: str = "pointer") -> None:
        super().__init__(errors)
        self.place = place


def handle(error: Exception, context: Mapping[str, Any]) -> Response | None:
    """Return the answer to what a view raised; None: it is a bug, which is left to Django."""
    if isinstance(error, RequestDataTooBig):
        error = TooLargeError()
    elif isinstance(error, UnreadablePostError):
        error = ParseError(BROKEN_OFF)
    elif isinstance(error, SuspiciousOperation):
        error = ParseError()
    response = exception_handler(error, dict(context))
    if response is None:
        return None
    response.data = _make_body(error, response.status_code, response.data)
    response.content_type = MEDIA_TYPE
    return response


def _make_body(error: Exception, code: int, data: Any) -> dict[str, Any]:
    if isinstance(error, ValidationError):
        place = getattr(error, "place", "pointer")
        detail = "The request is not valid. See errors."
        body = _make_problem(code, detail, "invalid", "Not valid")
        return body | {"errors": list(_flatten(error.detail, place, ""))}
    detail = str(data.get("detail", "")) if isinstance(data, dict) else ""
    if isinstance(error, Problem):
        return _make_problem(code, detail, error.kind, error.title)
    return _make_problem(code, detail, KINDS[code])


def _make_problem(code: int, detail: str, kind: str, title: str = "") -> dict[str, Any]:
    title = title or HTTPStatus(code).phrase
    return {"type": f"{TYPE_PREFIX}{kind}", "title": title, "status": code, "detail": detail}


def _flatten(errors: Any, place: str, path: str) -> Iterator[dict[str, str]]:
    """Flatten the nested errors of the REST framework: each sentence with the part it is about."""
    if isinstance(errors, ErrorDetail | str):
        where = f"#{path}" if place == "pointer" else path
        yield {"detail": _make_readable(errors), place: _make_readable(where)}
    elif isinstance(errors, Mapping):
        for name, inner in errors.items():
            yield from _flatten(inner, place, _extend_path(path, name, place))
    else:
        for number, inner in enumerate(errors):
            # A list has sentences, or the errors of each element of a list.
            below = path if isinstance(inner, ErrorDetail | str) else f"{path}/{number}"
            yield from _flatten(inner, place, below)


def _extend_path(path: str, name: object, place: str) -> str:
    if name == "non_field_errors":
        return path
    if place != "pointer":
        return str(name)
    return f"{path}/{str(name).replace('~', '~0').replace('/', '~1')}"  # RFC 6901


def _make_readable(text: str) -> str:
    """Escape lone surrogates: JSON can contain them, but they cannot be sent back."""
    return text.encode(errors="backslashreplace").decode()


@csrf_exempt  # there is nothing to protect
def nothing_here(request: HttpRequest) -> HttpResponse:  # noqa: ARG001 - a view
    detail = "There is nothing at this address. /api/docs/ lists the addresses of the API."
    return _make_response(status.HTTP_404_NOT_FOUND, detail)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer what Django refuses before any view; pages get Django's own answer."""
    if not request.path_info.startswith("/api/"):
        return defaults.bad_request(request, exception)
    return _make_response(status.HTTP_400_BAD_REQUEST, "The request is malformed.")


def refuse(
    request: HttpRequest, detail: str, code: int = status.HTTP_400_BAD_REQUEST
) -> HttpResponse:
    """Answer a request that no view may see; a page says it in plain text."""
    if not request.path_info.startswith("/api/"):
        plain = "text/plain; charset=utf-8"
        return HttpResponse(f"{detail}\n", status=code, content_type=plain)
    return _make_response(code, detail)


def failed(request: HttpRequest) -> HttpResponse:
    """Answer after a bug. The log has it, with the id of the request."""
    if not request.path_info.startswith("/api/"):
        return defaults.server_error(request)
    detail = "Something went wrong on our side. The log has the details. Try again later."
    return _make_response(status.HTTP_500_INTERNAL_SERVER_ERROR, detail)


def busy(detail: str) -> HttpResponse:
    """Answer that others are served first; the same may be asked again soon."""
    return _make_response(status.HTTP_503_SERVICE_UNAVAILABLE, detail)


def too_much(detail: str) -> HttpResponse:
    """Answer that the answer would take too long; detail: how to ask for less."""
    return _make_response(status.HTTP_503_SERVICE_UNAVAILABLE, detail, TOO_MUCH)


def _make_response(code: int, detail: str, kind: str = "") -> HttpResponse:
    problem = _make_problem(code, detail, kind or KINDS[code])
    return JsonResponse(problem, status=code, content_type=MEDIA_TYPE)
