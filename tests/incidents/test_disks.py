"""Disks of all machines are looked at, whichever of them takes the look."""

import shutil
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from conversations.account import pause as account_pause
from conversations.models import Worker
from incidents import watch
from incidents.disk import Disk
from incidents.looks import parts
from incidents.models import Contact, Incident, Presence
from tests.incidents.conftest import Looks
from tests.support.receiver import Receiver
from tests.support.service import ON_POSTGRES
from tests.support.shop import Shop

pytestmark = pytest.mark.django_db(transaction=True)

GIGABYTE = 1024**3
FULL, WELL = 0.1 * GIGABYTE, 50 * GIGABYTE


def leave(free: float) -> Callable[[Any], Any]:
    return lambda _: shutil._ntuple_diskusage(100 * GIGABYTE, 0, int(free))


def note(host: str, free: float, ago: timedelta = timedelta()) -> None:
    disk = Disk(Path("/srv/var"), int(free), 100 * GIGABYTE)
    Presence.objects.note(f"{host}:1", "web", timezone.now() - ago, timedelta(), disk)


@pytest.mark.skipif(not ON_POSTGRES, reason="all processes of SQLite have one disk")
def test_a_full_disk_of_one_machine_is_found_where_machines_look_by_turns(
    shop: Shop, anna: Contact, receiver: Receiver, looks: Looks, monkeypatch: pytest.MonkeyPatch
) -> None:
    account_pause.look_after()
    Worker.objects.create(name="good:1", seen_at=timezone.now())
    found = []
    for host, free in [("bad", FULL), ("good", WELL)] * 2:
        monkeypatch.setattr("socket.gethostname", lambda name=host: name)
        monkeypatch.setattr(shutil, "disk_usage", leave(free))
        watch.give_sign_of_life(f"{host}:1", Presence.Role.WEB)
        found.append(looks())
    assert found == [[], ["disk"], ["disk"], ["disk"]]
    assert receiver.titles == ["instabot: A disk is full"]
    assert "on bad. On a full disk" in receiver.messages[0]["message"]
    note("bad", WELL)
    for _ in range(3):
        looks()
    assert receiver.titles[-1] == "instabot: over: A disk is full"


@pytest.mark.skipif(not ON_POSTGRES, reason="all processes of SQLite have one disk")
def test_what_a_machine_says_no_more_is_not_believed_for_long() -> None:
    note("bad", FULL, ago=timedelta(minutes=4))
    note("gone", FULL, ago=timedelta(minutes=6))
    full = [place for place, one in parts.disks(timezone.now()).items() if one.is_full]
    assert full == ["/srv/var on bad"]


@pytest.mark.skipif(ON_POSTGRES, reason="each machine has its own")
def test_all_processes_of_sqlite_have_one_disk() -> None:
    note("elsewhere", FULL)
    assert len(parts.disks(timezone.now())) == 1
    assert list(parts.find_full_disks(timezone.now())) == []


def test_a_process_whose_disk_cannot_be_read_is_there_all_the_same(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def broken(_: Any) -> Any:
        raise PermissionError

    monkeypatch.setattr(shutil, "disk_usage", broken)
    watch.give_sign_of_life("host:1", Presence.Role.WEB)
    assert Presence.objects.get().disk is None
    assert not Incident.objects.exists()


def test_a_process_of_the_release_before_says_nothing_of_its_disk() -> None:
    Presence.objects.create(name="web old:1", role="web", seen_at=timezone.now())
    assert len(parts.disks(timezone.now())) == 1
