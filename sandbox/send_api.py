"""The Send API of the stand-in, private replies and replies to comments included."""

import json
import time
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone

from instagram.limits import HUMAN_AGENT_WINDOW, PRIVATE_REPLY_WINDOW, WINDOW
from sandbox import meta, payloads, shapes
from sandbox.models import Customer, Fault, Message, Step
from sandbox.refusal import RefusedError

ECHO_FIRST = 5.0  # seconds that an answer waits for its echo to be there before it
Kind = Message.Kind
Wrong = Fault.Kind

# Refused, and nothing reaches the phone.
REFUSALS: dict[str, tuple[int, str, int | None, int]] = {
    Wrong.THROTTLED: (613, "Calls to this api have exceeded the rate limit.", 2534040, 400),
    Wrong.LOGIN: (190, "Error validating access token: Session has expired", 463, 401),
    Wrong.WINDOW: (10, "This message is sent outside of allowed window.", 2534022, 403),
    Wrong.GONE: (100, "The requested user cannot be found.", 2534014, 400),
}
ACCEPTED = (Wrong.HANG, Wrong.ERROR, Wrong.PROXY, Wrong.CUT)  # on the phone, and then this
ECHOES = (Wrong.ECHO_BEFORE, Wrong.ECHO_NEVER, Wrong.ECHO_TWICE, Wrong.ECHO_BARE)


def send(request: HttpRequest) -> HttpResponse:
    """Take a message of the shop: on the phone at once, and its echo from a thread of its own."""
    said = _read(request)
    recipient = said.get("recipient")
    recipient = recipient if isinstance(recipient, dict) else {}
    comment = _comment(recipient["comment_id"]) if "comment_id" in recipient else None
    customer = comment.customer if comment else find_customer(recipient.get("id"))
    if "sender_action" in said:
        return JsonResponse({"recipient_id": customer.igsid})
    message = said.get("message")
    message = message if isinstance(message, dict) else {}
    shape = shapes.read(message)
    _refuse(customer)
    if comment:
        _check_private_reply(comment)
    else:
        _check_window(customer, said.get("tag"))
    sent = _put_on_phone(customer, shape, reply_to=comment)
    _tell_echo(sent, str(message.get("metadata") or ""))
    return _answer(customer, {"recipient_id": customer.igsid, "message_id": sent.mid})


def reply_below(request: HttpRequest, number: str) -> HttpResponse:
    """Take a public reply to a comment; Meta tells the shop of its own comment, too."""
    comment, said = _comment(number), _read(request)
    _refuse(comment.customer)
    sent = Message.objects.create(
        customer=comment.customer, mid=payloads.new_comment(), from_customer=False,
        kind=Kind.PUBLIC_REPLY, text=shapes.text({"text": said.get("message")}), reply_to=comment,
    )  # fmt: skip
    Step.objects.create(message=sent, at=sent.at, text="Posted below the comment")
    meta.tell("Own comment posted", payloads.public_reply(sent), sent)
    return _answer(comment.customer, {"id": payloads.comment_number(sent)})


def find_customer(igsid: Any) -> Customer:
    found = Customer.objects.filter(igsid=str(igsid)).first()
    if found is None:
        raise RefusedError(100, "The requested user cannot be found.", 2534014)
    return found


def _comment(number: Any) -> Message:
    mid = f"{payloads.COMMENT}{number}"
    found = Message.objects.filter(mid=mid, from_customer=True).select_related("customer").first()
    if found is None:
        raise RefusedError(100, "The requested user cannot be found.", 2534014)
    return found


def _refuse(customer: Customer) -> None:
    if kind := Fault.take(customer, REFUSALS):
        code, text, subcode, status = REFUSALS[kind]
        raise RefusedError(code, text, subcode, status=status)


def _answer(customer: Customer, found: dict[str, str]) -> HttpResponse:
    """Answer what was taken; or break on the way back."""
    fault = Fault.take(customer, ACCEPTED)
    if fault == Wrong.HANG:
        connection.close()
        time.sleep(settings.GRAPH_TIMEOUT[1] + 1)  # longer than anybody waits
    if fault == Wrong.ERROR:
        raise RefusedError(2, "An unexpected error has occurred. Please retry later.", status=500)
    if fault == Wrong.PROXY:
        return HttpResponse("<html><h1>502 Bad Gateway</h1></html>", status=502)
    if fault == Wrong.CUT:
        half = json.dumps(found)[: len(json.dumps(found)) // 2]
        return HttpResponse(half, content_type="application/json")
    return JsonResponse(found)


def _tell_echo(sent: Message, metadata: str) -> None:
    fault = Fault.take(sent.customer, ECHOES)
    if fault == Wrong.ECHO_NEVER:
        Step.objects.create(message=sent, text="No echo", good=False)
        return
    part = payloads.echo(sent, "" if fault == Wrong.ECHO_BARE else metadata)
    thread = meta.tell("Echo posted", part, sent, times=2 if fault == Wrong.ECHO_TWICE else 1)
    if fault == Wrong.ECHO_BEFORE:
        thread.join(ECHO_FIRST)  # not for ever: this request must not wait for its own server


def _check_private_reply(comment: Message) -> None:
    """One for each comment, within seven days (Private Replies)."""
    if timezone.now() - comment.at > PRIVATE_REPLY_WINDOW:
        raise RefusedError(100, "Invalid comment for a private reply.", 2534025)
    replied = Message.objects.filter(reply_to=comment, from_customer=False)
    if replied.exclude(kind=Kind.PUBLIC_REPLY).exists():
        raise RefusedError(2, "An unexpected error has occurred.", status=500)


def _read(request: HttpRequest) -> dict[str, Any]:
    try:
        said = json.loads(request.body)
    except ValueError:
        said = None
    if not isinstance(said, dict):
        raise RefusedError(100, "(#100) The parameter recipient is required")
    return said


def _check_window(customer: Customer, tag: Any) -> None:
    """Refuse more than 24 hours after the customer's last message, 7 days for a person's answer."""
    window = HUMAN_AGENT_WINDOW if tag == "HUMAN_AGENT" else WINDOW
    since = timezone.now() - window
    if not customer.messages.filter(from_customer=True, at__gte=since).exists():
        text = "This message is sent outside of allowed window."
        raise RefusedError(10, text, 2534022, status=403)


@transaction.atomic
def _put_on_phone(customer: Customer, shape: shapes.Shape, *, reply_to: Message | None) -> Message:
    """Show the message, and all before it as seen: an answer reads the thread."""
    sent = Message.objects.create(
        customer=customer,
        mid=payloads.new_mid(),
        from_customer=False,
        kind=_kind(shape),
        text=shape.text,
        quick_replies=shape.quick_replies,
        attachment=shape.attachment,
        reply_to=reply_to,
    )
    customer.messages.filter(from_customer=True, seen_at=None).update(seen_at=sent.at)
    Step.objects.create(message=sent, at=sent.at, text="On the phone")
    return sent


def _kind(shape: shapes.Shape) -> str:
    if not shape.attachment:
        return Kind.TEXT
    return Kind.TEMPLATE if shape.attachment["type"] == "template" else Kind.ATTACHMENT
