"""A journal of erasures that was lost: it is noticed for as long as it lacks something."""

from datetime import timedelta
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone
from pytest_django import Settings

from conversations.models import Conversation, ErasedCustomer, Erasure, Message
from conversations.retention import gaps, journal
from instabot.doctor.installation import check_erasures
from tests.support.backups import back_up, command, lose_everything
from tests.support.removal import CUSTOMER, erase
from tests.support.shop import Shop
from tests.support.talks import unsends

SECRET = "my number is 0660001122, the price?"


@pytest.fixture
def lost(shop: Shop, file: Path, tmp_path: Path) -> Path:
    """After a backup one was erased and two unsent something; then a new file was begun."""
    shop.hears("quagga price?", CUSTOMER)
    mids = [shop.hears(SECRET, who) for who in ("870002", "870003")]
    shop.works()
    backup = back_up(tmp_path)
    erase(Conversation.objects.get(customer_id=CUSTOMER))
    unsends(shop, mids[0])
    file.unlink()
    unsends(shop, mids[1])
    assert len(file.read_text().splitlines()) == 1
    return backup


def says() -> list[str]:
    return [one.says for one in check_erasures()]


def test_a_file_that_was_begun_anew_is_noticed_and_can_be_rebuilt(
    lost: Path, file: Path, tmp_path: Path
) -> None:
    [said] = says()
    assert f"{file} lacks 2 erasures of which the database knows" in said
    told = StringIO()
    call_command("backup", str(tmp_path / "next"), stdout=StringIO(), stderr=told)
    assert "lacks 2 erasures" in told.getvalue()
    assert "Run manage.py rebuild_erasures." in told.getvalue()

    assert command("rebuild_erasures") == f"2 erasures were written to {file}.\n"
    assert says() == [f"What was erased is in {file}."]
    assert command("rebuild_erasures") == f"{file} lacks nothing.\n"
    told = StringIO()
    call_command("backup", str(tmp_path / "last"), stdout=StringIO(), stderr=told)
    assert told.getvalue() == ""

    lose_everything()
    assert "Erased again: 2 messages, 1 customer, 0 names." in command("restore", str(lost))
    assert not Conversation.objects.filter(customer_id=CUSTOMER).exists()
    assert not Message.objects.filter(text=SECRET).exists()


def test_who_was_erased_once_more_is_missing_until_that_is_written(shop: Shop, file: Path) -> None:
    shop.hears("price?", CUSTOMER)
    shop.works()
    erase(Conversation.objects.get(customer_id=CUSTOMER))
    assert gaps.find() == []
    ErasedCustomer.objects.update(at=timezone.now() + timedelta(hours=1))
    assert len(gaps.find()) == 1
    gaps.fill()
    assert gaps.find() == []


def test_what_waits_to_be_written_is_not_missing(shop: Shop, file: Path) -> None:
    shop.hears("price?", CUSTOMER)
    shop.works()
    erase(Conversation.objects.get(customer_id=CUSTOMER))
    file.unlink()
    customer = ErasedCustomer.objects.get()
    Erasure.objects.create(kind=Erasure.Kind.CUSTOMER, digest=customer.digest, at=customer.at)
    assert gaps.find() == []


@pytest.mark.django_db
def test_without_a_file_to_write_to_it_is_said(settings: Settings, tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="ERASURES_FILE is not set"):
        call_command("rebuild_erasures")
    settings.ERASURES_FILE = str(tmp_path)  # a folder has come into its place
    ErasedCustomer.objects.create(digest="0" * 32, at=timezone.now())
    journal.key()
    with pytest.raises(CommandError, match="could not be written: Is a directory"):
        call_command("rebuild_erasures")
    assert Erasure.objects.count() == 1, "it is noted, and waits"
