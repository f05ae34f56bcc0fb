"""What comes in: a request with a name that is not documented is refused."""

from collections.abc import Mapping, Sequence
from typing import Any

from rest_framework import serializers
from rest_framework.request import Request

from api.problems import InvalidError

UNKNOWN = "Unknown {}. Valid ones: {}."


class Strict(serializers.Serializer[Any]):
    """A body. A misspelt name would else be ignored, and its sender believe that it counts."""

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, Mapping) and (unknown := set(data) - set(self.fields)):
            sentence = UNKNOWN.format("field", ", ".join(self.fields))
            raise serializers.ValidationError({name: [sentence] for name in sorted(unknown)})
        return super().to_internal_value(data)


class Query(serializers.Serializer[Any]):
    """The parameters of an address, beside those by which its list is paged."""

    @classmethod
    def read(cls, request: Request, paged_by: Sequence[str] = ()) -> dict[str, Any]:
        """Return what is asked for; raise InvalidError for an unknown name or a wrong value."""
        given, query = request.query_params, cls()
        known = [*query.fields, *paged_by]
        if unknown := set(given) - set(known):
            sentence = UNKNOWN.format("parameter", ", ".join(known))
            raise InvalidError({name: [sentence] for name in sorted(unknown)}, "parameter")
        if twice := [name for name in given if len(given.getlist(name)) > 1]:
            raise InvalidError(
                {name: ["Give this parameter only once."] for name in twice}, "parameter"
            )
        query = cls(data={name: given[name] for name in given if name in query.fields})
        if not query.is_valid():
            raise InvalidError(query.errors, "parameter")
        asked: dict[str, Any] = query.validated_data
        return asked
