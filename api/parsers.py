"""Reads bodies of JSON."""

from typing import IO, Any

from rest_framework.exceptions import ParseError
from rest_framework.parsers import JSONParser


class Json(JSONParser):
    def parse(self, stream: IO[Any], *args: Any, **options: Any) -> Any:
        """Read the body; raise ParseError, even if it is nested too deeply for Python."""
        try:
            return super().parse(stream, *args, **options)
        except RecursionError as error:
            raise ParseError("JSON parse error - nested too deep") from error
