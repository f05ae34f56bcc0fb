from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.apps import apps
from django.contrib.auth.models import Group, User
from django.utils import timezone

from conversations import waiting
from conversations.models import Conversation
from incidents import delivery
from notices import look
from notices.models import Listener
from people import roles
from tests.incidents.conftest import receiver  # noqa: F401 - a fixture
from tests.support.clock import Clock
from tests.support.receiver import Receiver
from tests.support.talks import ask, make_conversation

MINUTE = timedelta(minutes=1)
Hears = Callable[..., Listener]


@pytest.fixture
def hears(receiver: Receiver, transactional_db: None) -> Hears:  # noqa: F811 - that one
    """Let somebody of the support team hear of customers, at the receiver."""

    def make(name: str = "lena", **fields: Any) -> Listener:
        roles.create(apps)
        user = User.objects.create_user(name, is_staff=True)
        user.groups.set(Group.objects.filter(name="Support"))
        row = Listener(user=user, **fields)
        row.write_address(receiver.address)
        row.save()
        return row

    return make


@pytest.fixture
def lena(hears: Hears) -> Listener:
    return hears()


def waits(username: str = "maria", minutes: int = 31, **fields: Any) -> Conversation:
    """A customer has been waiting for a person for so long, with an open window."""
    at = timezone.now() - minutes * MINUTE
    talk = make_conversation(username, last_inbound_at=at, **fields)
    ask(talk, "Where is my secret parcel?", at=at)
    waiting.recount(talk.pk)
    talk.refresh_from_db()
    return talk


def a_minute_passes() -> None:
    """What a worker does once a minute, and then every three seconds."""
    look.look()
    delivery.deliver(Listener)


def next_try(passes: Clock) -> None:
    """Let the time come at which a message that was refused is tried once more."""
    due_at = Listener.objects.get().due_at
    assert due_at
    passes(due_at - timezone.now())
    delivery.deliver(Listener)
