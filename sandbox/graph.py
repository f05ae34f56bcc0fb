"""A stand-in for the Graph API, as far as instabot and ordinary clients call it.

With the shapes and errors of Meta: Send API, Conversations API and "Error codes" of the Messenger
and Instagram Platforms. Its URL is /sandbox/graph/vNN.N/…, which settings.GRAPH_API_URL is while
SANDBOX is on; without a version it answers as well.
"""

import re
import time
from typing import Any, NoReturn

from django.conf import settings
from django.db import connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.csrf import csrf_exempt

from sandbox import (
    authorization,
    menu,
    parameters,
    payloads,
    posts,
    read_back,
    send_api,
    subscriptions,
    tokens,
)
from sandbox.models import Customer, Fault
from sandbox.parameters import Parameters, pick, read_fields
from sandbox.refusal import RefusedError
from sandbox.send_api import REFUSALS, find_customer

VERSION = re.compile(r"v\d+\.\d+(?:/|\Z)")
PATH = re.compile(
    r"(?P<node>[\w-]+)(?P<edge>/messages|/conversations|/replies|/accounts|/subscribed_apps"
    r"|/messenger_profile|/media|/comments)?/?"
)
NEWEST_VERSION = "v26.0"  # of a call that names none
OF_APP = re.compile(r"(\d+)/subscriptions/?")
AUTHORIZATION = re.compile(r"(?:Bearer|OAuth)\s+(\S+)", re.IGNORECASE)
ME_FAULTS = (Fault.Kind.ME_HTML, Fault.Kind.ME_HANGS)
HANGS = (Fault.Kind.ME_HANGS, Fault.Kind.MENU_HANGS)
WITHOUT_ANSWER = (Fault.Kind.MENU_HTML, Fault.Kind.MENU_HANGS)
# Where a login becomes a token; Meta has a version in the last one's address alone.
LOGIN = ("oauth/access_token", "access_token", "refresh_access_token", "debug_token")
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
    if path in LOGIN:
        return _answer_login(request, path)
    if of_app := OF_APP.fullmatch(path):
        return _answer_app(request, of_app[1])
    match = PATH.fullmatch(path)
    several = not path and "ids" in request.GET
    if not match and not several:
        rest = re.sub(r"^[^/]+", "", path) or f"/{path}"
        raise RefusedError(2500, f"Unknown path components: {rest}", status=500)
    asked = parameters.read(request)
    token = _check_token(request, asked)
    base = request.build_absolute_uri().partition("?")[0].removesuffix(path).rstrip("/")
    reader = read_back.Reader(base, token.key)
    if match is None:
        _check_method(request, "GET")
        nodes = str(asked["ids"]).split(",")
        return JsonResponse({node: _read(reader, token, node, asked) for node in nodes})
    if not _may_read(token, match["edge"]):
        raise RefusedError(10, "(#10) Application does not have permission for this action")
    return _answer_node(request, reader, token, asked, path)


def _may_read(token: tokens.Token, edge: str | None) -> bool:
    if edge == "/media" or not edge:
        return True
    return token.may_read_comments if edge == "/comments" else token.may_read_messages


def _answer_node(
    request: HttpRequest,
    reader: read_back.Reader,
    token: tokens.Token,
    asked: Parameters,
    path: str,
) -> HttpResponse:
    node, slash, name = path.rstrip("/").partition("/")
    edge = slash + name
    if edge == "/subscribed_apps":
        return JsonResponse(subscriptions.answer(str(request.method), node, asked))
    if edge == "/messenger_profile":
        return _answer_menu(request, token, node, asked)
    if edge in ("/messages", "/replies") and not read_back.find_thread(node):
        _check_method(request, "POST")
        return _send(node, edge, asked)
    _check_method(request, "GET")
    if edge == "/accounts":
        return JsonResponse(_list_pages(token, node))
    if node == "me" and not edge and (fault := Fault.take(None, ME_FAULTS)):
        return _fail_to_answer(fault)
    return JsonResponse(
        _list(reader, node, edge, asked) if edge else _read(reader, token, node, asked)
    )


def _answer_menu(
    request: HttpRequest, token: tokens.Token, node: str, asked: Parameters
) -> HttpResponse:
    """Answer of Instagram's; a Page has one of its own, for Messenger, which is not here."""
    method = str(request.method)
    if not _is_ours(node):
        _refuse_unknown_object(method.lower(), node)
    if token.owner is not tokens.Owner.ACCOUNT and asked.get("platform") != PLATFORMS[0]:
        raise RefusedError(100, "(#100) The stand-in has no messenger_profile of Messenger")
    fault = Fault.take(None, menu.FAULTS)
    if fault in WITHOUT_ANSWER:
        return _fail_to_answer(fault)
    return JsonResponse(menu.answer(method, asked, fault))


def _answer_login(request: HttpRequest, path: str) -> HttpResponse:
    """Answer what leads to a token, or tells what one is: no token of the account comes with it."""
    asked = parameters.read(request)
    if path == "oauth/access_token" and request.method == "POST":
        return authorization.exchange_code(asked)
    _check_method(request, "GET")
    if path == "debug_token":
        return JsonResponse(authorization.debug(asked, _read_token(request, asked)))
    steps = {
        "oauth/access_token": authorization.lengthen_for_person,
        "access_token": authorization.lengthen,
        "refresh_access_token": authorization.refresh,
    }
    return JsonResponse(steps[path](asked))


