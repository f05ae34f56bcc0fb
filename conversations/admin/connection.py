"""Connecting an account: choose how, paste a token or log in, see the first message come."""

import secrets
from collections.abc import Callable
from functools import wraps
from typing import Any, cast
from urllib.parse import urlsplit

import structlog
from csp.decorators import csp
from django.conf import settings
from django.contrib import messages
from django.contrib.admin import AdminSite
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.crypto import constant_time_compare

from backoffice import parts
from backoffice.ages import clock
from backoffice.reach import reach
from conversations.account import authorization, connection, identity, setup, subscription, vault
from conversations.account.subscription import Subscribed
from conversations.address import (
    DEAUTHORIZE_PATH,
    DELETION_PATH,
    address_of,
    callback_address,
)
from conversations.admin import journal
from conversations.admin.connection_ways import Way, dashboard, ways
from conversations.display import connection as display
from conversations.models import Account
from conversations.recovery import history
from instagram.diagnosis import Diagnosis
from instagram.errors import GraphError
from instagram.kinds import Kind
from instagram.token_text import TokenError

log = structlog.get_logger("connection")

PREFIX = "admin:conversations_account_"
STATE = "instagram_login"  # in the session
CANCELLED = "access_denied"  # as Instagram's page says it
NOT_YOURS = TokenError(
    "This token is for an account that you may not see.",
    "Nothing was changed. Ask somebody who sees all accounts to connect it.",
)
View = Callable[..., HttpResponse]
LOGIN_LIVES = 3600  # seconds that a login may take


def may_connect(request: HttpRequest) -> bool:
    """Tell whether somebody may connect accounts and disconnect them."""
    user: Any = request.user
    return bool(user.has_perm("conversations.add_account"))


def show_connection(request: HttpRequest, account: Account) -> dict[str, Any]:
    """Return what the page of an account says of its connection."""
    ways = reverse(f"{PREFIX}add")
    by_way = reverse(f"{PREFIX}way", args=[account.login]) if account.login else ways
    return {
        "title": display.title(account),
        "lines": display.describe(account, timezone.now()),
        "may_connect": may_connect(request),
        "is_connected": bool(account.token),
        "reconnect": by_way,
    }


def _may_see(found: Diagnosis) -> bool:
    """Tell whether somebody may connect this account: who is limited connects their own anew."""
    named = Account.objects.filter(instagram_id=found.account.instagram_id)
    return reach() is None or named.seen().exists()


