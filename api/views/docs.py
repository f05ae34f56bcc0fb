"""The description of the API: as a page for people, as a file for programs."""

from functools import cache
from pathlib import Path

from csp.decorators import csp_update
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe
from drf_spectacular.views import SpectacularSwaggerSplitView
from rest_framework.permissions import AllowAny

FILE = Path(__file__).resolve().parents[1] / "openapi.yaml"

# Swagger's own styles have small drawings in them.
page = csp_update({"img-src": ["data:"]})(
    SpectacularSwaggerSplitView.as_view(
        url_name="api-description",
        template_name="api/docs.html",
        title="instabot API",
        authentication_classes=[],
        permission_classes=[AllowAny],
        throttle_classes=[],
    )
)


@require_safe
def description(request: HttpRequest) -> HttpResponse:  # noqa: ARG001 - a view
    """Return the file in the repository: a test keeps it equal to the code."""
    return HttpResponse(_text(), content_type="application/yaml")


@cache
def _text() -> bytes:
    return FILE.read_bytes()
