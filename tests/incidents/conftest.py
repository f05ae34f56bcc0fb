import threading
from collections.abc import Callable, Iterator

import pytest
from pytest_django import Settings

from incidents import delivery, watch
from incidents.admin import bars
from incidents.models import Contact, Incident, Watch
from tests.support.receiver import Mailbox, Receiver


@pytest.fixture
def receiver(settings: Settings) -> Iterator[Receiver]:
    settings.ALERT_HOSTS = ["127.0.0.1"]
    with Receiver() as one:
        yield one


@pytest.fixture
def mailbox(settings: Settings) -> Iterator[Mailbox]:
    settings.ALERT_HOSTS = ["127.0.0.1"]
    with Mailbox() as one:
        yield one


@pytest.fixture
def anna(receiver: Receiver, transactional_db: None) -> Contact:
    """Somebody who is told of everything, at the receiver."""
    contact = Contact(who="Anna")
    contact.write_address(receiver.address)
    contact.save()
    return contact


def beats_are_told() -> None:
    """Wait for the thread that tells the heartbeat."""
    for one in threading.enumerate():
        if one.name == "Heartbeat":
            one.join(10)


Looks = Callable[[], list[str]]


@pytest.fixture
def looks(settings: Settings) -> Looks:
    """Let a minute's look be due and made, and its messages sent; return what is open."""
    settings.WATCH_SECONDS = 0.0

    def look() -> list[str]:
        Watch.objects.update(leased_until=None)
        assert watch.look()
        delivery.deliver()
        beats_are_told()
        bars.forget()
        return list(Incident.objects.open().values_list("kind", flat=True))

    return look
