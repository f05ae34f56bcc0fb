"""A stand-in for the Graph API, as far as instabot and ordinary clients call it.

With the shapes and errors of Meta: Send API, Conversations API and "Error codes" of the Messenger
and Instagram Platforms. Its URL is /sandbox/graph/vNN.N/…, which settings.GRAPH_API_URL is while
SANDBOX is on; without a version it answers as well.
"""

import re
from typing import Any, NoReturn

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.crypto import constant_time_compare
from django.views.decorators.csrf import csrf_exempt

from sandbox import parameters, payloads, read_back, send_api
from sandbox.models import Customer, Fault
from sandbox.parameters import Parameters, pick, read_fields
from sandbox.refusal import RefusedError
from sandbox.send_api import REFUSALS, find_customer

VERSION = re.compile(r"v\d+\.\d+(?:/|\Z)")
PATH = re.compile(r"(?P<node>[\w-]+)(?P<edge>/messages|/conversations|/replies)?/?")
NEWEST_VERSION = "v26.0"  # of a call that names none
AUTHORIZATION = re.compile(r"(?:Bearer|OAuth)\s+(\S+)", re.IGNORECASE)
PLATFORMS = ("instagram", "messenger")
UNKNOWN_CUSTOMER = "Reviewer"  # the name of a customer whose profile Meta does not find
PROFILE_DEFAULTS = {
    "profile_pic": None,
    "follower_count": 180,
    "is_user_follow_business": True,
    "is_business_follow_user": False,
    "is_verified_user": False,
}


@csrf_exempt
def graph(request: HttpRequest, path: str = "") -> HttpResponse:
    version = VERSION.match(path)
    named = version[0].rstrip("/") if version else NEWEST_VERSION
    try:
        response = _answer(request, path[version.end() :] if version else path)
    except RefusedError as refusal:
        response = JsonResponse({"error": refusal.error}, status=refusal.status)
    response["Facebook-API-Version"] = named
    return response


def _answer(request: HttpRequest, path: str) -> HttpResponse:
    match = PATH.fullmatch(path)
    several = not path and "ids" in request.GET
    if not match and not several:
        rest = re.sub(r"^[^/]+", "", path) or f"/{path}"
        raise RefusedError(2500, f"Unknown path components: {rest}", status=500)
    asked = parameters.read(request)
    token = _check_token(request, asked)
    base = request.build_absolute_uri().partition("?")[0].removesuffix(path).rstrip("/")
    reader = read_back.Reader(base, token)
    if match is None:
        _check_method(request, "GET")
        nodes = str(asked["ids"]).split(",")
        return JsonResponse({node: _read(reader, node, asked) for node in nodes})
    node, edge = match["node"], match["edge"] or ""
    if edge in ("/messages", "/replies") and not read_back.find_thread(node):
        _check_method(request, "POST")
        return _send(node, edge, asked)
    _check_method(request, "GET")
    return JsonResponse(_list(reader, node, asked) if edge else _read(reader, node, asked))


def _check_method(request: HttpRequest, method: str) -> None:
    # A HEAD is a GET of which only the headers are sent.
    if request.method != method and (request.method, method) != ("HEAD", "GET"):
        used = str(request.method).lower()
        raise RefusedError(100, f"Unsupported request - method type: {used}")


def _is_ours(node: str) -> bool:
    return node in ("me", payloads.account_id(), payloads.NODE_ID)


def _send(node: str, edge: str, asked: Parameters) -> HttpResponse:
    if edge == "/replies":
        return send_api.reply_below(asked, node)
    if not _is_ours(node):
        _refuse_unknown_object("post", node)
    return send_api.send(asked)


def _list(reader: read_back.Reader, node: str, asked: Parameters) -> dict[str, Any]:
    """List the messages of a thread, or the threads."""
    if customer := read_back.find_thread(node):
        fields = read_fields(asked, read_back.MESSAGE_FIELDS)
        return reader.list_messages(customer, asked, fields)
    if not _is_ours(node):
        _refuse_unknown_object("get", node)
    fields = read_fields(asked, read_back.THREAD_FIELDS)
    platform = str(asked.get("platform") or PLATFORMS[0]).lower()
    if platform not in PLATFORMS:
        allowed = ", ".join(PLATFORMS).upper()
        raise RefusedError(100, f"(#100) Param platform must be one of {{{allowed}}}")
    igsid = asked.get("user_id")
    customers = [find_customer(igsid)] if igsid else [*Customer.objects.all()]
    listed = customers if platform == PLATFORMS[0] else []
    return reader.list_conversations(listed, node, asked, fields)


def _read(reader: read_back.Reader, node: str, asked: Parameters) -> dict[str, Any]:
    """Read our account, a conversation, a message, or else a customer's profile."""
    if _is_ours(node):
        return _read_account(asked)
    if customer := read_back.find_thread(node):
        return reader.read_thread(customer, read_fields(asked, read_back.THREAD_FIELDS))
    if message := read_back.find_message(node):
        return read_back.read_message(message, read_fields(asked, read_back.MESSAGE_FIELDS))
    return _read_profile(asked, node)


def _check_token(request: HttpRequest, asked: Parameters) -> str:
    """Return the token, which a client may also write into the address or the body."""
    header = AUTHORIZATION.fullmatch(request.headers.get("Authorization", "").strip())
    token = str(asked.get("access_token") or (header[1] if header else ""))
    expected = settings.INSTAGRAM_PAGE_ACCESS_TOKEN
    if not expected or not constant_time_compare(token, expected):
        raise RefusedError(190, "Invalid OAuth access token - Cannot parse access token")
    if request.method in ("GET", "HEAD") and Fault.objects.filter(
        kind=Fault.Kind.LOGIN, customer=None
    ):
        code, text, subcode, status = REFUSALS[Fault.Kind.LOGIN]
        raise RefusedError(code, text, subcode, status=status)
    return token


def _refuse_unknown_object(method: str, node: str) -> NoReturn:
    raise RefusedError(
        100,
        f"Unsupported {method} request. Object with ID '{node}' does not exist, cannot be loaded"
        " due to missing permissions, or does not support this operation",
        33,
    )


def _read_account(asked: Parameters) -> dict[str, Any]:
    known = {
        "id": payloads.NODE_ID,
        "user_id": payloads.account_id(),
        "username": payloads.USERNAME,
        "name": "Your shop",
        "account_type": "BUSINESS",
        "profile_picture_url": "https://shop.example/profile.jpg",
        "biography": "",
        "website": "https://shop.example",
        "followers_count": 1204,
        "follows_count": 87,
        "media_count": 58,
    }
    return pick(known, read_fields(asked, "id"))


def _read_profile(asked: Parameters, igsid: str) -> dict[str, Any]:
    """Return a customer's profile. Customers who have not written have not consented to it."""
    customer = find_customer(igsid)
    if customer.name == UNKNOWN_CUSTOMER:
        raise RefusedError(9010, "No matching user found")
    if not customer.messages.filter(from_customer=True).exists():
        raise RefusedError(230, "User consent is required to access user profile")
    known = {"id": igsid, "name": customer.name, "username": customer.username}
    return pick(known | PROFILE_DEFAULTS, read_fields(asked, "id"))
