"""Sending is held after a backup was restored, until a person lifts the hold.

Nothing leaves meanwhile, whoever wrote it; what customers write is taken, read and decided as ever.
The worker compares what was open in the backup with Instagram's threads (outbox.comparison), then
looks for what came after it (recovery). Nobody else writes these columns of an account, but that
the comparison notes its end.
"""

from dataclasses import dataclass
from datetime import datetime

import structlog
from django.db import transaction
from django.utils import timezone

from audit import trail
from audit.trail import Kind
from conversations.account import identity
from conversations.account import pause as account_pause
from conversations.models import Account, MissedLook, SilenceWatch
from conversations.outbox import comparison
from conversations.recovery import upkeep as recovery
from shop import tuning

log = structlog.get_logger("hold")

SWITCHED_OFF = "the setting “Look for missed messages every” is 0"
NEVER_BEGUN = "no worker had run for this account when the backup was made"
NOT_RECOGNISED = "no message that a webhook brought was recognised in Instagram's threads yet"


@dataclass(frozen=True, slots=True)
class Hold:
    """An account that sends nothing, and how far it is.

    to_compare: messages that are not compared yet; is_looked: what no webhook told of was looked
    for since; why_not: why nothing of before the restore is looked for (empty: it is).
    """

    account: Account
    to_compare: int
    is_compared: bool
    is_looked: bool
    why_not: str

    @property
    def is_ready(self) -> bool:
        return self.is_compared and (self.is_looked or bool(self.why_not))


def begin(backup_at: datetime, now: datetime) -> None:
    """Hold all accounts, whose rows are those of a backup of then; part of its transaction."""
    Account.objects.ours()  # nothing may have been read or sent yet, and so there is no row of it
    Account.objects.update(
        sending_held=True, restored_at=now, backup_at=backup_at, compared_at=None
    )
    recovery.look_anew(now)
    # Nothing could come since the backup: that is no silence.
    SilenceWatch.objects.update(watched_since=now)


def holds() -> list[Hold]:
    """Return the accounts that are held and may be seen, the first one first."""
    rows = Account.objects.seen().filter(sending_held=True).order_by("pk")
    return [_read(account) for account in rows]


def _read(account: Account) -> Hold:
    open_ones = comparison.left_open(account).count()
    look = MissedLook.objects.filter(pk=account.pk).first()
    why_not = _why_not(look, account.restored_at)
    is_looked = bool(
        look and account.restored_at and not why_not and look.looked_at >= account.restored_at
    )
    is_compared = account.compared_at is not None and not open_ones
    return Hold(account, open_ones, is_compared, is_looked, why_not)


def _why_not(look: MissedLook | None, restored_at: datetime | None) -> str:
    if not tuning.get("missed_minutes"):
        return SWITCHED_OFF
    # What is older than its row was never awaited.
    if look is None or (restored_at is not None and look.began_at >= restored_at):
        return NEVER_BEGUN
    return "" if look.recognised_at else NOT_RECOGNISED


def lift(account_id: int, by: str) -> int | None:
    """Let messages go again; return how many are left to staff, since they were not compared.

    None: it is not held. What is told of only now and may be of before is compared all the same.
    """
    account = Account.objects.filter(pk=account_id, sending_held=True).first()
    if account is None:
        return None
    left = comparison.leave_all(account)
    now = timezone.now()
    Account.objects.filter(pk=account_id, compared_at=None).update(compared_at=now)
    with transaction.atomic():
        Account.objects.filter(pk=account_id).update(sending_held=False)
        said = f"let {account} send messages again after a restore"
        trail.record(Kind.SETTING, said + trail.on_behalf_of(by))
    identity.forget()
    account_pause.wake(account_id)
    log.warning("hold_lifted", account=account_id, by=by, left_to_staff=left)
    return left
