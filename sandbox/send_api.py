"""The Send API of the stand-in, private replies and replies to comments included."""

import json
import time
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.http import HttpResponse, JsonResponse
from django.utils import timezone

from instagram.limits import HUMAN_AGENT_WINDOW, PRIVATE_REPLY_WINDOW, WINDOW
from sandbox import meta, payloads, shapes
from sandbox.models import Customer, Fault, Message, Step
from sandbox.parameters import Parameters, decode
from sandbox.refusal import RefusedError

MAX_ECHO_WAIT = 5.0  # seconds that an answer waits for its echo to arrive before it
Kind = Message.Kind
Wrong = Fault.Kind

# Refused: nothing reaches the phone.
REFUSALS: dict[str, tuple[int, str, int | None, int]] = {
    Wrong.THROTTLED: (613, "Calls to this api have exceeded the rate limit.", 2534040, 400),
    Wrong.LOGIN: (190, "Error validating access token: Session has expired", 463, 401),
    Wrong.WINDOW: (10, "This message is sent outside of allowed window.", 2534022, 403),
    Wrong.GONE: (100, "The requested user cannot be found.", 2534014, 400),
}
# The message reaches the phone, and then this happens.
BROKEN_ANSWERS = (Wrong.HANG, Wrong.ERROR, Wrong.PROXY, Wrong.CUT)
ECHO_FAULTS = (Wrong.ECHO_BEFORE, Wrong.ECHO_NEVER, Wrong.ECHO_TWICE, Wrong.ECHO_BARE)


# Parameters with a few values; capitals do not matter.
CHOICES = {
    "sender_action": ("typing_on", "typing_off", "mark_seen", "react", "unreact"),
    "messaging_type": ("response", "update", "message_tag"),
    "tag": ("human_agent",),
}
BOTH = 2018014  # Meta's subcode for a message and a sign in one call


def send(asked: Parameters) -> HttpResponse:
    """Put a message of the shop on the phone; a thread of its own posts the echo."""
    body = {name: value for name, value in decode(asked).items() if value is not None}
    recipient = _read_recipient(body)
    comment = _find_comment(recipient["comment_id"]) if "comment_id" in recipient else None
    _check_choices(body)
    if "sender_action" in body and "message" in body:
        raise RefusedError(100, "(#100) Cannot send both message and sender_action", BOTH)
    customer = comment.customer if comment else find_customer(recipient.get("id"))
    if "sender_action" in body:
        _check_action(body)
        return JsonResponse({"recipient_id": customer.igsid})
    message = body.get("message")
    if not isinstance(message, dict) or not message:
        raise RefusedError(100, "(#100) param message must be non-empty.")
    shape = shapes.read(message)
    _refuse(customer)
    if comment:
        _check_private_reply(comment)
    else:
        _check_window(customer, body.get("tag"))
    sent = _put_on_phone(customer, shape, reply_to=comment)
    _tell_echo(sent, str(message.get("metadata") or ""))
    return _answer(customer, {"recipient_id": customer.igsid, "message_id": sent.mid})


def _read_recipient(body: Parameters) -> dict[str, Any]:
    recipient = body.get("recipient")
    if recipient is None:
        raise RefusedError(100, "(#100) The parameter recipient is required")
    if not isinstance(recipient, dict) or not recipient:
        raise RefusedError(100, "(#100) param recipient must be non-empty.")
    if not recipient.keys() & {"id", "comment_id"}:
        sentence = 'Param recipient[id] must be a valid ID string (e.g., "123")'
        raise RefusedError(100, f"(#100) {sentence}")
    return recipient


def _check_choices(body: Parameters) -> None:
    for name, choices in CHOICES.items():
        if name in body and str(body[name]).lower() not in choices:
            allowed = ", ".join(choices).upper()
            raise RefusedError(100, f"(#100) Param {name} must be one of {{{allowed}}}")


def _check_action(body: Parameters) -> None:
    """Refuse a reaction to nothing."""
    payload = body.get("payload")
    payload = payload if isinstance(payload, dict) else {}
    if str(body["sender_action"]).lower() not in ("react", "unreact"):
        return
    if not Message.objects.filter(mid=str(payload.get("message_id"))).exists():
        raise RefusedError(100, "(#100) Param payload[message_id] must be the id of a message")


