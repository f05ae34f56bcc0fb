"""Where a second factor is required, whoever has not shown one can do nothing but set it up."""

from collections.abc import Callable

from django.contrib.auth import SESSION_KEY
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.functional import cached_property

from people import policy
from people.second_factor import destination
from people.second_factor.entrance import VERIFIED

POLL = "admin:conversations_conversation_live"


class SecondFactor:
    """Leads to the set-up who has no second factor; to scripts and the API they are nobody.

    It reads the session, which is there, and the policy as it was half a second ago: no query of
    its own for a request. Paths that instabot.front answers do not get here. A token of the API
    is no log-in, and stays as good as it was.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if self._is_open(request) or not _lacks_it(request):
            return self.get_response(request)
        path = request.path_info
        if path.startswith(self._admin) and path != self._poll:
            return HttpResponseRedirect(_required(request))
        request.user = AnonymousUser()
        return self.get_response(request)

    def _is_open(self, request: HttpRequest) -> bool:
        return request.path_info in self._open

    @cached_property
    def _open(self) -> set[str]:
        names = (
            "second_factor_required", "second_factor_begin", "second_factor_set_up",
            "second_factor_code", "admin:login", "admin:logout",
        )  # fmt: skip
        return {reverse(name) for name in names}

    @cached_property
    def _admin(self) -> str:
        return reverse("admin:index")

    @cached_property
    def _poll(self) -> str:
        return reverse(POLL)


def _required(request: HttpRequest) -> str:
    """Return where to go; afterwards it goes on to the page that was to be read."""
    if request.method in ("GET", "HEAD"):
        return destination.lead("second_factor_required", request.get_full_path())
    return reverse("second_factor_required")


def _lacks_it(request: HttpRequest) -> bool:
    session = request.session
    is_in = SESSION_KEY in session and not session.get(VERIFIED)
    return is_in and policy.requires_second_factor()
