"""The map of what is kept of a customer has every table that may hold something of one."""

import json
import re
from typing import Any

import pytest
from django.apps import apps
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.auth.models import Permission, User
from django.contrib.contenttypes.models import ContentType
from django.db.models import ForeignKey, Model

from api.models import IdempotencyKey
from audit import trail
from conversations.customer_data.holdings import holdings
from conversations.models import PRIVATE_REPLY, Conversation, Label, Message, Note, Picture
from conversations.retention import digests, journal
from notices.models import Listener, PersonalNotice
from tests.support.talks import ask, make_conversation, say
from webhooks import mids
from webhooks.models import EventMid, WebhookEvent

CUSTOMERS = (Conversation, Message)
# Columns that may name a customer or what they said, without a foreign key.
TELLING = re.compile("customer|conversation|message|mid$|mid_|igsid|digest|object_repr|phrase|says")
NOTHING_OF_A_CUSTOMER = {
    "api.Token": "the digest of a key of another system",
    "auth.Permission": "has a kind of table, and no row of it",
    "conversations.AccountDay": "counts messages of a day",
    "conversations.AutomaticText": "a text of the shop's other tools, whomever they sent it",
    "conversations.DayFigures": "counts messages of a day",
    "conversations.CustomerErasure": "a receipt, which names nobody",
    "conversations.DeletedMessage": "a digest from which nobody can tell a customer",
    "conversations.ErasedCustomer": "a digest from which nobody can tell a customer",
    "conversations.HistoryImport": "counts messages",
    "incidents.Incident": "says how many customers wait, and never which",
    "people.Invitation": "the digest of a link for a colleague",
    "people.RecoveryCode": "the digest of a colleague's code",
    "rules.DismissedGroup": "words that several customers shared",
    "rules.ResponseRule": "what the shop says to everybody",
    "webhooks.DeletionRequest": "a digest from which nobody can tell a customer",
    "shop.Shop": "what the shop says of itself",
}
STAND_INS = {"sandbox"}  # of Meta's, where nobody is a customer


def leads_to_customer(model: type[Model], seen: frozenset[Any] = frozenset()) -> bool:
    """Tell whether rows of a table lead to a customer by foreign keys, or to a row of any table."""
    if model in CUSTOMERS:
        return True
    keys = [one for one in model._meta.get_fields() if isinstance(one, ForeignKey)]
    near = {key.related_model for key in keys} - seen - {model, User, Permission}
    return ContentType in near or any(leads_to_customer(one, seen | {model}) for one in near)


def may_hold(model: type[Model]) -> bool:
    names = [column.name for column in model._meta.get_fields() if hasattr(column, "attname")]
    return leads_to_customer(model) or any(TELLING.search(name) for name in names)


@pytest.mark.no_database
def test_every_table_that_may_hold_something_of_a_customer_is_in_the_map() -> None:
    every = [one for one in apps.get_models(include_auto_created=True) if not one._meta.proxy]
    telling = {
        one._meta.label
        for one in every
        if may_hold(one) and one._meta.app_label not in STAND_INS
    }  # fmt: skip
    mapped = {holding.table for holding in holdings()}
    assert telling - mapped - set(NOTHING_OF_A_CUSTOMER) == set()
    assert mapped & set(NOTHING_OF_A_CUSTOMER) == set()
    assert mapped | set(NOTHING_OF_A_CUSTOMER) <= {one._meta.label for one in every}


def keep_everything(username: str) -> Conversation:
    """Keep a row of each table of one customer; return their conversation."""
    user, _ = User.objects.get_or_create(username="lena", is_staff=True)
    talk = make_conversation(username)
    talk.labels.add(Label.objects.get_or_create(name="vip")[0])
    question, answer = ask(talk, mid=f"q-{username}"), say(talk, mid=f"a-{username}")
    apps.get_model("conversations.DirectoryEntry").objects.create(conversation=talk)
    answer.attempts.create(started_at=answer.at)
    Picture.objects.create(conversation=talk, token=f"p-{username}", data=b"x", uploaded_by="lena")
    note = Note.objects.create(conversation=talk, writer=user, by="lena", text="@lena look")
    note.mentions.create(user=user)
    talk.drafts.create(user=user, kind="reply", text="Hel")
    digest = digests.digest(journal.key(), talk.account_id, digests.name_of(talk.customer_id))
    apps.get_model("conversations.Erasure").objects.create(
        kind="name", digest=digest, at=question.at
    )
    LogEntry.objects.log_actions(user.pk, Conversation.objects.filter(pk=talk.pk), CHANGE, "Done.")
    trail.record(trail.Kind.EXPORT, f"exported the data of conversation {talk.pk}")
    body = json.dumps({"entry": [{"messaging": [{"sender": {"id": talk.customer_id}}]}]})
    event = WebhookEvent.objects.create(body=body.encode())
    EventMid.objects.create(event=event, mid_hash=talk.pk)
    IdempotencyKey.objects.create(user=user, key=username, messages=[answer.pk])
    listener, _ = Listener.objects.get_or_create(user=user)
    PersonalNotice.objects.create(
        listener=listener, occasion="waits", conversation=talk, moment=answer.at, found_at=answer.at
    )
    return talk


@pytest.mark.django_db
def test_each_holding_gives_the_rows_of_one_customer_alone() -> None:
    maria, peter = keep_everything("maria"), keep_everything("peter")
    for holding in holdings():
        pks = [{row.pk for row in holding.rows(talk)} for talk in (maria, peter)]
        assert [len(of_one) for of_one in pks] == [2, 2] or (
            holding.table != "conversations.Message" and [len(one) for one in pks] == [1, 1]
        ), holding.table
        assert not pks[0] & pks[1], holding.table


@pytest.mark.django_db
def test_a_number_that_begins_like_another_is_another_conversation() -> None:
    talk = make_conversation("maria")
    trail.record(trail.Kind.EXPORT, f"exported the data of conversation {talk.pk}0")
    trail.record(trail.Kind.EXPORT, f"exported the data of conversation {talk.pk}, as HTML")
    entries = next(one for one in holdings() if one.table == "audit.Entry").rows(talk)
    assert [entry.says.endswith("HTML") for entry in entries] == [True]


@pytest.mark.django_db
def test_the_echo_of_a_private_reply_is_found_though_it_names_another_id() -> None:
    talk = make_conversation("maria")
    say(talk, kind=PRIVATE_REPLY, mid="reply-1")
    event = WebhookEvent.objects.create(body=b"{}", mid_hash=mids.hash_of("reply-1"))
    events = next(one for one in holdings() if one.table == "webhooks.WebhookEvent").rows(talk)
    assert [one.pk for one in events] == [event.pk]
