"""What was erased after a backup does not come back with it."""

import json
import stat
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from django.core.management import CommandError
from django.db.models import QuerySet
from django.utils import timezone
from pytest_django import Settings

from audit.models import Entry
from conversations.inbox import NO_ACCOUNT
from conversations.models import (
    Conversation,
    DeletedMessage,
    Erasure,
    Message,
    Origin,
)
from conversations.retention import journal, upkeep
from conversations.statistics import upkeep as figures
from shop import tuning
from tests.support import remains
from tests.support.backups import (
    back_up,
    command,
    compares,
    forget,
    lifts,
    looks,
    lose_everything,
)
from tests.support.clock import Clock
from tests.support.removal import CUSTOMER, MARKED, erase
from tests.support.shop import Shop
from tests.support.talks import unsends
from webhooks import processing
from webhooks.mids import hash_of
from webhooks.models import WebhookEvent

DAY = timedelta(days=1)
SECRET = "my number is 0660001122, the price?"


def restore(backup: Path, *options: str) -> str:
    lose_everything()
    said = command("restore", str(backup), *options)
    forget()
    return said


def bodies() -> str:
    return "".join(bytes(event.body).decode() for event in WebhookEvent.objects.all())


def test_what_a_customer_unsent_after_the_backup_stays_erased(
    shop: Shop, file: Path, tmp_path: Path
) -> None:
    mid = shop.hears(SECRET)
    shop.works()
    backup = back_up(tmp_path)
    unsends(shop, mid)
    shop.works()
    assert "Erased again: 1 message, 0 customers" in restore(backup)
    told = Entry.objects.get(kind="erasure").says
    assert told == "erased again what was erased since: 1 message, 0 customers, 0 names"
    said = Message.objects.get(origin=Origin.CUSTOMER)
    assert (said.text, said.search_text, said.unsent_at is not None) == ("", "", True)
    assert "0660001122" not in bodies()


def test_an_answer_to_what_was_unsent_since_does_not_go(
    shop: Shop, file: Path, tmp_path: Path
) -> None:
    mid = shop.hears(SECRET)
    shop.reads()
    backup = back_up(tmp_path)
    unsends(shop, mid)
    restore(backup)
    shop.works()
    assert shop.texts == []
    assert Message.objects.get().text == ""


def as_stored(events: QuerySet[WebhookEvent]) -> None:
    """The worker was slow: the backup has them unread."""


def as_failed(events: QuerySet[WebhookEvent]) -> None:
    """The worker gave them up."""
    state = WebhookEvent.State.FAILED
    events.update(state=state, due_at=None, processed_at=timezone.now(), mid_hash=hash_of("aWdfA"))


def as_for_nobody(events: QuerySet[WebhookEvent]) -> None:
    """Our account was not known yet."""
    ledger = [{"kind": "text", "outcome": NO_ACCOUNT, "reason": "", "message": None}]
    state = WebhookEvent.State.PROCESSED
    events.update(state=state, due_at=None, outcomes=ledger, mid_hash=hash_of("aWdfA"))


@pytest.mark.parametrize("was", [as_stored, as_failed, as_for_nobody])
def test_what_was_not_read_in_the_backup_and_unsent_after_it_is_never_read(
    shop: Shop,
    file: Path,
    tmp_path: Path,
    time_passes: Clock,
    was: Callable[[QuerySet[WebhookEvent]], None],
) -> None:
    mid = shop.hears(SECRET)
    shop.hears("price?", "870002")
    was(WebhookEvent.objects.all())
    backup = back_up(tmp_path)
    WebhookEvent.objects.all().again(timezone.now())
    shop.works()
    unsends(shop, mid)
    shop.graph.sent.clear()
    assert "Erased again: 1 message, 0 customers" in restore(backup)
    assert "0660001122" not in bodies()
    WebhookEvent.objects.all().again(timezone.now())  # as staff may press
    compares(shop, time_passes)
    assert lifts() == 0
    shop.works()
    assert [sent.recipient for sent in shop.graph.sent] == ["870002"], "the other is answered"
    said = Message.objects.get(conversation__customer_id="870001")
    assert (said.text, said.search_text, said.unsent_at is not None) == ("", "", True)
    assert "0660001122" not in bodies()


