"""What somebody is told who may not open a page, or do what a button of it does.

It names the right that is missing in plain words, the roles that have it, and leads back.
"""

from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import structlog
from django.contrib import admin
from django.contrib.auth.models import Group
from django.core.exceptions import DisallowedHost
from django.db.models import Model
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.http.request import split_domain_port
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views import defaults

from api import problems
from backoffice import parts
from instabot import evidence
from instabot.middleware import admin_path

log = structlog.get_logger("refusal")

# Pages whose right is not one to their own list.
OTHER_RIGHTS = {
    "conversations_account_switch": ["shop.change_shop"],
    "conversations_conversation_erase": [
        "conversations.view_conversation",
        "conversations.erase_conversation",
    ],
    "conversations_conversation_export": [
        "conversations.view_conversation",
        "conversations.export_conversation",
    ],
    "conversations_dayfigures": ["conversations.view_reports"],
    "conversations_menu": ["conversations.add_account"],
    "conversations_mention": ["conversations.view_conversation"],
    "notices_listener": ["conversations.view_conversation"],
    "rules_dismissedgroup_changelist": ["conversations.view_conversation"],
    "rules_dismissedgroup": ["conversations.view_conversation", "rules.change_responserule"],
    "rules_responserule_follow_up": [
        "rules.view_responserule",
        "conversations.change_conversation",
    ],
    "rules_responserule_import": ["rules.add_responserule", "rules.change_responserule"],
    "rules_responserule_process_import": ["rules.add_responserule", "rules.change_responserule"],
    "conversations_savedreply_import": [
        "conversations.add_savedreply",
        "conversations.change_savedreply",
    ],
    "conversations_savedreply_process_import": [
        "conversations.add_savedreply",
        "conversations.change_savedreply",
    ],
    **{
        f"conversations_account_{page}": ["conversations.add_account"]
        for page in ("way", "login", "back", "arrival", "news", "fields", "disconnect")
    },
    "auth_user_add": ["auth.add_user", "auth.change_user"],
}
MORE_THAN_YOU = "This has rights that you don't have yourself. Ask a superuser."
VERBS = {
    "view": "see",
    "add": "add",
    "change": "change",
    "delete": "delete",
    "erase": "erase",
    "export": "export the data of",
}
OUT_OF_DATE = "This page is out of date. Go back, reload it and try again."
STILL_LOGGED_IN = "Your login is still good."
LONGEST_NAME = 253  # of a host, in the DNS
OTHER_NAME = (
    "instabot was called by a name that it does not have: {}. If the name is right, whoever runs"
    " instabot adds it to ALLOWED_HOSTS and restarts the web process."
)
TRUST_IT = (
    "If the address is right, whoever runs instabot adds {} to CSRF_TRUSTED_ORIGINS and restarts"
    " the web process."
)
KEEP_HOST = "Or the proxy is to pass the header Host on, as {}: it says {}."
UNSAID = "Your browser did not say from which address this was sent."
SAY_IT = "Allow it to send the headers Origin and Referer here, reload the page and try again."


def show(request: HttpRequest, exception: Exception | None = None) -> HttpResponseBase:
    """Answer a request that is refused; of what the admin does not show, as Django does."""
    if not request.path_info.startswith(admin_path()):
        return defaults.permission_denied(request, exception or Exception())
    said, right = str(exception or ""), missing(request)
    name = getattr(request.resolver_match, "url_name", None) or ""
    if not (said or right) and name.startswith(("auth_user_", "auth_group_")):
        said = MORE_THAN_YOU
    return _answer(request, *((said, "") if said else _explain(right)), right)


class KnownHost:
    """Refuse a name that is not allowed, before anything else asks for it.

    Django would, too; but while DEBUG is on, by a page that shows settings to whoever called.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        try:
            request.get_host()
        except DisallowedHost as error:
            return show_malformed(request, error)
        return self.get_response(request)


def show_malformed(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer what Django refuses before any view: above all, a name that is not allowed."""
    if not isinstance(exception, DisallowedHost):
        return problems.bad_request(request, exception)
    name, _ = split_domain_port(request.META.get("HTTP_HOST", ""))
    is_one = 0 < len(name) <= LONGEST_NAME
    advice = OTHER_NAME.format(name if is_one else "no name at all")
    log.warning("host_not_allowed", next=advice)
    evidence.note_host(request, name)
    return problems.refuse(request, advice)


