"""A body that is cut off is an error, and not a shorter body."""

from typing import Any

from gunicorn.http.body import LengthReader
from gunicorn.http.errors import NoMoreData


class Whole(LengthReader):  # type: ignore[misc] # gunicorn has no types
    """gunicorn's reader, which returns what there is when the sender hangs up in the middle.

    A form would be saved without its picture. NoMoreData is what it raises for a body in chunks; to
    Django it is an OSError, and gunicorn closes the line after it.
    """

    def read(self, size: int) -> bytes:
        expected = min(self.length, size)
        found: bytes = super().read(size)
        if len(found) < expected:
            raise NoMoreData
        return found


def insist(request: Any) -> None:
    """Make reading a gunicorn request's body raise NoMoreData where it ends too early."""
    reader = request.body.reader
    if type(reader) is LengthReader:
        request.body.reader = Whole(reader.unreader, reader.length)