def test_an_unsend_that_was_read_before_its_message_is_told_of_too(
    shop: Shop, file: Path, tmp_path: Path
) -> None:
    mid = shop.hears(SECRET)
    backup = back_up(tmp_path)
    shop.hears_item({"message": {"mid": mid, "is_deleted": True}})
    processing.at_once(WebhookEvent.objects.latest("pk").pk, take=False)
    shop.works()
    assert "Erased again: 1 message" in restore(backup)
    shop.works()
    assert Message.objects.get().text == ""
    assert "0660001122" not in bodies()


def test_a_text_in_a_body_that_nobody_can_read_goes_too(
    shop: Shop, file: Path, tmp_path: Path
) -> None:
    mid = shop.hears(SECRET)
    events = WebhookEvent.objects.all()
    whole = bytes(events.get().body)
    events.update(body=whole[:-1])
    as_failed(events)
    backup = back_up(tmp_path)
    events.update(body=whole)
    events.again(timezone.now())
    shop.works()
    unsends(shop, mid)
    restore(backup)
    assert "0660001122" not in bodies()


def test_a_customer_who_was_deleted_after_the_backup_stays_deleted(
    shop: Shop, file: Path, tmp_path: Path, time_passes: Clock
) -> None:
    shop.hears(SECRET, "870001")
    shop.works()
    Conversation.objects.update(name="Olena", username="olena")
    backup = back_up(tmp_path)
    time_passes(40 * DAY)
    shop.hears("delivery?", "870002")
    shop.works()
    tuning.put("keep_messages_days", "30")
    figures.look()
    upkeep.take_all()
    assert [one.customer_id for one in Conversation.objects.all()] == ["870002"]
    assert "0 messages, 1 customer, 0 names" in restore(backup)
    assert not Conversation.objects.exists()
    assert not Message.objects.exists()
    assert DeletedMessage.objects.count() == 2, "and what brings them back is recognised"
    assert "0660001122" not in bodies()


def test_who_came_back_after_being_deleted_is_left_alone(
    shop: Shop, file: Path, tmp_path: Path
) -> None:
    shop.hears("price?")
    shop.works()
    gone = Conversation.objects.get()
    journal.note_customer(gone, gone.created_at - DAY)
    assert "0 messages, 0 customers" in restore(back_up(tmp_path))
    assert Conversation.objects.count() == 1


def test_the_file_tells_nobody_whom_it_is_about(shop: Shop, file: Path) -> None:
    mid = shop.hears(SECRET)
    shop.works()
    unsends(shop, mid)
    said = file.read_text()
    [line] = [json.loads(one) for one in said.splitlines()]
    assert set(line) == {"kind", "digest", "key", "at"}
    assert not [secret for secret in (mid, "870001", "0660001122", journal.key()) if secret in said]
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_what_cannot_be_written_is_kept_and_written_later(
    shop: Shop, tmp_path: Path, settings: Settings
) -> None:
    settings.ERASURES_FILE = str(tmp_path / "away" / "erasures.jsonl")  # its disk is not mounted
    mid = shop.hears(SECRET)
    shop.works()
    unsends(shop, mid)
    assert Message.objects.get(origin=Origin.CUSTOMER).text == "", "erased all the same"
    assert Erasure.objects.count() == 1
    with pytest.raises(FileNotFoundError):
        journal.write()
    (tmp_path / "away").mkdir()
    assert journal.write() == 1
    assert not Erasure.objects.exists()
    assert len(Path(settings.ERASURES_FILE).read_text().splitlines()) == 1
    assert journal.write() == 0


def test_a_line_that_was_cut_off_spoils_no_other(shop: Shop, file: Path, tmp_path: Path) -> None:
    mid = shop.hears(SECRET)
    shop.works()
    backup = back_up(tmp_path)
    file.write_text('{"kind": "mess')  # the disk was full
    unsends(shop, mid)
    said = restore(backup)
    assert "Erased again: 1 message" in said
    assert "cannot be read: 1" in said


