"""The database itself refuses to change the audit log."""

from datetime import timedelta

import pytest
from django.core.management import call_command
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from audit import guard, retention, trail
from audit.models import KEPT, Entry
from audit.trail import Kind

pytestmark = pytest.mark.django_db
ON_SQLITE = connection.vendor == "sqlite"
DAY = timedelta(days=1)


def run(statement: str) -> int:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)
        return int(cursor.rowcount)


def of_age(age: timedelta) -> Entry:
    return Entry.objects.create(at=timezone.now() - age, kind=Kind.SETTING, says="changed it")


@pytest.mark.parametrize("age", [timedelta(), KEPT - DAY, KEPT + DAY])
def test_no_entry_is_changed_however_old(age: timedelta) -> None:
    of_age(age)
    with pytest.raises(IntegrityError, match="append-only"):
        run("UPDATE audit_entry SET says = 'nothing'")
    assert Entry.objects.get().says == "changed it"


def test_none_is_deleted_within_a_year() -> None:
    of_age(KEPT - DAY)
    with pytest.raises(IntegrityError, match="append-only"):
        run("DELETE FROM audit_entry")
    assert Entry.objects.count() == 1


def test_one_is_deleted_after_a_year() -> None:
    of_age(KEPT + DAY)
    assert run("DELETE FROM audit_entry") == 1


def test_one_young_entry_keeps_old_ones_from_being_deleted_with_it() -> None:
    of_age(KEPT + DAY)
    of_age(timedelta())
    with pytest.raises(IntegrityError):
        run("DELETE FROM audit_entry")
    assert Entry.objects.count() == 2


@pytest.mark.skipif(ON_SQLITE, reason="SQLite has no TRUNCATE")
def test_the_table_is_not_emptied() -> None:
    of_age(KEPT + DAY)
    with pytest.raises(IntegrityError, match="append-only"):
        run("TRUNCATE audit_entry CASCADE")


@pytest.mark.parametrize(
    "replace",
    [
        "INSERT OR REPLACE INTO audit_entry {} {}",
        "INSERT INTO audit_entry {} {} ON CONFLICT (id) DO UPDATE SET says = 'x'",
    ],
)
def test_no_entry_takes_the_place_of_another(replace: str) -> None:
    if " OR " in replace and not ON_SQLITE:
        pytest.skip("a word of SQLite's")
    entry = of_age(timedelta())
    columns = "(id, at, kind, name, address, says, words)"
    values = (
        f"SELECT {entry.pk}, at, kind, 'mallory', '', 'nothing', '' FROM audit_entry WHERE true"
    )
    with pytest.raises(IntegrityError):
        run(replace.format(columns, values))
    assert Entry.objects.get().says == "changed it"


def test_entries_go_on_being_written_beside_the_guard() -> None:
    trail.record(Kind.SETTING, "one")
    trail.record(Kind.SETTING, "two")
    assert Entry.objects.count() == 2


def test_the_keeper_deletes_what_is_older_than_a_year_in_bites(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(retention, "ROWS", 2)
    old = [of_age(KEPT + 2 * DAY) for _ in range(5)]
    kept = [of_age(KEPT + DAY / 2).pk, of_age(timedelta()).pk]
    assert retention.look() == len(old)
    assert list(Entry.objects.order_by("pk").values_list("pk", flat=True)) == kept
    assert retention.look() == 0


def test_the_keeper_ends_with_its_budget(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retention, "ROWS", 1)
    monkeypatch.setattr(retention, "BUDGET_SECONDS", 0.0)
    of_age(KEPT + 2 * DAY)
    assert retention.look() == 0


def test_the_guard_is_lifted_for_one_transaction_and_up_again_after_it() -> None:
    of_age(timedelta())
    with guard.lifted():
        run("DELETE FROM audit_entry")
    of_age(timedelta())
    assert guard.is_up()
    with pytest.raises(IntegrityError):
        run("DELETE FROM audit_entry")


def empty_and_fail() -> None:
    with guard.lifted():
        run("DELETE FROM audit_entry")
        raise LookupError


def test_the_guard_is_up_again_where_what_lifted_it_failed() -> None:
    of_age(timedelta())
    with pytest.raises(LookupError):
        empty_and_fail()
    assert guard.is_up()
    assert Entry.objects.count() == 1


def test_migrate_makes_a_guard_that_is_gone_anew() -> None:
    name = "audit_entry_no_update" if ON_SQLITE else "audit_entry_no_truncate ON audit_entry"
    run(f"DROP TRIGGER {name}")
    assert not guard.is_up()
    call_command("migrate", verbosity=0)
    assert guard.is_up()