def _answer_app(request: HttpRequest, app: str) -> HttpResponse:
    """Answer the app itself, by its ID and secret: no token of an account comes with it."""
    _check_method(request, "GET")
    if Fault.take(None, [Fault.Kind.APP_HTML]):
        return HttpResponse("<html><h1>Bad Gateway</h1></html>", status=502)
    token = _read_token(request, parameters.read(request))
    return JsonResponse(subscriptions.posted(app, token))


def _fail_to_answer(fault: str) -> HttpResponse:
    if fault in HANGS:
        connection.close()
        time.sleep(settings.GRAPH_TIMEOUT[1] + 1)  # longer than the client waits
    return HttpResponse("<html><h1>Please log in to the network</h1></html>")


def _check_method(request: HttpRequest, method: str) -> None:
    # A HEAD is a GET of which only the headers are sent.
    if request.method != method and (request.method, method) != ("HEAD", "GET"):
        used = str(request.method).lower()
        raise RefusedError(100, f"Unsupported request - method type: {used}")


def _is_ours(node: str) -> bool:
    return node in ("me", payloads.account_id(), payloads.NODE_ID, tokens.PAGE_ID)


def _send(node: str, edge: str, asked: Parameters) -> HttpResponse:
    if edge == "/replies":
        return send_api.reply_below(asked, node)
    if not _is_ours(node):
        _refuse_unknown_object("post", node)
    return send_api.send(asked)


def _list_posts(
    reader: read_back.Reader, node: str, edge: str, asked: Parameters
) -> dict[str, Any]:
    """List the account's posts, or the comments below its post."""
    if not (_is_ours(node) if edge == "/media" else node == payloads.POST):
        _refuse_unknown_object("get", node)
    of_posts = posts.Reader(reader.address, reader.token)
    return of_posts.list_posts(node, asked) if edge == "/media" else of_posts.list_comments(asked)


def _list(reader: read_back.Reader, node: str, edge: str, asked: Parameters) -> dict[str, Any]:
    """List the messages of a thread, the threads, the posts, or the comments below one."""
    if edge in ("/media", "/comments"):
        return _list_posts(reader, node, edge, asked)
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


def _read(
    reader: read_back.Reader, token: tokens.Token, node: str, asked: Parameters
) -> dict[str, Any]:
    """Read whose token it is, our account, a conversation, a message, or a customer's profile."""
    if node == "me" and token.owner is not tokens.Owner.ACCOUNT:
        return _read_owner(token, asked)
    if _is_ours(node):
        return _read_account(token, asked)
    if customer := read_back.find_thread(node):
        return reader.read_thread(customer, read_fields(asked, read_back.THREAD_FIELDS))
    if message := read_back.find_message(node):
        return read_back.read_message(message, read_fields(asked, read_back.MESSAGE_FIELDS))
    return _read_profile(asked, node)


def _read_token(request: HttpRequest, asked: Parameters) -> str:
    """Return the token, which a client may also write into the address or the body."""
    header = AUTHORIZATION.fullmatch(request.headers.get("Authorization", "").strip())
    return str(asked.get("access_token") or (header[1] if header else ""))


def _check_token(request: HttpRequest, asked: Parameters) -> tokens.Token:
    token = tokens.check(_read_token(request, asked))
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


def _read_owner(token: tokens.Token, asked: Parameters) -> dict[str, Any]:
    """Read the Page, the person or the system user whose token it is: only Pages have accounts."""
    if token.owner is not tokens.Owner.PAGE:
        number = tokens.PERSON_ID if token.owner is tokens.Owner.PERSON else tokens.SYSTEM_USER_ID
        return pick({"id": number, "name": "Olena Kovalenko"}, read_fields(asked, "id,name"))
    linked = _linked() if token.has_account else None
    private = {"id": "17841499999999999", "username": "olena.private"}
    known = {
        "id": tokens.PAGE_ID,
        "name": "Your shop",
        "instagram_business_account": linked,
        "connected_instagram_account": linked or (private if token.is_personal else None),
    }
    return pick(known, read_fields(asked, "id,name"))


def _linked() -> dict[str, Any]:
    return {
        "id": payloads.account_id(),
        "username": payloads.USERNAME,
        "name": "Your shop",
        "profile_picture_url": "https://shop.example/profile.jpg",
    }


def _list_pages(token: tokens.Token, node: str) -> dict[str, Any]:
    """List a person's Pages: the shop's, and one without an Instagram account."""
    if node != "me" or token.owner is not tokens.Owner.PERSON:
        _refuse_unknown_object("get", node)
    shop = {"id": tokens.PAGE_ID, "name": "Your shop", "instagram_business_account": _linked()}
    shop["access_token"] = tokens.SAMPLES["page"].key
    bare = {"id": tokens.BARE_PAGE_ID, "name": "Another Page"}
    bare["access_token"] = tokens.SAMPLES["page_bare"].key
    return {"data": [shop, bare]}


def _read_account(token: tokens.Token, asked: Parameters) -> dict[str, Any]:
    of_app = token.owner is tokens.Owner.ACCOUNT  # another number, which only the app knows
    known = {
        "id": payloads.NODE_ID if of_app else payloads.account_id(),
        "user_id": payloads.account_id(),
        "username": "olena.private" if token.is_personal else payloads.USERNAME,
        "name": "Your shop",
        "account_type": "PERSONAL" if token.is_personal else "BUSINESS",
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
