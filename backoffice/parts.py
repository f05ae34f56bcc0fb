"""A page in parts: a script that has the page asks only for those that may have changed."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from csp.decorators import csp
from django.conf import settings
from django.http import HttpRequest, HttpResponseBase

View = Callable[..., HttpResponseBase]
HEADER = "X-Parts"
UNATTENDED = "X-Unattended"  # a page asks by itself whether anything is new; nobody sits there
WHOLE_PAGE, PARTS_ALONE = "backoffice/frame.html", "backoffice/bare.html"


@dataclass(frozen=True, slots=True)
class Parts:
    """Which parts of a page are wanted; names: None where it is the whole page."""

    names: frozenset[str] | None

    def __contains__(self, name: str) -> bool:
        return self.names is None or name in self.names

    def has_any(self, *names: str) -> bool:
        return any(name in self for name in names)

    @property
    def is_whole(self) -> bool:
        return self.names is None

    @property
    def frame(self) -> str:
        """Return the template around the parts."""
        return WHOLE_PAGE if self.names is None else PARTS_ALONE


def wanted(request: HttpRequest) -> Parts:
    """Return the parts that a request names; all where it names none."""
    named = request.headers.get(HEADER)
    return Parts(frozenset(named.replace(",", " ").split()) if named is not None else None)


def is_unattended(request: HttpRequest) -> bool:
    """Tell whether a page asks by itself: then nobody need have seen the answer."""
    return UNATTENDED in request.headers


def context(request: HttpRequest) -> dict[str, Any]:
    """Return what the templates of a page in parts need."""
    parts = wanted(request)
    return {"parts": parts, "frame": parts.frame}


def own_page(view: View) -> View:
    """Serve a view of the admin under the policy of our own pages, without what Unfold's need."""
    policy: View = csp(settings.CONTENT_SECURITY_POLICY["DIRECTIVES"])(view)
    return policy
