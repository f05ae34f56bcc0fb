"""The switch that silences the bot for everybody, who turned it, and when.

Nobody else writes its columns. It is one row, the account's, which each turn and each send reads
in a statement that it makes anyway. So from the click on no message of the bot begins to be sent,
in no process. What customers write meanwhile is kept and waits for people; switching on again
answers none of it by itself.
"""

from collections.abc import Iterator

import structlog
from django.db import transaction
from django.utils import timezone

from audit import trail
from audit.trail import Kind
from conversations import waiting
from conversations.account import identity
from conversations.models import (
    OPEN,
    Account,
    Conversation,
    Message,
    Origin,
    State,
    is_called,
    why_off,
)
from conversations.outbox import states
from instagram.limits import MAX_ID

log = structlog.get_logger("bot_switch")


def accounts(name: str = "") -> list[Account]:
    """Return our account of this Instagram ID or username, else all; none: there is none.

    All, also those that are disconnected: connected again they stay silent.
    """
    rows = Account.objects.seen().order_by("pk")
    if name:
        return list(rows.filter(is_called(name)))
    return list(rows) or [Account.objects.ours()]


def all_in_turn() -> Iterator[Account]:
    """Return our accounts, at last those that are connected while the others are switched."""
    done: set[int] = set()
    while rows := [row for row in accounts() if row.pk not in done]:
        yield from rows
        done |= {row.pk for row in rows}


def switch_off(account_id: int, by: str) -> int | None:
    """Silence the bot for everybody; return how many messages that it had queued are cancelled.

    None: it is off already, and whoever has switched it off stays named. A message that is being
    sent at this moment still arrives. What people write goes on.
    """
    name = by[:MAX_ID] or "staff"
    is_on = Account.objects.filter(pk=account_id, bot_off_by="")
    with transaction.atomic():
        if not is_on.update(bot_off_by=name, bot_off_at=timezone.now()):
            return None
        _record("off", account_id, name)
    identity.forget()
    log.warning("bot_switched_off", account=account_id, by=name)
    return _cancel_what_is_queued(account_id, why_off(name))


def switch_on(account_id: int, by: str) -> bool:
    """Let the bot answer again what comes from now on; False: it is on already."""
    is_off = Account.objects.filter(pk=account_id).exclude(bot_off_by="")
    with transaction.atomic():
        if not is_off.update(bot_off_by=""):
            return False
        _record("on", account_id, by)
    identity.forget()
    log.warning("bot_switched_on", account=account_id, by=by)
    return True


def _record(to: str, account_id: int, by: str) -> None:
    said = f"switched the bot of {Account.objects.get(pk=account_id)} {to}"
    trail.record(Kind.SETTING, said + trail.on_behalf_of(by))


def _cancel_what_is_queued(account_id: int, why: str) -> int:
    """Cancel what the bot has not sent yet, and let its customers wait for a person.

    One conversation at a time, so that nobody waits for a lock that waits for another. What this
    misses, as an answer that is written at this very moment, the gate refuses.
    """
    queued = Message.objects.filter(
        OPEN, state=State.QUEUED, origin=Origin.BOT, staff="", conversation__account=account_id
    )
    cancelled = 0
    for conversation in sorted(set(queued.values_list("conversation", flat=True))):
        with transaction.atomic():
            Conversation.objects.raise_version(conversation)
            cancelled += states.cancel_of_bot(conversation, why)
            waiting.recount(conversation)
    return cancelled
