"""Bodies as JSON."""

from typing import IO, Any

from rest_framework.exceptions import ParseError
from rest_framework.parsers import JSONParser


class Json(JSONParser):
    def parse(self, stream: IO[Any], *args: Any, **options: Any) -> Any:
        """Read the body; raise ParseError, also where it is nested too deep for Python's reader."""
        try:
            return super().parse(stream, *args, **options)
        except RecursionError as error:
            raise ParseError("JSON parse error - nested too deep") from error