def show_stale(request: HttpRequest, reason: str = "") -> HttpResponseBase:
    """Answer a form whose CSRF token is missing or old: the log-in was renewed meanwhile.

    Or one that came from an address that is not trusted, which no reload mends.
    """
    origin = request.META.get("HTTP_ORIGIN") or request.META.get("HTTP_REFERER", "")
    if reason.startswith(("Origin checking failed", "Referer checking failed")):
        said, advice = _explain_origin(request, origin)
        log.warning("origin_not_trusted", next=advice)
        evidence.note_origin(request, _address_of(origin))
        return _answer(request, said, advice, "")
    user: Any = getattr(request, "user", None)
    is_in = user is not None and user.is_authenticated
    return _answer(request, OUT_OF_DATE, STILL_LOGGED_IN if is_in else "", "")


def _explain_origin(request: HttpRequest, origin: str) -> tuple[str, str]:
    found = urlsplit(origin)
    if not 0 < len(found.netloc) <= LONGEST_NAME:
        return UNSAID, SAY_IT
    address = _address_of(origin)
    said = f"instabot does not trust the address {address}, from which this was sent."
    advice = TRUST_IT.format(address)
    if found.netloc != request.get_host():
        advice += f" {KEEP_HOST.format(found.netloc, request.get_host())}"
    return said, advice


def _address_of(origin: str) -> str:
    found = urlsplit(origin)
    return f"{found.scheme}://{found.netloc}"


def missing(request: HttpRequest) -> str:
    """Return the first right that this request needs and its user lacks; nothing if none is."""
    user: Any = getattr(request, "user", None)
    return next((right for right in _needed(request) if not user.has_perm(right)), "")


def _needed(request: HttpRequest) -> list[str]:
    name = getattr(request.resolver_match, "url_name", None) or ""
    if name in OTHER_RIGHTS:
        return OTHER_RIGHTS[name]
    model, what = _find_model(name)
    if model is None:
        return []
    meta = model._meta  # noqa: SLF001 - public in Django's documentation
    if (page := f"{meta.app_label}_{meta.model_name}") in OTHER_RIGHTS:
        return OTHER_RIGHTS[page]
    verbs = ["view"]
    if what in ("add", "delete"):
        verbs.append(what)
    elif what.endswith("_add"):
        verbs = ["add"]
    elif request.method == "POST" or what not in ("changelist", "change", "history"):
        verbs.append("change")
    return [f"{meta.app_label}.{verb}_{meta.model_name}" for verb in verbs]


def _find_model(name: str) -> tuple[type[Model] | None, str]:
    """Return what list a page belongs to, and what it is: its name says both."""
    for model in admin.site._registry:  # noqa: SLF001 - Django has no public way
        meta = model._meta  # noqa: SLF001 - public in Django's documentation
        begin = f"{meta.app_label}_{meta.model_name}_"
        if name.startswith(begin):
            return model, name.removeprefix(begin)
    return None, ""


def _explain(right: str) -> tuple[str, str]:
    if not right:
        return "You may not do this.", ""
    app, _, codename = right.partition(".")
    verb, _, model_name = codename.partition("_")
    plurals = (
        one._meta.verbose_name_plural  # noqa: SLF001 - public in Django's documentation
        for one in admin.site._registry  # noqa: SLF001 - Django has no public way
        if one._meta.label_lower == f"{app}.{model_name}"  # noqa: SLF001
    )
    what = next(plurals, model_name.replace("_", " "))  # a right of its own says what it is for
    have = Group.objects.filter(
        permissions__codename=codename, permissions__content_type__app_label=app
    )
    names = " or ".join(have.order_by("name").values_list("name", flat=True))
    said = f"You may not {VERBS[verb]} {what}."
    role = f"a role that may, such as {names}" if names else "the right to it"
    return said, f"Ask your administrator for {role}."


def _answer(request: HttpRequest, said: str, advice: str, right: str) -> HttpResponseBase:
    sentence = f"{said} {advice}".strip()
    if "application/json" in request.headers.get("Accept", ""):
        refused = {"outcome": "refused", "said": sentence, "error": sentence}
        return JsonResponse(refused, status=403)
    return _page(request, said, advice, right)


@parts.own_page
def _page(request: HttpRequest, said: str, advice: str, right: str) -> HttpResponse:
    user: Any = getattr(request, "user", None)
    is_staff = user is not None and user.is_active and user.is_staff
    context = {
        **(admin.site.each_context(request) if is_staff else {}),
        **parts.context(request),
        "title": "No access",
        "said": said,
        "advice": advice,
        "right": right,
        "back": _back(request),
        "is_staff": is_staff,
    }
    return render(request, "instabot/refusal.html", context, status=403)


def _back(request: HttpRequest) -> str:
    """Return where one came from, if that was another page of ours."""
    referer = request.headers.get("Referer", "")
    here = {request.get_host()}
    is_ours = url_has_allowed_host_and_scheme(referer, here, require_https=request.is_secure())
    return referer if is_ours and urlsplit(referer).path != request.path else reverse("admin:index")
