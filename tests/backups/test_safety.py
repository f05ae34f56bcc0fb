"""What a backup has, who may read it, and what a restore refuses before it touches anything."""

import json
import os
import re
import signal
import stat
from collections.abc import Callable, Iterator
from datetime import timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from audit.models import Entry
from backups import manifest, restoration, snapshot
from backups.folder import UNFINISHED, leftovers
from backups.manifest import BackupError
from conversations.account import vault
from conversations.models import FIRST, Account, Conversation, RetentionUpkeep, Worker
from tests.support.backups import back_up, bring_back, command, lose_everything
from tests.support.shop import Shop


@pytest.fixture
def backup(shop: Shop, tmp_path: Path) -> Path:
    """Of a shop that has answered somebody."""
    shop.hears("price?")
    shop.works()
    return back_up(tmp_path)


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_nobody_else_may_read_it_and_its_digests_fit(backup: Path) -> None:
    assert mode(backup) == 0o700
    assert {mode(file) for file in backup.iterdir()} == {0o600}
    made = manifest.read(backup)
    assert made.kind == connection.vendor
    assert {file.name for file in backup.iterdir()} == {*made.files, manifest.NAME}
    assert made.tables["conversations_message"].rows == 2
    manifest.check_files(made, backup)


def test_a_backup_overwrites_nothing_and_leaves_nothing_half_made(
    backup: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = sorted(backup.parent.iterdir())
    with pytest.raises(CommandError, match="is there already"):
        command("backup", str(backup))
    with pytest.raises(CommandError, match="Nothing can be written"):
        command("backup", "/proc/nowhere/backup")
    del settings.VERSION
    with pytest.raises(AttributeError):
        snapshot.make(backup.with_name("other"))
    assert sorted(backup.parent.iterdir()) == before


def test_the_name_it_advises_is_free_and_never_within_a_backup(
    backup: Path, tmp_path: Path
) -> None:
    with pytest.raises(CommandError, match=re.escape(f", like {backup}-2.")):
        command("backup", str(backup))
    backup.with_name(f"{backup.name}-2").mkdir()
    with pytest.raises(CommandError, match=re.escape(f", like {backup}-3.")):
        command("backup", str(backup))
    with pytest.raises(CommandError, match=re.escape(f", like {tmp_path / '2026-01-31'}.")):
        command("backup", str(tmp_path))


def test_tables_of_an_earlier_version_are_not_backed_up(shop: Shop, tmp_path: Path) -> None:
    recorder = MigrationRecorder(connection)
    last = "conversations", "0035_hold"
    recorder.record_unapplied(*last)
    RetentionUpkeep.objects.all().delete()
    try:
        with pytest.raises(CommandError, match="are those of an earlier version: make the backup"):
            command("backup", str(tmp_path / "backup"))
    finally:
        recorder.record_applied(*last)
    assert not list(tmp_path.iterdir())
    assert not RetentionUpkeep.objects.exists(), "it touched a table that may not be there"
    assert not Entry.objects.filter(kind=Entry.Kind.EXPORT).exists()


@pytest.fixture
def survives() -> Iterator[None]:
    """A SIGTERM that nobody handles does not end the tests."""
    before = signal.signal(signal.SIGTERM, lambda *_: None)
    yield
    signal.signal(signal.SIGTERM, before)


def test_a_backup_that_is_ended_leaves_nothing(shop: Shop, tmp_path: Path, survives: None) -> None:
    shop.hears("price?")
    shop.works()

    def ends(execute: Callable[..., Any], *given: Any) -> Any:
        if leftovers(tmp_path):  # it is being written
            os.kill(os.getpid(), signal.SIGTERM)
        return execute(*given)

    with connection.execute_wrapper(ends), pytest.raises(SystemExit) as ended:
        command("backup", str(tmp_path / "backup"))
    assert ended.value.code == 143
    assert not list(tmp_path.iterdir())
    command("backup", str(tmp_path / "backup"))
    assert [one.name for one in tmp_path.iterdir()] == ["backup"]


def test_what_a_killed_backup_left_is_told_at_the_next_one(shop: Shop, tmp_path: Path) -> None:
    left = tmp_path / f".2026-01-30.abc{UNFINISHED}"
    left.mkdir()
    said = StringIO()
    call_command("backup", str(tmp_path / "2026-01-31"), stdout=StringIO(), stderr=said)
    assert f"{left} is of a backup that was killed" in said.getvalue()
    left.rmdir()
    again = StringIO()
    call_command("backup", str(tmp_path / "2026-02-01"), stdout=StringIO(), stderr=again)
    assert again.getvalue() == ""


def test_what_lets_somebody_in_is_not_in_it(
    shop: Shop, tmp_path: Path, settings: Settings, client: Client
) -> None:
    client.force_login(User.objects.create_superuser("anna"))
    session = client.session.session_key
    assert session
    Account.objects.filter(pk=Account.objects.ours().pk).update(token=vault.seal("IGAA-of-a-shop"))
    backup = back_up(tmp_path)
    sealed = Account.objects.get(pk=FIRST).token
    secrets = [settings.SECRET_KEY, session, "IGAA-of-a-shop"]
    for file in backup.iterdir():
        raw = file.read_bytes()
        if file.suffix == ".gz":
            import gzip

            raw = gzip.decompress(raw)
        assert not [one for one in secrets if one.encode() in raw], file
    bring_back(backup)
    assert Account.objects.get(pk=FIRST).token == sealed
    assert client.get("/admin/").status_code == 302, "staff log in once more"


def test_a_token_that_no_key_here_opens_is_told_of(backup: Path, settings: Settings) -> None:
    Account.objects.filter(pk=FIRST).update(token="sealed by another key")
    other = back_up(backup.parent)
    lose_everything()
    said = command("restore", str(other), "--without-erasures")
    assert "cannot be read with the keys here" in said
    assert "Sending is held" in said


def damage(backup: Path) -> None:
    file = max(backup.iterdir(), key=lambda one: (one.name != manifest.NAME, one.stat().st_size))
    raw = bytearray(file.read_bytes())
    raw[len(raw) // 2] ^= 1
    file.write_bytes(raw)


def cut(backup: Path) -> None:
    file = max(backup.iterdir(), key=lambda one: (one.name != manifest.NAME, one.stat().st_size))
    file.write_bytes(file.read_bytes()[:-1])


def lose_a_file(backup: Path) -> None:
    next(file for file in backup.iterdir() if file.name != manifest.NAME).unlink()


def rewrite(backup: Path, **changes: object) -> None:
    said = json.loads((backup / manifest.NAME).read_text())
    (backup / manifest.NAME).write_text(json.dumps(said | changes))


def migrations_of(backup: Path) -> list[str]:
    return manifest.read(backup).migrations


def miscount(backup: Path) -> None:
    tables = json.loads((backup / manifest.NAME).read_text())["tables"]
    tables["conversations_message"]["rows"] += 1
    rewrite(backup, tables=tables)


REFUSED: dict[str, tuple[Callable[[Path], object], str]] = {
    "a byte is another one": (damage, "damaged"),
    "it is cut off": (cut, "damaged"),
    "a file is missing": (lose_a_file, "cannot be read"),
    "no manifest": (lambda backup: (backup / manifest.NAME).unlink(), "is no backup"),
    "half a manifest": (lambda backup: (backup / manifest.NAME).write_text("{"), "damaged"),
    "another form": (lambda backup: rewrite(backup, format=2), "does not know"),
    "no tables": (lambda backup: rewrite(backup, tables=3), "damaged"),
    "a path": (
        lambda backup: rewrite(backup, files={"../x": {"size": 1, "sha256": ""}}),
        "damaged",
    ),
    "another kind of database": (lambda backup: rewrite(backup, kind="mysql"), "is of mysql"),
    "a newer one": (
        lambda backup: rewrite(
            backup, version="9.9", migrations=[*migrations_of(backup), "conversations.9999_new"]
        ),
        "instabot 9.9, which is newer",
    ),
    "an older one": (
        lambda backup: rewrite(backup, version="0.1", migrations=migrations_of(backup)[:-1]),
        "instabot 0.1, whose tables are older",
    ),
    "a table too few": (
        lambda backup: rewrite(
            backup,
            tables={
                name: one
                for name, one in json.loads((backup / manifest.NAME).read_text())["tables"].items()
                if name != "conversations_note"
            },
        ),
        "other tables",
    ),
    "a row too few": (miscount, "rows, not 3"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_not_whole_or_does_not_fit_changes_nothing(backup: Path, name: str) -> None:
    spoil, why = REFUSED[name]
    spoil(backup)
    lose_everything()
    Account.objects.ours()
    with pytest.raises(CommandError, match=re.escape(why)):
        command("restore", str(backup), "--without-erasures")
    assert not Conversation.objects.exists()
    assert not User.objects.exists()
    assert [one.sending_held for one in Account.objects.all()] == [False]


def test_a_database_that_is_in_use_is_not_replaced(backup: Path) -> None:
    with pytest.raises(
        BackupError, match=r"conversations \(1\), messages \(2\), webhook events \(1\)"
    ):
        restoration.restore(backup)
    lose_everything()
    Worker.objects.create(name="other:1", seen_at=timezone.now())
    with pytest.raises(BackupError, match="A worker runs"):
        restoration.restore(backup)
    Worker.objects.update(seen_at=timezone.now() - timedelta(minutes=2))
    restoration.restore(backup)
    assert Conversation.objects.count() == 1


def test_a_database_that_was_not_migrated_is_told_so(backup: Path) -> None:
    lose_everything()
    recorder = MigrationRecorder(connection)
    recorder.record_unapplied("conversations", "0035_hold")
    try:
        with pytest.raises(BackupError, match=r"run `manage\.py migrate`, then restore"):
            restoration.restore(backup)
    finally:
        recorder.record_applied("conversations", "0035_hold")