def reply_below(asked: Parameters, number: str) -> HttpResponse:
    """Take a public reply to a comment; Meta tells the shop about its own comment, too."""
    comment = _find_comment(number)
    _refuse(comment.customer)
    text = shapes.read_text({"text": asked.get("message")})
    sent = Message.objects.create(
        customer=comment.customer, mid=payloads.new_comment(), from_customer=False,
        kind=Kind.PUBLIC_REPLY, text=text, reply_to=comment,
    )  # fmt: skip
    Step.objects.create(message=sent, at=sent.at, text="Posted below the comment")
    meta.tell("Own comment posted", payloads.public_reply(sent), sent)
    return _answer(comment.customer, {"id": payloads.comment_number(sent)})


def find_customer(igsid: Any) -> Customer:
    customer = Customer.objects.filter(igsid=str(igsid)).first()
    if customer is None:
        raise RefusedError(100, "The requested user cannot be found.", 2534014)
    return customer


def _find_comment(number: Any) -> Message:
    mid = f"{payloads.COMMENT_PREFIX}{number}"
    comments = Message.objects.filter(mid=mid, from_customer=True)
    comment = comments.select_related("customer").first()
    if comment is None:
        raise RefusedError(100, "The requested user cannot be found.", 2534014)
    return comment


def _refuse(customer: Customer) -> None:
    if kind := Fault.take(customer, REFUSALS):
        code, text, subcode, status = REFUSALS[kind]
        raise RefusedError(code, text, subcode, status=status)


def _answer(customer: Customer, answer: dict[str, str]) -> HttpResponse:
    """Answer that it was taken, or fail on the way back."""
    fault = Fault.take(customer, BROKEN_ANSWERS)
    if fault == Wrong.HANG:
        connection.close()
        time.sleep(settings.GRAPH_TIMEOUT[1] + 1)  # longer than the client waits
    if fault == Wrong.ERROR:
        raise RefusedError(2, "An unexpected error has occurred. Please retry later.", status=500)
    if fault == Wrong.PROXY:
        return HttpResponse("<html><h1>502 Bad Gateway</h1></html>", status=502)
    if fault == Wrong.CUT:
        half = json.dumps(answer)[: len(json.dumps(answer)) // 2]
        return HttpResponse(half, content_type="application/json")
    return JsonResponse(answer)


def _tell_echo(sent: Message, metadata: str) -> None:
    fault = Fault.take(sent.customer, ECHO_FAULTS)
    if fault == Wrong.ECHO_NEVER:
        Step.objects.create(message=sent, text="No echo", good=False)
        return
    part = payloads.echo(sent, "" if fault == Wrong.ECHO_BARE else metadata)
    thread = meta.tell("Echo posted", part, sent, times=2 if fault == Wrong.ECHO_TWICE else 1)
    if fault == Wrong.ECHO_BEFORE:
        thread.join(MAX_ECHO_WAIT)  # with a limit: this request must not wait for its own server


def _check_private_reply(comment: Message) -> None:
    """Refuse a second one for a comment, and one after seven days (Private Replies)."""
    if timezone.now() - comment.at > PRIVATE_REPLY_WINDOW:
        raise RefusedError(100, "Invalid comment for a private reply.", 2534025)
    replied = Message.objects.filter(reply_to=comment, from_customer=False)
    if replied.exclude(kind=Kind.PUBLIC_REPLY).exists():
        raise RefusedError(2, "An unexpected error has occurred.", status=500)


def _check_window(customer: Customer, tag: Any) -> None:
    """Refuse 24 hours after the customer's last message, or 7 days for a person's reply."""
    window = HUMAN_AGENT_WINDOW if str(tag).upper() == "HUMAN_AGENT" else WINDOW
    since = timezone.now() - window
    if not customer.messages.filter(from_customer=True, at__gte=since).exists():
        text = "This message is sent outside of allowed window."
        raise RefusedError(10, text, 2534022, status=403)


@transaction.atomic
def _put_on_phone(customer: Customer, shape: shapes.Shape, *, reply_to: Message | None) -> Message:
    """Show the message, and mark all before it as seen: who answers has read the thread."""
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
