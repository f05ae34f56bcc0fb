"""Puts a customer's message before the engines, with what they may want to know beside it."""

from collections.abc import Sequence
from typing import Any

from django.db.models import Q, QuerySet

from conversations import engine
from conversations.account import identity
from conversations.models import (
    BY_PERSON,
    COMMENT,
    UNANSWERED,
    Conversation,
    Message,
    Origin,
    Verdict,
)
from shop.current import shop_of

HISTORY = 20  # messages handed to the engine


def question(
    conversation: Conversation, message: Message, *, opted_out: bool = False
) -> engine.Question:
    kinds = _read_kinds(message)
    return engine.Question(
        text=message.text,
        kind="sticker" if message.kind == "image" and "sticker" in kinds else message.kind,
        payload=message.payload,
        at=message.at,
        customer=conversation.customer_id,
        referral=conversation.referral_ref,
        history=engine.History(lambda: history(message)),
        name=conversation.name,
        username=conversation.username,
        opted_out=opted_out,
        past=Past(conversation.pk),
        attachments=kinds,
        account=identity.accounts().ids.get(conversation.account_id, ""),
        shop=shop_of(conversation.account_id),
    )


def _read_kinds(message: Message) -> list[str]:
    """Return the kinds of what came with a message; Meta sends a sticker as an image."""
    is_sticker = bool(message.about.get("sticker_id"))
    return [
        "sticker" if is_sticker or _is_sticker(one) else str(one.get("type") or "")
        for one in message.attachments
        if isinstance(one, dict)
    ]


def _is_sticker(attachment: dict[str, Any]) -> bool:
    payload = attachment.get("payload")
    inside = payload.get("sticker_id") if isinstance(payload, dict) else None
    return bool(inside or attachment.get("sticker_id"))


def history(message: Message) -> list[engine.Said]:
    """Read the latest messages before this one, oldest first; ours count up to now."""
    before = Q(at__lte=message.at) | ~Q(origin=Origin.CUSTOMER)
    thread = Message.objects.filter(before, conversation=message.conversation_id)
    rows = thread.said().filter(unsent_at=None).exclude(pk=message.pk).order_by("-at", "-pk")
    latest = rows.values_list("origin", "text", "at")[:HISTORY]
    return [engine.Said(by, text, at) for by, text, at in reversed(latest)]


class Past:
    """What this customer got before, from the database (engine.Past); nothing is read twice."""

    def __init__(self, conversation: int) -> None:
        self._conversation = conversation
        self._last: dict[int, engine.Earlier | None] = {}
        self._is_new: bool | None = None

    def _ours(self) -> QuerySet[Message]:
        rows = Message.objects.filter(conversation=self._conversation)
        return rows.exclude(origin=Origin.CUSTOMER).said()

    def is_new(self) -> bool:
        if self._is_new is None:
            self._is_new = not self._ours().exists()
        return self._is_new

    def last(self, rule: int) -> engine.Earlier | None:
        if rule not in self._last:
            rows = self._ours().filter(origin=Origin.BOT, rule=rule).order_by("-at", "-pk")
            found = rows.values_list("at", "variant").first()
            self._last[rule] = engine.Earlier(found[0], found[1] or 0) if found else None
        return self._last[rule]


def unanswered_before(burst: Sequence[Message]) -> bool:
    """Tell whether what was asked right before these had no answer either, nor a person's."""
    # What is kept, as a reaction without text, was no question.
    no_question = Q(verdict__in=[Verdict.UNDECIDED, Verdict.KEPT]) | Q(kind=COMMENT)
    asked = Q(origin=Origin.CUSTOMER) & ~no_question
    thread = Message.objects.filter(conversation=burst[0].conversation_id).said()
    rows = thread.filter(asked | BY_PERSON).exclude(pk__in=[message.pk for message in burst])
    last = rows.order_by("-at", "-pk").values_list("verdict", "decided_at").first()
    if last is None or last[0] not in UNANSWERED:
        return False
    # It may have been one of a burst, which is decided at one moment.
    beside = thread.filter(asked, decided_at=last[1])
    return not beside.exclude(verdict__in=UNANSWERED).exists()
