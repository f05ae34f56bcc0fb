"""What all views of the API share."""

from collections.abc import Mapping
from typing import Any, ClassVar, TypeVar

from django.contrib import admin
from django.db.models import Model, QuerySet
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.viewsets import GenericViewSet

from api.problems import LengthRequiredError
from api.schema import ApiSchema

Row = TypeVar("Row", bound=Model)


class ApiViewSet(GenericViewSet[Any]):
    """A view names its model and the right that each of its actions asks for (access.Allowed)."""

    schema = ApiSchema()
    model: ClassVar[type[Model]]
    rights: ClassVar[Mapping[str, str]]
    lookup_value_converter = "int"
    filter_backends = ()

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        # Django does not read a body in chunks: its content would be ignored.
        if request.headers.get("Transfer-Encoding"):
            raise LengthRequiredError

    @property
    def by(self) -> str:
        """Return the name of the user."""
        name: str = self.request.user.get_username()
        return name

    def find(self, rows: QuerySet[Row], pk: int) -> Row:
        """Return the row with this id; raise NotFound, which says in words what there is not."""
        row = rows.filter(pk=pk).first()
        if row is None:
            thing = rows.model._meta.verbose_name  # noqa: SLF001 - public in Django's documentation
            raise NotFound(f"There is no {thing} with the ID {pk}.")
        return row

    def log(self, row: Model, what: str) -> None:
        """Write it to the log in which the admin shows what staff did."""
        model_admin: Any = admin.site.get_model_admin(type(row))
        model_admin.log_change(self.request, row, f"API: {what}")
