"""A stand-in for the Graph API, as far as instabot calls it, with Meta's shapes and errors.

Send API and "Error codes" of the Messenger and Instagram Platforms. Its URL is
/sandbox/graph/vNN.N/…, which settings.GRAPH_API_URL is while SANDBOX is on.
"""

import re
from typing import Any, NoReturn

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.crypto import constant_time_compare
from django.views.decorators.csrf import csrf_exempt

from sandbox import payloads, read_back, send_api
from sandbox.models import Customer, Fault
from sandbox.refusal import RefusedError
from sandbox.send_api import REFUSALS, find_customer

PATH = re.compile(r"v\d+\.\d+/(?P<node>[\w-]+)(?P<edge>/messages|/conversations|/replies)?/?")
UNKNOWN_CUSTOMER = "Reviewer"  # the name of a customer whose profile Meta does not find
PROFILE_DEFAULTS = {
    "profile_pic": None,
    "follower_count": 180,
    "is_user_follow_business": True,
    "is_business_follow_user": False,
    "is_verified_user": False,
}


@csrf_exempt
def graph(request: HttpRequest, path: str) -> HttpResponse:
    try:
        return _answer(request, path)
    except RefusedError as refusal:
        return JsonResponse({"error": refusal.error}, status=refusal.status)


def _answer(request: HttpRequest, path: str) -> HttpResponse:
    match = PATH.fullmatch(path)
    if not match:
        rest = re.sub(r"^v\d+\.\d+/[^/]+", "", path) or f"/{path}"
        raise RefusedError(2500, f"Unknown path components: {rest}", status=500)
    _check_token(request)
    node, edge = match["node"], match["edge"] or ""
    allowed_method = "POST" if edge in ("/messages", "/replies") else "GET"
    if request.method != allowed_method:
        method = str(request.method).lower()
        raise RefusedError(100, f"Unsupported request - method type: {method}")
    if edge == "/replies":
        return send_api.reply_below(request, node)
    is_ours = node in ("me", payloads.account_id(), payloads.NODE_ID)
    if edge:
        if not is_ours:
            _refuse_unknown_object(node)
        return send_api.send(request) if edge == "/messages" else _list_threads(request)
    return JsonResponse(_pick(request, _read_account()) if is_ours else _read(request, node))


def _list_threads(request: HttpRequest) -> HttpResponse:
    igsid = request.GET.get("user_id")
    customers = [find_customer(igsid)] if igsid else Customer.objects.all()
    return JsonResponse(read_back.list_conversations(customers))


def _read(request: HttpRequest, node: str) -> dict[str, Any]:
    """Read a conversation, a message, or else a customer's profile."""
    thread_or_message = read_back.find(node)
    return _read_profile(request, node) if thread_or_message is None else thread_or_message


def _check_token(request: HttpRequest) -> None:
    _, _, token = request.headers.get("Authorization", "").partition("Bearer ")
    expected = settings.INSTAGRAM_PAGE_ACCESS_TOKEN
    if not expected or not constant_time_compare(token, expected):
        raise RefusedError(190, "Invalid OAuth access token - Cannot parse access token")
    if request.method == "GET" and Fault.objects.filter(kind=Fault.Kind.LOGIN, customer=None):
        code, text, subcode, status = REFUSALS[Fault.Kind.LOGIN]
        raise RefusedError(code, text, subcode, status=status)


def _refuse_unknown_object(node: str) -> NoReturn:
    raise RefusedError(
        100,
        f"Unsupported post request. Object with ID '{node}' does not exist, cannot be loaded due"
        " to missing permissions, or does not support this operation",
        33,
    )


def _read_account() -> dict[str, Any]:
    return {
        "id": payloads.NODE_ID,
        "user_id": payloads.account_id(),
        "username": payloads.USERNAME,
        "name": "Your shop",
        "account_type": "BUSINESS",
    }


def _read_profile(request: HttpRequest, igsid: str) -> dict[str, Any]:
    """Return a customer's profile. Customers who have not written have not consented to it."""
    customer = find_customer(igsid)
    if customer.name == UNKNOWN_CUSTOMER:
        raise RefusedError(9010, "No matching user found")
    if not customer.messages.filter(from_customer=True).exists():
        raise RefusedError(230, "User consent is required to access user profile")
    known = {"id": igsid, "name": customer.name, "username": customer.username}
    return _pick(request, known | PROFILE_DEFAULTS)


def _pick(request: HttpRequest, known: dict[str, Any]) -> dict[str, Any]:
    """Return the fields that were asked for; one unknown field fails the whole call."""
    fields = [name for name in request.GET.get("fields", "id").split(",") if name]
    unknown = next((name for name in fields if name not in known), None)
    if unknown:
        raise RefusedError(100, f"(#100) Tried accessing nonexisting field ({unknown})")
    return {name: known[name] for name in [*fields, "id"]}
