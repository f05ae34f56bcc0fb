"""What a restore erases again beyond a conversation that is in the backup, and by which time."""

import json
from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import timezone

from conversations.models import FIRST, Conversation, ErasedCustomer
from conversations.removal import request, work
from conversations.retention import journal
from tests.backups.test_erasures import DAY, bodies, restore
from tests.support import remains
from tests.support.backups import back_up, compares, lifts, looks
from tests.support.clock import Clock
from tests.support.missed import loses
from tests.support.removal import CUSTOMER, MARKED, erase, takes_the_customer
from tests.support.shop import Shop
from webhooks.models import WebhookEvent


def test_what_was_left_of_a_customer_and_erased_after_the_backup_stays_erased(
    shop: Shop, file: Path, tmp_path: Path, time_passes: Clock
) -> None:
    """Their conversation went for its age before the backup: it has their events alone."""
    shop.hears("quagga price?", CUSTOMER, "aWdfPANGOLIN1")
    shop.hears("price of the heron", "870002")
    shop.works()
    takes_the_customer(Conversation.objects.get(customer_id=CUSTOMER), time_passes)
    backup = back_up(tmp_path)
    time_passes(DAY)
    asked = request.begin_leftovers(FIRST, CUSTOMER, "olga")
    assert asked is not None
    assert work.go_on(asked.pk, timedelta(seconds=30))
    restore(backup)
    assert list(remains.places(MARKED)) == []
    assert "heron" in bodies()


@pytest.mark.parametrize("way", ["by redelivery", "by a look at the threads"])
def test_what_was_said_between_the_backup_and_the_erasure_stays_away(
    shop: Shop, file: Path, tmp_path: Path, time_passes: Clock, way: str
) -> None:
    shop.hears("price?", "870002")
    shop.hears("quagga price?", CUSTOMER, "aWdfPANGOLIN1")
    shop.works()
    backup = back_up(tmp_path)
    time_passes(timedelta(minutes=3))
    if way == "by redelivery":
        shop.hears("zanzibar", CUSTOMER, "aWdfPANGOLIN2")
    else:
        loses(shop, "zanzibar, lost", CUSTOMER)
    late = bytes(WebhookEvent.objects.latest("pk").body)
    shop.works()
    time_passes(timedelta(minutes=3))
    erase(Conversation.objects.get(customer_id=CUSTOMER))
    time_passes(timedelta(minutes=20))
    restore(backup)
    if way == "by redelivery":
        shop.receives(late)
        shop.works()
    compares(shop, time_passes)
    looks(time_passes)
    lifts()
    shop.works()
    assert list(remains.places(MARKED)) == []


def test_of_two_lines_about_the_same_customer_the_later_one_holds_wherever_it_stands(
    shop: Shop, file: Path, tmp_path: Path, time_passes: Clock
) -> None:
    shop.hears("zanzibar", CUSTOMER, "aWdfPANGOLIN1")
    shop.works()
    backup = back_up(tmp_path)
    time_passes(timedelta(minutes=1))
    erase(Conversation.objects.get(customer_id=CUSTOMER))
    [line] = [one for one in file.read_text().splitlines() if '"customer"' in one]
    older = json.loads(line) | {"at": str(timezone.now() - 30 * DAY)}
    file.write_text(f"{line}\n{json.dumps(older)}\n")
    assert "1 customer," in restore(backup)
    assert list(remains.places(MARKED)) == []
    known = ErasedCustomer.objects.get()
    journal.keep_away([(known.digest, known.at - DAY)])
    assert ErasedCustomer.objects.get().at == known.at, "nor does an older one count later"
    journal.keep_away([(known.digest, known.at + DAY), (known.digest, known.at)])
    assert ErasedCustomer.objects.get().at == known.at + DAY
