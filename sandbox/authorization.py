"""Business Login: Meta's page that asks the owner of an account, and what becomes of the answer."""

from typing import Any
from urllib.parse import urlencode, urlsplit

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import render
from django.utils.crypto import constant_time_compare
from django.views.decorators.http import require_http_methods

from instagram.login import SCOPES
from sandbox import payloads, tokens
from sandbox.models import Fault, Grant
from sandbox.parameters import Parameters
from sandbox.refusal import RefusedError

# Who may log in: what it is called here, and what the page says.
ACCOUNTS = (
    ("shop", f"@{payloads.USERNAME}", "Business account"),
    ("personal", "@olena.private", "Personal account"),
)
LABELS = {
    SCOPES[1]: "Read and answer its messages",
    SCOPES[2]: "Read and answer comments",
}
CANCELLED = {
    "error": "access_denied",
    "error_reason": "user_denied",
    "error_description": "The user denied your request.",
}


@require_http_methods(["GET", "POST"])
def authorize(request: HttpRequest) -> HttpResponse:
    """Show the page; go back with a code, or with the news that nobody wants to."""
    asked = request.GET
    problem = _find_problem(asked.get("client_id", ""), asked.get("redirect_uri", ""))
    if problem or request.method == "GET":
        scopes = [(name, LABELS[name]) for name in SCOPES if name in LABELS]
        context = {"problem": problem, "accounts": ACCOUNTS, "scopes": scopes}
        return render(request, "sandbox/authorize.html", context, status=400 if problem else 200)
    back = _answer(request) | {"state": asked.get("state", "")}
    return HttpResponseRedirect(f"{asked['redirect_uri']}?{urlencode(back)}#_")


def _find_problem(client: str, redirect: str) -> str:
    if not client or client != settings.INSTAGRAM_APP_ID:
        return "Invalid platform app"
    ours = {settings.PUBLIC_URL, *(f"http://{name}:{settings.PORT}" for name in LOCAL)}
    found = urlsplit(redirect)
    if f"{found.scheme}://{found.netloc}" not in ours or found.query:
        return "Invalid redirect_uri"
    return ""


LOCAL = ("127.0.0.1", "localhost")


def _answer(request: HttpRequest) -> dict[str, str]:
    account = request.POST.get("account", "")
    if "allow" not in request.POST or account not in tokens.SAMPLES:
        return CANCELLED
    wanted = [SCOPES[0], *(name for name in LABELS if name in request.POST.getlist("scope"))]
    if Fault.take(None, [Fault.Kind.NO_MESSAGES]):
        wanted.remove(SCOPES[1])
    redirect = request.GET["redirect_uri"]
    return {"code": tokens.give(Grant.Kind.CODE, account, wanted, redirect).key}


def exchange_code(asked: Parameters) -> HttpResponse:
    """Turn a code into a token for an hour; this host refuses in a shape of its own."""
    if not _is_app(asked, settings.INSTAGRAM_APP_ID):
        return _refuse("Invalid platform app")
    if not _has_secret(asked, settings.INSTAGRAM_APP_SECRET):
        return _refuse("Error validating client secret.")
    code = tokens.use_code(str(asked.get("code", "")), str(asked.get("redirect_uri", "")))
    if code is None:
        return _refuse("Matching code was not found or was already used")
    token = tokens.give(Grant.Kind.SHORT, code.account, code.permissions)
    given = {
        "access_token": token.key,
        "user_id": payloads.NODE_ID,
        "permissions": ",".join(token.permissions),
    }
    return JsonResponse({"data": [given]})


def lengthen(asked: Parameters) -> dict[str, Any]:
    """Turn a token for an hour into one for 60 days."""
    token = tokens.check(str(asked.get("access_token", "")))
    if asked.get("grant_type") != "ig_exchange_token":
        raise RefusedError(100, "Invalid grant_type")
    if not _has_secret(asked, settings.INSTAGRAM_APP_SECRET):
        raise RefusedError(1, "Error validating client secret.")
    grant = Grant.objects.filter(key=token.key, kind=Grant.Kind.SHORT).first()
    if grant is None:
        raise RefusedError(452, "Session key invalid. This could be because the token is no short")
    return _given(tokens.give(Grant.Kind.LONG, grant.account, grant.permissions))


def lengthen_for_person(asked: Parameters) -> dict[str, Any]:
    if not _is_app(asked, settings.FACEBOOK_APP_ID):
        raise RefusedError(101, "Error validating application. Invalid application ID.")
    if not _has_secret(asked, settings.FACEBOOK_APP_SECRET):
        raise RefusedError(1, "Error validating client secret.")
    token = tokens.check(str(asked.get("fb_exchange_token", "")))
    seconds = int(tokens.LONG.total_seconds())
    return {"access_token": token.key, "token_type": "bearer", "expires_in": seconds}


def refresh(asked: Parameters) -> dict[str, Any]:
    token = tokens.check(str(asked.get("access_token", "")))
    if asked.get("grant_type") != "ig_refresh_token":
        raise RefusedError(100, "Invalid grant_type")
    return _given(tokens.renew(token))


def debug(asked: Parameters, by: str) -> dict[str, Any]:
    """Say what a token is to the app that it is of."""
    app, _, secret = by.partition("|")
    if app != settings.FACEBOOK_APP_ID or secret not in settings.FACEBOOK_APP_SECRET:
        raise RefusedError(190, "Invalid OAuth access token signature.")
    token = tokens.find(str(asked.get("input_token", "")))
    if token is None:
        error = {"code": 190, "message": "Invalid OAuth access token."}
        return {"data": {"error": error, "is_valid": False, "scopes": []}}
    if token.of_other_app:
        said = "(#100) The App_id in the input_token did not match the Viewing App"
        raise RefusedError(100, said)
    return {"data": tokens.describe(token)}


def _given(grant: Grant) -> dict[str, Any]:
    seconds = int(tokens.LONG.total_seconds())
    return {"access_token": grant.key, "token_type": "bearer", "expires_in": seconds}


def _is_app(asked: Parameters, app: str) -> bool:
    return bool(app) and str(asked.get("client_id", "")) == app


def _has_secret(asked: Parameters, allowed: list[str]) -> bool:
    given = str(asked.get("client_secret", ""))
    return any(constant_time_compare(given, one) for one in allowed if one)


def _refuse(said: str) -> HttpResponse:
    body = {"error_type": "OAuthException", "code": 400, "error_message": said}
    return JsonResponse(body, status=400)
