"""Messages leave by real HTTP and SMTP, at least once, and never hold up anybody else."""

import threading
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from pytest_django import Settings

from incidents import addresses, delivery, watch
from incidents.models import Contact, Notice
from incidents.troubles import Trouble
from tests.support.clock import Clock
from tests.support.receiver import Mailbox, Receiver

pytestmark = pytest.mark.django_db(transaction=True)

DISK = Trouble("disk", "A disk is full", "3 MB left.", "Make room.", is_sure=True)
OPENED = "instabot: A disk is full"


@pytest.fixture
def notice(anna: Contact) -> Notice:
    watch.write([DISK], {"disk"}, timezone.now())
    found: Notice = Notice.objects.get()
    return found


def test_a_mail_says_it_all(mailbox: Mailbox) -> None:
    contact = Contact(who="Anna")
    contact.write_address(mailbox.address)
    contact.save()
    watch.write([DISK], {"disk"}, timezone.now())
    assert delivery.deliver() == 1
    [mail] = mailbox.mails
    assert (mail["Subject"], mail["To"]) == (OPENED, "anna@shop.example")
    assert "bot@shop.example" in mail["From"]
    body = mail.get_body(("plain",))
    assert body
    assert "What to do: Make room." in body.get_content()
    assert Contact.objects.get().sent_at


@pytest.mark.once
def test_what_fails_says_nothing_of_the_shops_mail_server(settings: Settings) -> None:
    settings.MAIL_URL = "mailto://bot:hunter2222@shop.example:1?smtp=127.0.0.1&mode=insecure"
    said = delivery.send_to("anna@b.example", "Hello", "A test.")
    assert said
    assert not [one for one in ("hunter2222", "127.0.0.1", "shop.example") if one in said]


def test_what_is_refused_is_tried_again_later_and_later_and_then_given_up(
    notice: Notice, receiver: Receiver, time_stands: Clock
) -> None:
    receiver.statuses.extend([500] * 40)
    waits = []
    for _ in range(12):
        assert delivery.deliver() == 0
        due_at = Notice.objects.get().due_at
        waits.append((due_at - timezone.now()).total_seconds())
        time_stands(due_at - timezone.now())
    assert [round(one) for one in waits[:4]] == [2, 4, 8, 16]
    assert max(waits) <= 3600
    time_stands(timedelta(days=1))
    delivery.deliver()
    row = Notice.objects.get()
    assert row.given_up_at
    assert row.due_at is None
    assert "500" in row.error
    assert Contact.objects.get().error == row.error
    assert "alarms-of-the-shop" not in row.error  # it may be secret


def test_it_gets_there_once_the_other_side_is_well(
    notice: Notice, receiver: Receiver, time_stands: Clock
) -> None:
    receiver.statuses.append(503)
    delivery.deliver()
    time_stands(timedelta(minutes=1))
    assert delivery.deliver() == 1
    assert delivery.deliver() == 0
    assert receiver.titles == [OPENED] * 2  # the first one was refused
    assert Contact.objects.get().error == ""


def test_whoever_died_while_sending_has_it_sent_again(
    notice: Notice, receiver: Receiver, time_stands: Clock, settings: Settings
) -> None:
    assert Notice.objects.claim(notice.pk, timezone.now())
    assert delivery.deliver() == 0
    time_stands(settings.LEASE + timedelta(seconds=1))
    assert delivery.deliver() == 1
    assert receiver.titles == [OPENED]


def test_a_receiver_that_hangs_is_given_up_in_time(
    notice: Notice, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    receiver.hang = threading.Event()
    monkeypatch.setattr(addresses, "SECONDS", 0.3)
    monkeypatch.setattr(delivery, "SECONDS", 0.3)
    assert delivery.deliver() == 0
    assert "No answer within" in Notice.objects.get().error


def test_a_contact_who_fails_stops_no_other(anna: Contact, receiver: Receiver) -> None:
    Contact.objects.create(who="Nobody", address="gAAAA-of-another-key")
    watch.write([DISK], {"disk"}, timezone.now())
    delivery.deliver()
    assert receiver.titles == [OPENED]
    assert Contact.objects.get(who="Nobody").error == delivery.NO_KEY


def test_no_redirect_is_followed(anna: Contact, receiver: Receiver, notice: Notice) -> None:
    receiver.statuses.append(302)
    assert delivery.deliver() == 0
    assert len(receiver.calls) == 1


@pytest.mark.parametrize(
    ("said", "address", "shown"),
    [
        ("POST /x/hunter2222 failed", "json://a.example/x/hunter2222", "POST /x/… failed"),
        ("no such bot 12345:SECRET", "tgram://12345:SECRET/99", "no such bot 12345:…"),
        ("no user p@ss/word", "json://u:p%40ss%2Fword@a.example", "no user …"),
        ("error=500", "json://a.example/500", "error=500"),
    ],
)
def test_what_is_secret_in_an_address_is_not_in_what_is_said_of_it(
    said: str, address: str, shown: str
) -> None:
    assert delivery.hide(said, address) == shown


def test_apprise_itself_logs_nothing(notice: Notice, receiver: Receiver, capfd: Any) -> None:
    receiver.statuses.append(500)
    delivery.deliver()
    assert "alarms-of-the-shop" not in "".join(capfd.readouterr())