def test_lines_of_another_database_are_told_of(shop: Shop, file: Path, tmp_path: Path) -> None:
    shop.hears(SECRET)
    backup = back_up(tmp_path)
    line = {"kind": "message", "digest": "0" * 32, "key": "00000000", "at": str(timezone.now())}
    file.write_text(json.dumps(line) + "\n")
    assert "of another database" in restore(backup)


def test_a_file_that_is_not_there_stops_the_restore(shop: Shop, file: Path, tmp_path: Path) -> None:
    shop.hears(SECRET)
    backup = back_up(tmp_path)
    with pytest.raises(CommandError, match="--without-erasures"):
        restore(backup)
    assert not WebhookEvent.objects.exists()
    said = restore(backup, "--without-erasures")
    assert "Erased again" not in said
    assert "Nothing was erased again." in said


def test_a_restore_without_a_file_says_what_came_back(
    shop: Shop, tmp_path: Path, file: Path, settings: Settings
) -> None:
    mid = shop.hears(SECRET)
    shop.works()
    backup = back_up(tmp_path)
    unsends(shop, mid)
    assert "Nothing was erased again." not in restore(backup)
    settings.ERASURES_FILE = ""
    with pytest.raises(CommandError, match=r"Nothing was restored\..*--without-erasures"):
        restore(backup)
    assert not Message.objects.exists()
    said = restore(backup, "--without-erasures")
    assert "what customers unsent after the backup" in said
    assert Message.objects.get(origin=Origin.CUSTOMER).text == SECRET


def test_nothing_is_noted_where_nobody_asked_for_it(shop: Shop) -> None:
    mid = shop.hears(SECRET)
    shop.works()
    unsends(shop, mid)
    assert not Erasure.objects.exists()


def erased_since(shop: Shop, tmp_path: Path, *, unread: bool) -> Path:
    """A customer is in the backup, or only in an event of it, and is erased after it."""
    shop.hears("price?", "870002")
    shop.hears("quagga price?", CUSTOMER, "aWdfPANGOLIN1")
    if not unread:
        shop.works()
        Conversation.objects.filter(customer_id=CUSTOMER).update(username="olenka")
    backup = back_up(tmp_path)
    shop.works()
    erase(Conversation.objects.get(customer_id=CUSTOMER))
    return backup


@pytest.mark.parametrize("unread", [False, True])
def test_a_customer_who_was_erased_after_the_backup_stays_erased(
    shop: Shop, file: Path, tmp_path: Path, time_passes: Clock, unread: bool
) -> None:
    """The drill: back up, erase, lose everything, restore; nothing brings them back."""
    backup = erased_since(shop, tmp_path, unread=unread)
    time_passes(timedelta(minutes=20))
    said = restore(backup)
    assert ("0 customers" if unread else "1 customer,") in said
    assert list(remains.places(MARKED)) == []
    compares(shop, time_passes)  # and what came after the backup is looked for in the threads
    looks(time_passes)
    lifts()
    shop.works()
    WebhookEvent.objects.all().again(timezone.now())
    shop.works()
    assert list(remains.places(MARKED)) == []
    assert [one.customer_id for one in Conversation.objects.all()] == ["870002"]
    shop.hears("delivery", CUSTOMER)
    shop.works()
    assert Conversation.objects.get(customer_id=CUSTOMER).messages.count() == 2


def test_a_customer_deleted_for_their_age_whose_event_was_unread_stays_deleted(
    shop: Shop, file: Path, tmp_path: Path, time_passes: Clock
) -> None:
    shop.hears("quagga price?", CUSTOMER, "aWdfPANGOLIN1")
    backup = back_up(tmp_path)
    shop.works()
    time_passes(40 * DAY)
    shop.hears("delivery?", "870002")
    shop.works()
    tuning.put("keep_messages_days", "30")
    figures.look()
    upkeep.take_all()
    assert not Conversation.objects.filter(customer_id=CUSTOMER).exists()
    restore(backup)
    lifts()
    shop.works()
    assert list(remains.places(MARKED)) == []
    assert not Conversation.objects.exists()
