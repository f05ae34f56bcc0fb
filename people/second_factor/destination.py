"""The page that somebody wanted before a second factor stood in the way, carried as `next`."""

from urllib.parse import urlencode

from django.contrib.auth import REDIRECT_FIELD_NAME
from django.http import HttpRequest
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme


def read(request: HttpRequest) -> str:
    """Return the page that was asked for, if it is one of ours; else the first one."""
    asked = request.POST.get(REDIRECT_FIELD_NAME) or request.GET.get(REDIRECT_FIELD_NAME, "")
    here = {request.get_host()}
    is_ours = url_has_allowed_host_and_scheme(asked, here, require_https=request.is_secure())
    return asked if is_ours else reverse("admin:index")


def lead(name: str, destination: str) -> str:
    """Return the address of a step that carries a destination along; name: of its URL."""
    return f"{reverse(name)}?{urlencode({REDIRECT_FIELD_NAME: destination})}"
