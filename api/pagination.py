"""Pages of lists: by a cursor where rows come and go at the top, by number for rules."""

from typing import Any, NoReturn

from django.utils.dateparse import parse_datetime
from rest_framework.exceptions import NotFound
from rest_framework.pagination import Cursor, CursorPagination, PageNumberPagination
from rest_framework.request import Request
from rest_framework.response import Response

from api.problems import InvalidError

DEFAULT, MOST = 50, 200  # rows on a page
LIMIT = "limit"
STORABLE = range(2, 9999)  # years of a time that has another zone's date too; 1970: not known
ADDRESS = {"type": ["string", "null"], "format": "uri-reference", "example": None}


def _limit(request: Request) -> int:
    """Return how many rows are asked for; raise InvalidError where that is not valid."""
    asked = _whole(request, LIMIT, DEFAULT, digits=len(str(MOST)))
    if asked is None or not 1 <= asked <= MOST:
        raise InvalidError({LIMIT: [f"Enter a whole number from 1 to {MOST}."]}, "parameter")
    return asked


def _whole(request: Request, name: str, default: int, *, digits: int) -> int | None:
    """Return the number that this parameter has; None: it is none, or has more digits."""
    given = request.query_params.get(name, str(default))
    is_number = given.isascii() and given.isdecimal() and len(given) <= digits
    return int(given) if is_number else None


def _limit_parameter() -> dict[str, Any]:
    schema = {"type": "integer", "minimum": 1, "maximum": MOST, "default": DEFAULT}
    return {"name": LIMIT, "in": "query", "description": "Results per page.", "schema": schema}


def _page_of(rows: Any, **more: Any) -> dict[str, Any]:
    properties = {**more, "next": ADDRESS, "previous": ADDRESS, "results": rows}
    return {"type": "object", "required": list(properties), "properties": properties}


class Cursors(CursorPagination):
    """For rows in the order of a time, `ordering`."""

    parameters = ("cursor", LIMIT)
    offset_cutoff = 10**6  # rows of one moment, which a cursor counts; the default goes in circles
    page_size = DEFAULT
    page_size_query_param = LIMIT

    def get_page_size(self, request: Request) -> int:
        return _limit(request)

    def decode_cursor(self, request: Request) -> Cursor | None:
        """Read the cursor; what we did not write is refused before it reaches the database."""
        try:
            cursor = super().decode_cursor(request)
            position = str(cursor.position) if cursor and cursor.position else ""
            at = parse_datetime(position) if position else None
        except (NotFound, ValueError):
            self._refuse()
        if position and (at is None or at.tzinfo is None or at.year not in STORABLE):
            self._refuse()
        return cursor

    def _refuse(self) -> NoReturn:
        sentence = "This cursor is not valid: follow next and previous."
        raise InvalidError({self.cursor_query_param: [sentence]}, "parameter")

    def get_schema_operation_parameters(self, view: Any) -> list[dict[str, Any]]:  # noqa: ARG002 - its signature
        where = "Where the page begins. Don't build it yourself: follow next and previous."
        cursor = {"name": "cursor", "in": "query", "description": where}
        return [{**cursor, "schema": {"type": "string"}}, _limit_parameter()]

    def get_paginated_response_schema(self, schema: Any) -> dict[str, Any]:
        return _page_of(schema)


class NewestConversations(Cursors):
    ordering = ("-newest", "-pk")


class NewestMessages(Cursors):
    ordering = ("-at", "-pk")


class Numbered(PageNumberPagination):
    """For rows that stay where they are."""

    parameters = ("page", LIMIT)
    page_size = DEFAULT
    page_size_query_param = LIMIT

    def get_page_size(self, request: Request) -> int:
        return _limit(request)

    def paginate_queryset(self, queryset: Any, request: Request, view: Any = None) -> Any:
        try:
            return super().paginate_queryset(queryset, request, view)
        except NotFound as error:
            sentence = "This page does not exist: follow next and previous."
            raise InvalidError({"page": [sentence]}, "parameter") from error

    def get_page_number(self, request: Request, paginator: Any) -> int | str:  # noqa: ARG002 - its signature
        asked = _whole(request, self.page_query_param, 1, digits=9)
        if asked is None:
            raise InvalidError({"page": ["Enter a whole number, 1 or more."]}, "parameter")
        return asked

    def get_paginated_response(self, data: Any) -> Response:
        assert self.page is not None
        count = {"count": self.page.paginator.count}
        links = {"next": self.get_next_link(), "previous": self.get_previous_link()}
        return Response({**count, **links, "results": data})

    def get_schema_operation_parameters(self, view: Any) -> list[dict[str, Any]]:  # noqa: ARG002 - its signature
        page = {"name": "page", "in": "query", "description": "The first page is 1."}
        return [{**page, "schema": {"type": "integer", "minimum": 1}}, _limit_parameter()]

    def get_paginated_response_schema(self, schema: Any) -> dict[str, Any]:
        return _page_of(schema, count={"type": "integer", "example": 1})
