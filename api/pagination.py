"""Pages of lists: by a cursor where rows come and go at the top, by number for rules."""

from typing import Any, NoReturn

from django.utils.dateparse import parse_datetime
from rest_framework.exceptions import NotFound
from rest_framework.pagination import Cursor, CursorPagination, PageNumberPagination
from rest_framework.request import Request
from rest_framework.response import Response

from api.problems import InvalidError

DEFAULT_ROWS, MAX_ROWS = 50, 200  # of a page
LIMIT = "limit"
STORABLE_YEARS = range(2, 9999)  # in which a time can be converted to any time zone
LINK_SCHEMA = {"type": ["string", "null"], "format": "uri-reference", "example": None}


def _read_limit(request: Request) -> int:
    """Return how many rows are asked for; raise InvalidError if the number is not valid."""
    asked = _read_whole(request, LIMIT, DEFAULT_ROWS, digits=len(str(MAX_ROWS)))
    if asked is None or not 1 <= asked <= MAX_ROWS:
        raise InvalidError({LIMIT: [f"Enter a whole number from 1 to {MAX_ROWS}."]}, "parameter")
    return asked


def _read_whole(request: Request, name: str, default: int, *, digits: int) -> int | None:
    """Return the number in this parameter; None: it is not one, or has too many digits."""
    given = request.query_params.get(name, str(default))
    is_number = given.isascii() and given.isdecimal() and len(given) <= digits
    return int(given) if is_number else None


def _make_limit_parameter() -> dict[str, Any]:
    schema = {"type": "integer", "minimum": 1, "maximum": MAX_ROWS, "default": DEFAULT_ROWS}
    return {"name": LIMIT, "in": "query", "description": "Results per page.", "schema": schema}


def _make_page_schema(rows: Any, **more: Any) -> dict[str, Any]:
    properties = {**more, "next": LINK_SCHEMA, "previous": LINK_SCHEMA, "results": rows}
    return {"type": "object", "required": list(properties), "properties": properties}


class Cursors(CursorPagination):
    """For rows that are ordered by time (`ordering`)."""

    parameters = ("cursor", LIMIT)
    offset_cutoff = (
        10**6
    )  # rows of one moment, which a cursor counts; with the default it goes in circles
    page_size = DEFAULT_ROWS
    page_size_query_param = LIMIT

    def get_page_size(self, request: Request) -> int:
        return _read_limit(request)

    def decode_cursor(self, request: Request) -> Cursor | None:
        """Read the cursor; refuse one that we did not write before it reaches the database."""
        try:
            cursor = super().decode_cursor(request)
            position = str(cursor.position) if cursor and cursor.position else ""
            at = parse_datetime(position) if position else None
        except (NotFound, ValueError):
            self._refuse()
        if position and (at is None or at.tzinfo is None or at.year not in STORABLE_YEARS):
            self._refuse()
        return cursor

    def _refuse(self) -> NoReturn:
        sentence = "This cursor is not valid: follow next and previous."
        raise InvalidError({self.cursor_query_param: [sentence]}, "parameter")

    def get_schema_operation_parameters(self, view: Any) -> list[dict[str, Any]]:  # noqa: ARG002 - its signature
        where = "Where the page begins. Don't build it yourself: follow next and previous."
        cursor = {"name": "cursor", "in": "query", "description": where}
        return [{**cursor, "schema": {"type": "string"}}, _make_limit_parameter()]

    def get_paginated_response_schema(self, schema: Any) -> dict[str, Any]:
        return _make_page_schema(schema)


class NewestConversations(Cursors):
    ordering = ("-newest", "-pk")


class NewestMessages(Cursors):
    ordering = ("-at", "-pk")


class Numbered(PageNumberPagination):
    """For rows that stay where they are."""

    parameters = ("page", LIMIT)
    page_size = DEFAULT_ROWS
    page_size_query_param = LIMIT

    def get_page_size(self, request: Request) -> int:
        return _read_limit(request)

    def paginate_queryset(self, queryset: Any, request: Request, view: Any = None) -> Any:
        try:
            return super().paginate_queryset(queryset, request, view)
        except NotFound as error:
            sentence = "This page does not exist: follow next and previous."
            raise InvalidError({"page": [sentence]}, "parameter") from error

    def get_page_number(self, request: Request, paginator: Any) -> int | str:  # noqa: ARG002 - its signature
        asked = _read_whole(request, self.page_query_param, 1, digits=9)
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
        return [{**page, "schema": {"type": "integer", "minimum": 1}}, _make_limit_parameter()]

    def get_paginated_response_schema(self, schema: Any) -> dict[str, Any]:
        return _make_page_schema(schema, count={"type": "integer", "example": 1})
