"""What every page shares: it comes by TLS, nobody keeps it, and times are those of the shop."""

from collections.abc import Callable
from functools import cache
from http import HTTPStatus
from typing import Any

import structlog
from csp.constants import UNSAFE_EVAL, UNSAFE_INLINE
from csp.middleware import CSPMiddleware, PolicyParts
from django.conf import settings
from django.contrib.admin.options import TO_FIELD_VAR
from django.contrib.admin.views.main import ERROR_FLAG
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.http.request import split_domain_port, validate_host
from django.middleware.security import SecurityMiddleware
from django.urls import reverse
from django.utils import timezone

from api import problems
from backoffice.reach import asked_by_people, within
from conversations.account import access
from shop.current import current_shop

log = structlog.get_logger("transport")

NO_TLS = (
    "This request came by plain HTTP, and its X-Forwarded-Proto header, which says how it was made,"
    " is missing or says neither `https` nor `http`. The proxy in front of instabot must send"
    " `X-Forwarded-Proto: https` for what it received by TLS."
    " To call instabot without TLS inside a private network, name its host in PLAIN_HTTP_HOSTS."
    " docs/configuration.md, 'Behind a proxy', explains both."
)

TOO_LARGE = "This is too large: nothing of more than 11 MB is taken here."
# Of an answer that is no page: nothing is loaded, nothing is run, nobody frames it.
NOTHING = "default-src 'none'; frame-ancestors 'none'"
FORWARDED = "HTTP_X_FORWARDED_PROTO"


class Transport(SecurityMiddleware):
    """Django's own, which sends plain HTTP to https; a host may be excepted by its name.

    Where a proxy does not say plainly what it received, that redirect might come back as it went,
    without end.
    """

    def process_response(self, request: HttpRequest, response: HttpResponse) -> HttpResponse:
        """No page of another site may load what is ours: a picture, a script, an answer."""
        response.headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
        return super().process_response(request, response)

    def process_request(  # type: ignore[override] # any response will do
        self, request: HttpRequest
    ) -> HttpResponse | None:
        said = request.META.get(FORWARDED, "").lower()
        if said:
            request.META[FORWARDED] = said  # Django compares it as it is
        redirect = super().process_request(request)
        if redirect is None or _is_excepted(request):
            return None
        if said.strip() == "http":
            return redirect
        log.warning("tls_unknown", next=NO_TLS)
        return problems.refuse(request, NO_TLS)


def _is_excepted(request: HttpRequest) -> bool:
    name, _ = split_domain_port(request.get_host())
    return validate_host(name, settings.PLAIN_HTTP_HOSTS)


class Size:
    """Refuse what is larger than anything that is sent here, before any of it is read.

    Django bounds what it keeps in memory, but writes files of any size to the disk.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        said = request.META.get("CONTENT_LENGTH") or "0"
        if said.isdecimal() and int(said[:20]) > settings.MOST_BODY_BYTES:
            return problems.refuse(request, TOO_LARGE, HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
        return self.get_response(request)


class SoundQuery:
    """Leave out of an address what Django's admin breaks on.

    A name without a value; and its own mark of an address that made no sense, beside more of it:
    twice would be a page that blames the database.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        leave_out: list[str] = [TO_FIELD_VAR] if request.GET.get(TO_FIELD_VAR) == "" else []
        leave_out += [ERROR_FLAG] if ERROR_FLAG in request.GET and len(request.GET) > 1 else []
        if leave_out:
            asked: Any = request.GET.copy()
            for name in leave_out:
                del asked[name]
            request.GET = asked
        return self.get_response(request)


class NothingKept:
    """No browser and no proxy keeps a page or an answer: customers' messages stand in them.

    Static files and what machines call are answered before they get here.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if "no-store" not in response.get("Cache-Control", ""):
            response["Cache-Control"] = "no-store"
        return response


class ContentPolicy(CSPMiddleware):
    """Say what a page may load and run: files of our own, and pictures by https.

    Unfold's pages have styles in themselves, and Alpine makes functions of texts. Ours beside them
    say that they need neither (`backoffice.parts.own_page`); no page has scripts in itself.
    """

    def process_response(
        self, request: HttpRequest, response: HttpResponseBase
    ) -> HttpResponseBase:
        if _is_page(request, response):
            return super().process_response(request, response)
        response.headers.setdefault("Content-Security-Policy", NOTHING)
        return response

    def get_policy_parts(
        self,
        request: HttpRequest,
        response: HttpResponseBase,
        report_only: bool = False,  # noqa: FBT001, FBT002 - django-csp's signature
    ) -> PolicyParts:
        parts = super().get_policy_parts(request, response, report_only)
        is_own = parts.config is not None
        if not is_own and request.path_info.startswith(admin_path()):
            parts.update = {"script-src": [UNSAFE_EVAL], "style-src": [UNSAFE_INLINE]}
        return parts


def _is_page(request: HttpRequest, response: HttpResponseBase) -> bool:
    """Tell whether a browser makes a page of the answer; of the API's, of its description."""
    path = request.path_info
    is_for_machines = path.startswith(("/api/", "/health")) and not path.startswith("/api/docs")
    return response.get("Content-Type", "").startswith("text/html") and not is_for_machines


@cache
def admin_path() -> str:
    """Return where the admin begins; each request asks."""
    return reverse("admin:index")


class Reach:
    """Whoever is limited to some accounts sees no others, and nobody what is being erased.

    Who calls the API with a token is known later: api.access says it then.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        # Without a session nobody is looked up.
        with within(access.of(request.user)), asked_by_people():
            return self.get_response(request)


class ShopClock:
    """Staff read times as the shop's clock shows them; machines read UTC."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not request.path_info.startswith(admin_path()):
            return self.get_response(request)
        with timezone.override(current_shop().zone):
            return self.get_response(request)
