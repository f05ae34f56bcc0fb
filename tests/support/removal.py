"""A customer of whom there is something in every corner, and what must not be left of them."""

import json
from datetime import timedelta
from typing import Any

from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.auth.models import User
from django.contrib.contenttypes.models import ContentType
from django.db import transaction
from django.utils import timezone

from api.models import IdempotencyKey
from conversations.composer import notes
from conversations.models import (
    Conversation,
    Draft,
    Label,
    Message,
    Note,
    OutboxMessage,
    Picture,
)
from conversations.removal import request, work
from conversations.retention import bites, customers, thread
from conversations.retention.thread import Going
from conversations.search import upkeep as search
from tests.support.clock import Clock
from tests.support.graph import ACCOUNT, envelope
from tests.support.shop import Shop

CUSTOMER, OTHER = "870009123", "870002"
COMMENT = "1790PANGOLIN"
INSIDE: tuple[Any, ...] = (Message, Note, Draft, Picture)
# No other row has these. (Words as search knows them, too.)
MARKED = ("zanzibar", "quagga", "olenka", "kowalchuk", CUSTOMER, "pangolin", "axolotl")


def fill(shop: Shop) -> Conversation:
    """Messages, answers, an edit, a comment, events of others beside theirs, notes and drafts."""
    shop.hears("quagga price?", CUSTOMER, "aWdfPANGOLIN1")
    shop.hears("delivery?", OTHER)
    shop.works()
    for sent in list(shop.graph.sent):
        shop.hears_echo(sent)
    now = timezone.now().timestamp()
    shop.hears_item({"message_edit": {"mid": "aWdfPANGOLIN1", "text": "quagga, price please",
                                      "num_edit": 1}}, CUSTOMER)  # fmt: skip
    mixed = [
        item(CUSTOMER, now, message={"mid": "aWdfPANGOLIN2", "text": "zanzibar delivery"}),
        item(OTHER, now, message={"mid": "aWdfOTHER2", "text": "price of the heron"}),
    ]
    assert shop.receives(envelope(*mixed)) == 200
    shop.hears_item({"referral": {"ref": "axolotl", "source": "SHORTLINK"}}, CUSTOMER)
    novelty = {"id": ACCOUNT, "time": int(now), "novelty": [{"who": CUSTOMER, "says": "quagga"}]}
    assert shop.receives(json.dumps({"object": "instagram", "entry": [novelty]}).encode()) == 200
    assert shop.receives(comment(now)) == 200
    shop.works()
    talk = Conversation.objects.get(customer_id=CUSTOMER)
    _called(talk)
    _by_staff(talk)
    search.catch_up()
    shop.receives(envelope(item(CUSTOMER, now, message={"mid": "aWdfPANGOLIN3",
                                                         "text": "quagga, unread"})))  # fmt: skip
    return Conversation.objects.get(pk=talk.pk)


def item(customer: str, at: float, **content: Any) -> dict[str, Any]:
    around = {"sender": {"id": customer}, "recipient": {"id": ACCOUNT}, "timestamp": int(at * 1000)}
    return around | content


def comment(at: float) -> bytes:
    """What Meta posts about a comment: it says when it posts, and not when it was written."""
    value = {"id": COMMENT, "text": "zanzibar?", "from": {"id": CUSTOMER,
             "username": "olenka"}, "media": {"id": "1800"}}  # fmt: skip
    return changed(at, value)


def answer_below(comment: str, at: float, *, by: str = ACCOUNT) -> bytes:
    """What Meta posts about a comment below another one."""
    value = {"id": "1791", "text": "@olenka zanzibar is ten euros", "parent_id": comment,
             "from": {"id": by, "username": "somebody"}, "media": {"id": "1800"}}  # fmt: skip
    return changed(at, value)


def changed(at: float, value: dict[str, Any], field: str = "comments") -> bytes:
    entry = {"id": ACCOUNT, "time": int(at), "changes": [{"field": field, "value": value}]}
    return json.dumps({"object": "instagram", "entry": [entry]}).encode()


def _called(talk: Conversation) -> None:
    Conversation.objects.filter(pk=talk.pk).update(
        name="Olenka Kowalchuk", username="olenka", picture_url="https://cdn.example/olenka.jpg"
    )
    talk.labels.add(Label.objects.named("wholesale"))


def _by_staff(talk: Conversation) -> None:
    writer = User.objects.create_superuser("olga")
    User.objects.create_superuser("petro")
    notes.write(talk.pk, writer, "zanzibar said @petro", "n1", timezone.now())
    Draft.objects.create(conversation=talk, user=writer, kind="reply", text="Dear quagga")
    message = Message.objects.filter(conversation=talk).exclude(origin="customer").latest("pk")
    Picture.objects.create(
        conversation=talk, message=message, token="t", content_type="image/png",
        data=b"pixels of a pangolin", uploaded_by="olga",
    )  # fmt: skip
    IdempotencyKey.objects.create(user=writer, key="k", fingerprint="f", messages=[message.pk])
    kept = ContentType.objects.get_for_models(
        Conversation, OutboxMessage, for_concrete_models=False
    )
    for model, pk, called in (
        (Conversation, talk.pk, "@olenka"),
        (OutboxMessage, message.pk, f"Message {message.pk} to @olenka"),
    ):
        LogEntry.objects.create(
            user=writer, content_type=kept[model], object_id=str(pk), object_repr=called,
            action_flag=CHANGE, change_message="Paused the bot.",
        )  # fmt: skip


def erase(talk: Conversation, by: str = "olga") -> int:
    """Erase a customer whom nobody writes to right now; return the erasure's number."""
    erasure = request.begin(talk.pk, by)
    assert erasure is not None
    assert work.go_on(erasure.pk, timedelta(seconds=30))
    return int(erasure.pk)


def takes_what_is_old(talk: Conversation) -> None:
    """As retention does with everything that was said."""
    every = [list(one.objects.filter(conversation=talk).values_list("pk", flat=True))
             for one in INSIDE]  # fmt: skip
    with transaction.atomic():
        thread.delete(talk, Going(*every))


def takes_the_customer(talk: Conversation, time_passes: Clock) -> None:
    takes_what_is_old(talk)
    time_passes(timedelta(days=40))
    Conversation.objects.filter(pk=talk.pk).update(
        needs_person=False, waiting_since=None, due_at=None, leased_until=None, assignee=None
    )
    assert customers._take(talk.pk, bites.age(30, timezone.now()))