class ConnectionPages:
    """The pages around connecting, below those of the accounts."""

    def __init__(self, site: AdminSite) -> None:
        self.site = site

    def urls(self) -> list[URLPattern]:
        def page(route: str, view: Any, name: str) -> URLPattern:
            served = parts.own_page(self.site.admin_view(view))
            return path(route, served, name=f"conversations_account_{name}")

        def leading_on(route: str, view: Any, name: str) -> URLPattern:
            """It has the button that leads on to Instagram's page."""
            served = _allow_instagram(self.site.admin_view(view))
            return path(route, served, name=f"conversations_account_{name}")

        return [
            page("add/", self.choose, "add"),
            leading_on("add/by/<slug:kind>/", self.show_way, "way"),
            leading_on("add/login/", self.begin_login, "login"),
            leading_on("add/back/", self.come_back, "back"),
            page("<int:pk>/connected/", self.show_arrival, "arrival"),
            page("<int:pk>/connected/news/", self.tell_arrival, "news"),
            page("<int:pk>/import/", self.import_history, "import"),
            page("<int:pk>/fields/", self.subscribe, "fields"),
            page("<int:pk>/disconnect/", self.disconnect, "disconnect"),
        ]

    # Choosing

    @staticmethod
    def _check(request: HttpRequest) -> None:
        if not may_connect(request):
            raise PermissionDenied

    def _show(
        self, request: HttpRequest, template: str, title: str, **context: Any
    ) -> TemplateResponse:
        shown = {**self.site.each_context(request), **parts.context(request), "title": title}
        return TemplateResponse(request, f"conversations/{template}.html", shown | context)

    def choose(self, request: HttpRequest) -> HttpResponse:
        self._check(request)
        return self._show(request, "connection_ways", "Add account", ways=ways())

    # A token

    def show_way(self, request: HttpRequest, kind: str) -> HttpResponse:
        """Show what one way needs; take a pasted token."""
        self._check(request)
        way = next((one for one in ways() if one.kind == kind), None)
        if way is None:
            raise Http404
        if request.method == "POST":
            return self._take_token(request, way)
        return self._show_way(request, way)

    def _show_way(
        self,
        request: HttpRequest,
        way: Way,
        *,
        problem: TokenError | None = None,
        choices: list[Diagnosis] | None = None,
        sealed: str = "",
    ) -> HttpResponse:
        offered = way.kind is Kind.INSTAGRAM
        response = self._show(
            request,
            "connection_way",
            f"Add account: {way.title}",
            way=way,
            problem=problem,
            choices=choices,
            sealed=sealed,
            offers_login=offered and authorization.offers_login(),
            lacks_login=offered and not authorization.offers_login(),
            dashboard=dashboard(),
            callback=callback_address(),
            deauthorize=address_of(DEAUTHORIZE_PATH),
            deletion=address_of(DELETION_PATH),
            settings_page="Business login settings" if offered else "the settings of the app",
            fields=subscription.of_app(),
            redirect=redirect_address(),
            verify_token=settings.FACEBOOK_VERIFY_TOKEN,
        )
        response.status_code = 400 if problem else 200
        return response

    def _take_token(self, request: HttpRequest, way: Way) -> HttpResponse:
        try:
            sealed = request.POST.get("sealed", "")
            # What was chosen of several comes with the token, which nobody else can read.
            pasted = vault.unseal(sealed) if sealed else request.POST.get("token", "")
            found = setup.read(way.kind, pasted)
        except TokenError as problem:
            return self._show_way(request, way, problem=problem)
        except vault.SealedError as error:
            return self._show_way(request, way, problem=TokenError(error.advice, "Paste it again."))
        if len(found) > 1:
            chosen = request.POST.get("account", "")
            wanted = [one for one in found if one.account.instagram_id == chosen]
            if not wanted:
                return self._show_way(request, way, choices=found, sealed=vault.seal(pasted))
            found = wanted
        if found[0].problem:
            return self._show_way(request, way, problem=found[0].problem)
        return self._connect(request, way, found[0])

    def _connect(self, request: HttpRequest, way: Way, found: Diagnosis) -> HttpResponse:
        if not _may_see(found):
            return self._show_way(request, way, problem=NOT_YOURS)
        newest = setup.newest_message()
        try:
            account, subscribed = setup.connect(found)
        except GraphError as error:
            problem = TokenError("The account was not connected.", error.advice)
            return self._show_way(request, way, problem=problem)
        if subscribed.problem:
            messages.error(request, _say_not_subscribed(subscribed))
        if silence := setup.say_silence(account):
            messages.warning(request, silence)
        journal.write_of(request, account, f"Connected by {way.title}.")
        address = reverse(f"{PREFIX}arrival", args=[account.pk])
        return HttpResponseRedirect(f"{address}?after={newest}")

    # A login

    def begin_login(self, request: HttpRequest) -> HttpResponse:
        """Lead on to Instagram's page, with a state that only this session knows."""
        self._check(request)
        if request.method != "POST" or not authorization.offers_login():
            return HttpResponseRedirect(reverse(f"{PREFIX}add"))
        state = secrets.token_urlsafe(32)
        request.session[STATE] = {"state": state, "began": timezone.now().timestamp()}
        address = authorization.make_login().authorize_address(redirect_address(), state)
        return HttpResponseRedirect(address)

    def come_back(self, request: HttpRequest) -> HttpResponse:
        """Take what Instagram's page says: a code, once, and only to who asked for it."""
        self._check(request)
        way = ways()[0]
        if not _is_expected(request):
            problem = TokenError(
                "This login did not begin here, has been used already, or took over an hour.",
                "Nothing was changed. Start again with “Connect with Instagram”.",
            )
            return self._show_way(request, way, problem=problem)
        if error := request.GET.get("error"):
            return self._show_refused_login(request, way, error)
        try:
            found = setup.log_in(request.GET.get("code", ""), redirect_address())
        except TokenError as problem:
            return self._show_way(request, way, problem=problem)
        return self._connect(request, way, found)

    def _show_refused_login(self, request: HttpRequest, way: Way, error: str) -> HttpResponse:
        if error == CANCELLED:
            messages.info(request, "You cancelled at Instagram. Nothing was changed.")
            return HttpResponseRedirect(reverse(f"{PREFIX}way", args=[way.kind]))
        log.warning("login_not_completed", error=error[:100])
        problem = TokenError(
            "Instagram did not complete the login.",
            "Nothing was changed. Try again; if it lasts, paste a token.",
        )
        return self._show_way(request, way, problem=problem)

    # What came of it

    def show_arrival(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Show what was connected, and wait for the first message."""
        self._check(request)
        account = get_object_or_404(Account.objects.seen(), pk=pk)
        after = _number(request.GET.get("after", ""))
        there = account.webhook_fields
        missing = subscription.missing(account.login, there)
        return self._show(
            request,
            "connection_arrival",
            f"Connected: {account}",
            account=account,
            way=account.get_login_display(),
            renews=account.login == Kind.INSTAGRAM,
            app=settings.INSTAGRAM_APP_ID,
            fields=[*((name, False) for name in missing), *((name, True) for name in there)],
            missing=missing,
            is_asked=account.webhook_fields_at is not None,
            after=after,
            came=_say_arrival(account, after),
            history=display.describe_history(account),
        )

    def tell_arrival(self, request: HttpRequest, pk: int) -> HttpResponse:
        self._check(request)
        account = get_object_or_404(Account.objects.seen(), pk=pk)
        came = _say_arrival(account, _number(request.GET.get("after", "")))
        told = display.describe_history(account)
        says = {"says": told.says, "is_over": told.is_over} if told else None
        return JsonResponse({"came": came, "history": says})

    def import_history(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Have the worker bring the last messages of recent conversations."""
        self._check(request)
        account = get_object_or_404(Account.objects.seen(), pk=pk)
        if request.method == "POST" and account.active:
            if history.want(pk, request.user.get_username()):
                journal.write_of(request, account, "Asked for recent conversations to be imported.")
            else:
                messages.info(request, "They are being imported already.")
        address = reverse(f"{PREFIX}arrival", args=[pk])
        after = _number(request.POST.get("after", ""))
        return HttpResponseRedirect(f"{address}?after={after}#history")

    def subscribe(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Have Meta post what is needed, once more."""
        self._check(request)
        account = get_object_or_404(Account.objects.seen(), pk=pk)
        if request.method == "POST":
            done = subscription.subscribe(identity.ready(pk))
            if done.problem:
                messages.error(request, _say_not_subscribed(done))
            elif done.missing:
                messages.warning(request, f"Meta left out: {', '.join(done.missing)}.")
            else:
                messages.success(request, "Meta posts all that is needed.")
            journal.write_of(request, account, "Subscribed the webhook fields.")
        address = reverse(f"{PREFIX}arrival", args=[pk])
        return HttpResponseRedirect(f"{address}?after={_number(request.POST.get('after', ''))}")

    # The end of it

    def disconnect(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Ask once more; then let the account say nothing, and forget its token."""
        self._check(request)
        account = get_object_or_404(Account.objects.seen(), pk=pk)
        if request.method != "POST":
            return self._show(request, "connection_end", f"Disconnect {account}", account=account)
        told = subscription.end(account)
        if connection.disconnect(account.pk, request.user.get_username()):
            journal.write_of(request, account, "Disconnected.")
        if told:
            messages.success(request, f"{account} is disconnected. Its messages are kept.")
        else:
            messages.warning(
                request,
                f"{account} is disconnected here. Meta could not be told: it may go on posting"
                " what customers write, which is kept.",
            )
        return HttpResponseRedirect(reverse(f"{PREFIX}change", args=[pk]))


def _allow_instagram(view: View) -> View:
    """Serve a view under our own policy, which lets its form lead on to Instagram's page."""

    @wraps(view)
    def serve(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        address = urlsplit(authorization.make_login().hosts.authorize)
        directives = settings.CONTENT_SECURITY_POLICY["DIRECTIVES"]
        forms = [*directives["form-action"], f"{address.scheme}://{address.netloc}"]
        served = csp({**directives, "form-action": forms})(view)
        return cast("HttpResponse", served(request, *args, **kwargs))

    return serve


def _say_not_subscribed(done: Subscribed) -> str:
    return f"Not subscribed. {done.problem}"


def redirect_address() -> str:
    """Return where Instagram's page comes back to: never elsewhere than here."""
    return address_of(reverse(f"{PREFIX}back"))


def _is_expected(request: HttpRequest) -> bool:
    """Tell whether this session asked for the login, not long ago, and use that up."""
    asked = request.session.get(STATE) or {}
    given = request.GET.get("state", "")
    if not asked or not constant_time_compare(given, asked["state"]):
        return False
    del request.session[STATE]
    return bool(timezone.now().timestamp() - asked["began"] < LOGIN_LIVES)


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 19 else 0  # noqa: PLR2004 - a bigint


def _say_arrival(account: Account, after: int) -> str:
    """Return the sentence about the first message that came since; empty: none yet."""
    first = setup.first_message(account, after)
    if first is None:
        return ""
    return f"It came: at {clock(first.created_at, timezone.now())}, from {first.conversation}."
