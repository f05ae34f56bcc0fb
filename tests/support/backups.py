"""A backup, and the empty database into which it is restored: this very one, emptied."""

from datetime import timedelta
from io import StringIO
from pathlib import Path

from django.core.management import call_command
from django.db import connection
from django.utils import timezone

from audit import guard
from backups import restoration, snapshot, tables
from backups.restoration import Restored
from conversations import hold, outbox
from conversations.account import identity
from conversations.models import FIRST, MissedLook
from conversations.recovery import upkeep
from tests.support.clock import Clock
from tests.support.shop import Shop
from workqueue.snapshot import Snapshot

SECOND = timedelta(seconds=1)
KEPT = {"django_content_type", "auth_permission"}  # a migrated database has them


def back_up(folder: Path) -> Path:
    """Return where the backup is."""
    target = folder / f"backup{len(list(folder.iterdir()))}"
    snapshot.make(target)
    return target


def lose_everything() -> None:
    """The database is a new one, as `migrate` makes it."""
    emptied = [name for name in tables.every() if name not in KEPT]
    on_postgresql = connection.vendor == "postgresql"
    with guard.lifted(), connection.cursor() as cursor:
        if on_postgresql:
            cursor.execute("SET LOCAL session_replication_role = replica")  # in any order
        for name in emptied:
            cursor.execute(f"DELETE FROM {tables.quote(name)}")
        if on_postgresql:
            ours = [f"{name}_id_seq" for name in emptied]
            begun = "SELECT setval(oid, 1, false) FROM pg_class WHERE relname = ANY(%s)"
            cursor.execute(begun, [ours])
            # The first account's number is taken from the beginning (conversations.0023).
            cursor.execute("SELECT setval('conversations_account_id_seq', 1)")
        else:
            cursor.execute("DELETE FROM sqlite_sequence WHERE name <> 'conversations_account'")
    forget()


def forget() -> None:
    """Another process has begun."""
    Snapshot.forget_everything()
    identity.forget_clients()


def bring_back(folder: Path) -> Restored:
    lose_everything()
    restored = restoration.restore(folder)
    forget()
    return restored


def compares(shop: Shop, time_passes: Clock) -> None:
    """A worker does what is due, and compares all that the backup left open."""
    for _ in range(12):
        shop.works()
        outbox.compare_next()
        time_passes(timedelta(seconds=31))


def looks(time_passes: Clock) -> None:
    """A worker looks for what no webhook told of, as often as there is something to read."""
    for _ in range(20):
        upkeep.look()
        row = MissedLook.objects.get(pk=FIRST)
        if not row.place and row.looked_at > timezone.now() - timedelta(minutes=1):
            break
        time_passes(SECOND)


def lifts() -> int | None:
    left = hold.lift(FIRST, "anna")
    forget()
    return left


def command(name: str, *arguments: str) -> str:
    """Run a command; return what it printed."""
    printed = StringIO()
    call_command(name, *arguments, stdout=printed)
    return printed.getvalue()
