"""What the page shows: the customers, one thread, and what happened step by step."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone

from sandbox import menu, story
from sandbox.models import Customer, Fault, Message, Step
from sandbox.story import Moment, Story

MAX_BUBBLES = 100  # of a thread, the newest
MAX_CARDS = 12  # messages in the log
# Shown above a bubble that does not say it itself.
LABELS: dict[str, str] = {
    Message.Kind.STORY_REPLY: "You replied to their story",
    Message.Kind.STORY_MENTION: "You mentioned them in your story",
    Message.Kind.COMMENT: "Your comment on a post",
    Message.Kind.PUBLIC_REPLY: "Reply to your comment",
    Message.Kind.BY_PERSON: "Typed by a person",
}
LOST_AFTER = timedelta(seconds=30)  # an event that has not arrived by then is not awaited
KINDS: dict[str, str] = {
    kind: str(kind.label) for kind in Message.Kind if kind != Message.Kind.TEXT
}


def read_state(igsid: str) -> dict[str, Any]:
    """Return everything that the page shows; for an unknown customer, the first one."""
    customers = list(Customer.objects.ensure_some().with_last_message())
    chosen = next((c for c in customers if c.igsid == igsid), customers[0])
    newest = chosen.messages.select_related("reply_to").order_by("-at", "-pk")[:MAX_BUBBLES]
    messages = list(reversed(newest))
    recent = [m for m in messages if m.from_customer][-MAX_CARDS:]
    stories = story.tell(message.mid for message in recent)
    return {
        "customers": [_show_customer(customer) for customer in customers],
        "customer": chosen.igsid,
        "messages": [_show_bubble(message) for message in messages],
        "awaiting": _is_awaiting(messages, stories),
        "log": _make_log(messages, stories),
        "elsewhere": chosen.elsewhere,
        "offered": menu.offered(),
        "faults": [_show_fault(fault) for fault in Fault.objects.order_by("pk")],
        "links": {
            "conversation": story.conversation_link(chosen.igsid),
            "rules": story.rules_link(),
        },
    }


def _show_customer(customer: Any) -> dict[str, Any]:
    last = customer.last_text or KINDS.get(customer.last_kind, "")
    by_customer = customer.last_from_customer and customer.last_kind != Message.Kind.VISIT
    return {
        "igsid": customer.igsid,
        "name": customer.name,
        "username": customer.username,
        "initials": customer.initials,
        "hue": customer.hue,
        "last": f"You: {last}" if last and by_customer else last,
        "at": _iso(customer.last_at),
    }


def _show_fault(fault: Fault) -> dict[str, Any]:
    whom = fault.customer.name if fault.customer else "everybody"
    when = "next time" if fault.once else "each time"
    return {"id": fault.pk, "text": f"{fault.get_kind_display()}: {whom}, {when}"}


def _show_bubble(message: Message) -> dict[str, Any]:
    return {
        "id": message.pk,
        "mine": message.from_customer,
        "kind": message.kind,
        "text": message.text,
        "quick_replies": message.quick_replies,
        "attachment": message.attachment,
        "at": _iso(message.at),
        "seen": message.seen_at is not None,
        "label": "" if message.unsent else LABELS.get(message.kind, ""),
        "unsent": message.unsent and message.kind != Message.Kind.VISIT,
        "edited": message.edits > 0,
        "reaction": message.reaction,
        "reply_to": message.reply_to.text if message.reply_to else "",
    }


def _is_awaiting(messages: Sequence[Message], stories: dict[str, Story]) -> bool:
    """Tell whether the shop may still answer a message that came after its last one."""
    for message in reversed(messages):
        if message.unsent:
            continue
        if not message.from_customer:
            return False
        known = stories.get(message.mid)
        if known and not known.settled:
            return True
        if not known and timezone.now() - message.at < LOST_AFTER:
            return True
    return False


def _make_log(messages: Sequence[Message], stories: dict[str, Story]) -> list[dict[str, Any]]:
    """Return one card for each message of the customer with its answers, newest first.

    What the shop wrote without such a question has a card of its own.
    """
    steps: dict[str, list[Step]] = {message.mid: [] for message in messages}
    for step in Step.objects.filter(message__in=messages).select_related("message"):
        steps[step.message.mid].append(step)
    answers = {mid for told in stories.values() for mid in told.answers}
    cards = []
    for message in reversed(messages):
        if message.mid in answers:
            continue
        told = stories.get(message.mid, Story((), (), settled=True))
        of_card = [step for mid in (message.mid, *told.answers) for step in steps.get(mid, [])]
        cards.append(_make_card(message, told, of_card))
    return cards[:MAX_CARDS]


def _make_card(message: Message, told: Story, steps: Sequence[Step]) -> dict[str, Any]:
    by_us = [Moment(step.at, step.text, "good" if step.good else "bad") for step in steps]
    if not (by_us or told.moments):
        by_us = [Moment(None, "On its way to the webhook", "wait")]
    return {
        "id": message.pk,
        "title": message.text or KINDS.get(message.kind, ""),
        "mine": message.from_customer,
        "at": _iso(message.at),
        "steps": list(_sort_lines(message.at, [*by_us, *told.moments])),
    }


def _sort_lines(began: datetime, moments: Sequence[Moment]) -> Iterator[dict[str, Any]]:
    """Sort the moments by time; what has not happened yet comes last."""
    happened = sorted((m for m in moments if m.at), key=lambda moment: moment.at or began)
    for moment in [*happened, *(m for m in moments if m.at is None)]:
        after = round((moment.at - began).total_seconds() * 1000) if moment.at else None
        yield {"after": after, "text": moment.text, "tone": moment.tone, "link": moment.link}


def _iso(at: datetime | None) -> str | None:
    return at.isoformat() if at else None
