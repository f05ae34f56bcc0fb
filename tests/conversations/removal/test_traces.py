"""What names a customer elsewhere: the log of what staff did, sessions, the API's keys."""

from collections.abc import Callable
from importlib import import_module
from typing import Any

import pytest
from django.conf import settings
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import User
from django.db import transaction

from api import traces as keys
from api.models import IdempotencyKey
from conversations.removal import traces
from tests.support.clock import Clock
from tests.support.removal import erase, fill, takes_the_customer, takes_what_is_old
from tests.support.shop import Shop
from tests.support.talks import ask, make_conversation


def names() -> list[str]:
    return [one.object_repr for one in LogEntry.objects.order_by("pk")]


def test_the_log_names_nobody_whose_messages_and_conversation_went_for_their_age(
    shop: Shop, time_passes: Clock
) -> None:
    talk = fill(shop)
    assert all("olenka" in one for one in names())
    takes_the_customer(talk, time_passes)
    assert names() == [f"Conversation {talk.pk}", "A deleted message"]


def test_the_log_names_nobody_who_is_erased_after_their_messages_went(shop: Shop) -> None:
    talk = fill(shop)
    takes_what_is_old(talk)
    erase(talk)
    assert names() == [f"Conversation {talk.pk}", "A deleted message"]


def ends(rows: Any) -> None:
    rows.delete()


def goes_on(rows: Any) -> None:
    said = rows.get().get_decoded() | {"new": "quagga"}
    rows.update(session_data=_store()().encode(said))


def _store() -> Any:
    return import_module(settings.SESSION_ENGINE).SessionStore


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("then", [ends, goes_on])
def test_a_session_that_ends_or_goes_on_meanwhile_is_left_as_it_is(
    monkeypatch: pytest.MonkeyPatch, then: Callable[[Any], None]
) -> None:
    session, name = _store()(), traces.session_key(7)
    session.update({name: "zanzibar", "other": "heron"})
    session.save()
    rows = _store().get_model_class().objects.all()
    forget = traces._forget_wish

    def forget_later(*given: Any) -> None:
        then(rows)
        forget(*given)

    monkeypatch.setattr(traces, "_forget_wish", forget_later)
    with transaction.atomic():
        traces._forget_wishes(name)
    left = [one.get_decoded() for one in rows]
    assert left == ([] if then is ends else [{"other": "heron", "new": "quagga"}])


@pytest.mark.django_db(transaction=True)
def test_the_apis_keys_are_read_once_in_bites_and_others_keys_stay(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(keys, "AT_ONCE", 2)
    user, talk = User.objects.create_user("olga"), make_conversation("maria")
    theirs = [ask(talk).pk for _ in range(3)]
    others = ask(make_conversation("peter")).pk
    sent = [[theirs[0]], [others], [], [others, theirs[1]], [theirs[2]]]
    for number, messages in enumerate(sent):
        IdempotencyKey.objects.create(
            user=user, key=str(number), fingerprint="f", messages=messages
        )
    erase(talk)
    left = IdempotencyKey.objects.order_by("pk").values_list("messages", flat=True)
    assert list(left) == [[others], []]
