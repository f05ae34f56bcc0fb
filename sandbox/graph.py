"""The Graph API as far as instabot calls it: Meta's shapes, Meta's errors.

Send API and "Error codes" of the Messenger and Instagram Platforms. The address is
/sandbox/graph/vNN.N/…, and settings.GRAPH_API_URL leads here while SANDBOX is on.
"""

import json
import re
import secrets
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.http import HttpRequest, JsonResponse
from django.utils import timezone
from django.utils.crypto import constant_time_compare
from django.views.decorators.csrf import csrf_exempt

from instagram.limits import MAX_TEXT_BYTES, WINDOW
from sandbox import meta, payloads
from sandbox.models import Customer, Message, Step

PATH = re.compile(r"v\d+\.\d+/(?P<node>me|\d+)(?P<edge>/messages)?/?")
HUMAN_AGENT_WINDOW = timedelta(days=7)
PROFILE_DEFAULTS = {
    "profile_pic": None,
    "follower_count": 180,
    "is_user_follow_business": True,
    "is_business_follow_user": False,
    "is_verified_user": False,
}


class RefusedError(Exception):
    """Meta says no. status is HTTP's; code and subcode are Meta's."""

    def __init__(
        self, code: int, message: str, subcode: int | None = None, *, status: int = 400
    ) -> None:
        super().__init__(message)
        kind = "IGApiException" if code in (10, 100) else "OAuthException"
        self.status = status
        self.error: dict[str, Any] = {"message": message, "type": kind, "code": code}
        if subcode:
            self.error["error_subcode"] = subcode
        self.error["fbtrace_id"] = "A" + secrets.token_urlsafe(16)


@csrf_exempt
def graph(request: HttpRequest, path: str) -> JsonResponse:
    try:
        return JsonResponse(_answer(request, path))
    except RefusedError as refusal:
        return JsonResponse({"error": refusal.error}, status=refusal.status)


def _answer(request: HttpRequest, path: str) -> dict[str, Any]:
    found = PATH.fullmatch(path)
    if not found:
        rest = re.sub(r"^v\d+\.\d+/[^/]+", "", path) or f"/{path}"
        raise RefusedError(2500, f"Unknown path components: {rest}", status=500)
    _check_token(request)
    node = found["node"]
    ours = node in ("me", payloads.account_id(), payloads.NODE_ID)
    allowed = "POST" if found["edge"] else "GET"
    if request.method != allowed:
        method = str(request.method).lower()
        raise RefusedError(100, f"Unsupported request - method type: {method}")
    if found["edge"]:
        return _send(request) if ours else _no_such_object(node)
    return _pick(request, _account()) if ours else _profile(request, node)


def _check_token(request: HttpRequest) -> None:
    _, _, token = request.headers.get("Authorization", "").partition("Bearer ")
    expected = settings.INSTAGRAM_PAGE_ACCESS_TOKEN
    if not expected or not constant_time_compare(token, expected):
        raise RefusedError(190, "Invalid OAuth access token - Cannot parse access token")


def _no_such_object(node: str) -> dict[str, Any]:
    raise RefusedError(
        100,
        f"Unsupported post request. Object with ID '{node}' does not exist, cannot be loaded due"
        " to missing permissions, or does not support this operation",
        33,
    )


def _account() -> dict[str, Any]:
    return {
        "id": payloads.NODE_ID,
        "user_id": payloads.account_id(),
        "username": payloads.USERNAME,
        "name": "Your shop",
        "account_type": "BUSINESS",
    }


def _profile(request: HttpRequest, igsid: str) -> dict[str, Any]:
    """Return a customer's profile; who has not written has not consented to being read."""
    customer = _customer(igsid)
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


def _customer(igsid: Any) -> Customer:
    found = Customer.objects.filter(igsid=str(igsid)).first()
    if found is None:
        raise RefusedError(100, "The requested user cannot be found.", 2534014)
    return found


def _send(request: HttpRequest) -> dict[str, Any]:
    """Take a message of the shop: on the phone at once, and its echo from a thread of its own."""
    said = _read(request)
    recipient = said.get("recipient")
    customer = _customer(recipient.get("id") if isinstance(recipient, dict) else None)
    if "sender_action" in said:
        return {"recipient_id": customer.igsid}
    message = said.get("message")
    message = message if isinstance(message, dict) else {}
    text = _text(message)
    _check_window(customer, said.get("tag"))
    sent = _put_on_phone(customer, text, message.get("quick_replies") or [])
    meta.tell_echo(sent, str(message.get("metadata") or ""))
    return {"recipient_id": customer.igsid, "message_id": sent.mid}


def _read(request: HttpRequest) -> dict[str, Any]:
    try:
        said = json.loads(request.body)
    except ValueError:
        said = None
    if not isinstance(said, dict):
        raise RefusedError(100, "(#100) The parameter recipient is required")
    return said


def _text(message: dict[str, Any]) -> str:
    text = message.get("text")
    if not isinstance(text, str) or not text.strip():
        raise RefusedError(100, "(#100) Message cannot be empty, must provide valid text")
    if len(text.encode("utf-8", "surrogatepass")) > MAX_TEXT_BYTES:
        raise RefusedError(100, "(#100) The message is too long")
    return text


def _check_window(customer: Customer, tag: Any) -> None:
    """Refuse more than 24 hours after the customer's last message, 7 days for a person's answer."""
    window = HUMAN_AGENT_WINDOW if tag == "HUMAN_AGENT" else WINDOW
    since = timezone.now() - window
    if not customer.messages.filter(from_customer=True, at__gte=since).exists():
        text = "This message is sent outside of allowed window."
        raise RefusedError(10, text, 2534022, status=403)


@transaction.atomic
def _put_on_phone(customer: Customer, text: str, quick_replies: list[Any]) -> Message:
    """Show the message, and all before it as seen: an answer reads the thread."""
    sent = Message.objects.create(
        customer=customer,
        mid=payloads.new_mid(),
        from_customer=False,
        text=text,
        quick_replies=quick_replies,
    )
    customer.messages.filter(from_customer=True, seen_at=None).update(seen_at=sent.at)
    Step.objects.create(message=sent, at=sent.at, text="On the phone")
    return sent
