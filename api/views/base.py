"""What all views of the API share."""

from collections.abc import Mapping
from typing import Any, ClassVar

from django.contrib import admin
from django.db.models import Model
from rest_framework.request import Request
from rest_framework.viewsets import GenericViewSet

from api.problems import LengthRequiredError
from api.schema import ApiSchema


class ApiViewSet(GenericViewSet[Any]):
    """A view names its model and the right that each of its actions asks for (access.Allowed)."""

    schema = ApiSchema()
    model: ClassVar[type[Model]]
    rights: ClassVar[Mapping[str, str]]
    lookup_value_converter = "int"
    filter_backends = ()

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        # Django reads nothing of a body in chunks, and what is said in it would not count.
        if request.headers.get("Transfer-Encoding"):
            raise LengthRequiredError

    @property
    def by(self) -> str:
        """Return what the user is called."""
        name: str = self.request.user.get_username()
        return name

    def log(self, row: Model, what: str) -> None:
        """Write it where the admin shows what staff did."""
        of_model: Any = admin.site.get_model_admin(type(row))
        of_model.log_change(self.request, row, f"API: {what}")
