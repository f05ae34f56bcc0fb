"""What everybody finds under their own name, on the pages that are Unfold's."""

from typing import Any

from django.http import HttpRequest
from django.urls import reverse

Link = dict[str, Any]


def links(request: HttpRequest) -> list[Link]:
    """Return the links, as Unfold wants them."""
    user: Any = request.user
    found = [
        {"title": "Second factor", "link": reverse("second_factor")},
        {"title": "My sessions", "link": reverse("admin:people_session_changelist")},
    ]
    if user.is_authenticated and user.has_usable_password():
        found.insert(0, {"title": "Change password", "link": reverse("admin:password_change")})
    return found
