"""The lease statements, one by one; test_turns.py puts them between each other."""

from contextlib import suppress
from datetime import UTC, datetime, timedelta

import pytest
from django.conf import settings
from django.db import IntegrityError, transaction

from conversations.models import Account, Conversation
from workqueue.leases import YOUNG, Lease, LeaseLostError

pytestmark = pytest.mark.django_db(transaction=True)

NOW = datetime(2026, 11, 23, 12, 0, 0, 1, tzinfo=UTC)
SOON = NOW + timedelta(seconds=1)
rows = Conversation.objects


@pytest.fixture
def pk() -> int:
    return rows.create(account=Account.objects.ours(), customer_id="1", due_at=NOW).pk


def row(pk: int) -> Conversation:
    return rows.get(pk=pk)


def claim(pk: int, now: datetime = NOW) -> Lease[Conversation]:
    lease = rows.claim(pk, now)
    assert lease is not None
    return lease


def test_a_claim_takes_a_due_row_once(pk: int) -> None:
    lease = claim(pk)
    assert rows.claim(pk, NOW) is None
    found = row(pk)
    assert found.leased_until == found.due_at == lease.until == NOW + settings.LEASE
    assert found.tries == 1


def test_what_is_not_due_cannot_be_claimed(pk: int) -> None:
    rows.filter(pk=pk).update(due_at=SOON)
    assert rows.claim(pk, NOW) is None
    rows.filter(pk=pk).update(due_at=None)
    assert rows.claim(pk, NOW) is None


def test_a_dead_workers_row_comes_due_by_itself(pk: int) -> None:
    lease = claim(pk)
    later = lease.until + timedelta(microseconds=1)
    assert [found.pk for found in rows.due(later)] == [pk]
    claim(pk, later)
    assert row(pk).tries == 2


def test_a_claim_inside_a_transaction_is_refused(pk: int) -> None:
    with transaction.atomic(), pytest.raises(RuntimeError, match="transaction"):
        rows.claim(pk, NOW)


@pytest.mark.parametrize("again", [None, SOON])
def test_an_undisturbed_release_sets_the_alarm_that_was_asked_for(
    pk: int, again: datetime | None
) -> None:
    rows.release(claim(pk), again, NOW)
    found = row(pk)
    assert (found.leased_until, found.due_at, found.tries) == (None, again, 0)


@pytest.mark.parametrize("again", [None, SOON])
def test_a_wake_during_the_turn_survives_the_release(pk: int, again: datetime | None) -> None:
    lease = claim(pk)
    rows.wake(pk, NOW)
    assert rows.release(lease, again, NOW)
    assert row(pk).due_at == NOW


def test_a_wake_never_postpones_an_earlier_alarm(pk: int) -> None:
    rows.wake(pk, SOON)
    assert row(pk).due_at == NOW
    rows.filter(pk=pk).update(due_at=None)
    rows.wake(pk, SOON)
    assert row(pk).due_at == SOON


def test_an_earlier_own_alarm_beats_a_later_wake(pk: int) -> None:
    lease = claim(pk)
    rows.filter(pk=pk).update(due_at=SOON)
    assert rows.release(lease, NOW, NOW)
    assert row(pk).due_at == NOW


def test_a_renewal_moves_the_fence_and_keeps_a_wake(pk: int) -> None:
    lease = claim(pk)
    rows.renew(lease, SOON)
    assert row(pk).due_at == row(pk).leased_until == lease.until == SOON + settings.LEASE
    rows.wake(pk, NOW)
    rows.renew(lease, SOON + timedelta(seconds=1))
    assert row(pk).due_at == NOW
    assert rows.release(lease, None, NOW)
    assert row(pk).due_at == NOW


def test_a_lease_that_has_just_begun_is_held_and_not_made_longer(pk: int) -> None:
    lease = claim(pk)
    until = lease.until
    with transaction.atomic():
        assert rows.renew(lease, NOW + YOUNG - timedelta(microseconds=1)).pk == pk
    assert row(pk).leased_until == lease.until == until
    rows.filter(pk=pk).update(leased_until=SOON, due_at=SOON)  # somebody else's
    with pytest.raises(LeaseLostError), transaction.atomic():
        rows.renew(lease, NOW)


def test_a_renewal_that_is_rolled_back_leaves_the_fence_where_it_was(pk: int) -> None:
    lease = claim(pk)
    with suppress(ZeroDivisionError), transaction.atomic():
        rows.renew(lease, SOON)
        raise ZeroDivisionError
    assert not rows.release(lease, None, NOW)
    assert row(pk).leased_until is None


def test_a_lost_lease_can_neither_renew_nor_release(pk: int) -> None:
    lost = claim(pk)
    later = lost.until + timedelta(seconds=1)
    held = claim(pk, later)
    with pytest.raises(LeaseLostError):
        rows.renew(lost, later)
    assert not rows.release(lost, None, NOW)
    rows.back_off(lost, 1, later)
    assert row(pk).leased_until == row(pk).due_at == held.until


@pytest.mark.parametrize(
    ("tries", "seconds"), [(1, 2), (2, 4), (4, 16), (11, 2048), (12, 3600), (99, 3600)]
)
def test_backing_off_waits_longer_each_time_and_keeps_the_tries(
    pk: int, tries: int, seconds: int
) -> None:
    lease = claim(pk)
    rows.back_off(lease, tries, NOW)
    found = row(pk)
    assert found.due_at == NOW + timedelta(seconds=seconds)
    assert (found.leased_until, found.tries) == (None, 1)


def test_the_database_refuses_a_lease_without_an_alarm(pk: int) -> None:
    with pytest.raises(IntegrityError):
        rows.filter(pk=pk).update(leased_until=NOW, due_at=None)


def test_due_rows_come_oldest_first(pk: int) -> None:
    older = rows.create(
        account=Account.objects.ours(), customer_id="2", due_at=NOW - timedelta(hours=1)
    )
    assert [found.pk for found in rows.due(NOW)] == [older.pk, pk]
