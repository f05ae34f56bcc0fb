"""What customers and the shop do with their phones."""

from typing import Any

from django.utils import timezone

from sandbox import meta, payloads
from sandbox.models import Customer, Fault, Message, Step

Kind = Message.Kind


def write(*, delivery: str = "once", **written: Any) -> Message:
    """Put a message on Instagram, which posts an event to instabot."""
    kind = written.get("kind", Kind.TEXT)
    message = Message.objects.create(
        mid=payloads.new_comment() if kind == Kind.COMMENT else payloads.new_mid(),
        from_customer=kind != Kind.BY_PERSON,
        at=timezone.now(),
        **written,
    )
    if Fault.take(message.customer, [Fault.Kind.WEBHOOK_LOST]):
        Step.objects.create(message=message, text="Webhook lost: nothing was posted", good=False)
        return message
    by_shop = kind == Kind.BY_PERSON
    part = payloads.echo(message, "") if by_shop else payloads.written(message)
    what = "Echo posted" if by_shop else "Signed and posted"
    meta.tell(what, part, message, times=2 if delivery == "twice" else 1, late=delivery == "late")
    return message


def act(message: Message, act: str, text: str) -> None:
    """React to a message, unsend it, edit it or read it."""
    parts = {
        "react": payloads.reacted,
        "unsend": payloads.unsent,
        "edit": payloads.edited,
        "read": payloads.read,
    }
    if act == "react":
        message.reaction = text
    elif act == "unsend":
        message.unsent, message.text = True, ""
    elif act == "edit":
        message.text, message.edits = text, message.edits + 1
    else:
        message.seen_at = timezone.now()
    message.save()
    meta.tell(f"{act.capitalize()} posted", parts[act](message), message)


def move(customer: Customer, ref: str, *, elsewhere: bool | None) -> None:
    """Open the chat through a link with this ref; let another app take or return control."""
    if ref:
        said = f"Opened the chat through the link “{ref}”"
        _tell_about(customer, "Link posted", payloads.referred(customer, ref), said)
    if elsewhere is not None and elsewhere != customer.elsewhere:
        customer.elsewhere = elsewhere
        customer.save()
        said = "Another app took the chat over" if elsewhere else "The other app gave the chat back"
        _tell_about(customer, "Control posted", payloads.handed(customer), said)


def _tell_about(customer: Customer, what: str, part: payloads.Part, said: str) -> None:
    """Post an event that belongs to no message; its steps are shown with the newest one.

    said: what is shown in the thread where there is no message yet. Instagram never tells of it.
    """
    newest = customer.messages.order_by("-at", "-pk").first()
    if newest is None:
        newest = Message.objects.create(
            customer=customer, mid=payloads.new_mid(), from_customer=True, unsent=True,
            kind=Kind.VISIT, text=said[:100],
        )  # fmt: skip
    meta.tell(what, part, newest)
