"""Messages that Meta's threads show and no webhook told of: found later, or from before our time.

Nothing here is answered. What a customer wrote and nobody answered waits for a person, as what came
too late does; what a person wrote in the app pauses the bot from then on. History waits for nobody,
pauses nobody and counts nowhere.
"""

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Exists, Max, OuterRef, QuerySet
from django.utils import timezone

from conversations import bot_pause, waiting
from conversations.inbox import echoes, own
from conversations.inbox.ledger import conversation_id, was_erased, write
from conversations.models import (
    ANOTHER_APP,
    BY_PERSON,
    COMMENT,
    FOUND,
    HISTORY,
    Account,
    Conversation,
    Message,
    Origin,
    State,
    Verdict,
)
from conversations.retention import digests
from instagram.events import Echo, Incoming

ANSWERED_THEN = "Answered between the backup and the restore."
ANSWERED = {"verdict": Verdict.PAUSED}  # a person has seen to it


@transaction.atomic(durable=True)
def record(
    items: Sequence[Incoming | Echo],
    account: Account,
    *,
    history: bool = False,
    is_answered: bool = False,
) -> int:
    """Write down what is missing of one customer's messages, oldest first; return how many.

    items: with their keys (key_of) as mids. is_answered: nobody has to see to them any more. Of
    each that is there already, be it since this very moment, nothing is changed; what was deleted
    or unsent does not come back. A send of ours of which nobody knew is confirmed.
    """
    items = _not_erased(items, account)
    if not items:
        return 0
    conversation = conversation_id(items[0], account)
    Conversation.objects.raise_version(conversation)  # locks it, before its rows
    new, is_changed = _new(items, conversation, account)
    now = timezone.now()
    written = _write_missing(new, conversation, now, history=history)
    if not written and not is_changed:
        transaction.set_rollback(True)  # as if we had not looked: no conversation begins, either
        return 0
    _hear(written, conversation, is_news=not history)
    if is_answered:
        _mark_answered(written, conversation, now)
    if not history:
        _pause(written, conversation)
        _update_waiting(conversation, account)
    return len(written)


def _not_erased(items: Sequence[Incoming | Echo], account: Account) -> Sequence[Incoming | Echo]:
    """Leave out what was erased with the customer; one question, of which there is one here."""
    erased_at = digests.erased_at(account.pk, items[0].customer)
    if erased_at is None:
        return items
    return [one for one in items if not was_erased(one, account, erased_at)]


def _new(
    items: Sequence[Incoming | Echo], conversation: int, account: Account
) -> tuple[list[Incoming | Echo], bool]:
    """Keep only what is not there in another shape; tell, too, whether a send was confirmed."""
    new, is_changed = list[Incoming | Echo](), False
    for item in items:
        if digests.find(account.pk, item.mid) or own.is_told(item, conversation):
            continue
        ours = own.find(item, conversation, account) if isinstance(item, Echo) else None
        if ours is None:
            new.append(item)
        else:
            is_changed |= own.arrived(ours, item.mid)
    return new, is_changed


def _write_missing(
    new: list[Incoming | Echo], conversation: int, now: datetime, *, history: bool
) -> list[Incoming | Echo]:
    """Return what was written down; what came since by a webhook is there already."""
    of = _of_history if history else _of_found
    return [
        item for item in new
        if write(item, conversation, **of(item, conversation, now)) is not None
        or _fill(item, conversation, now)
    ]  # fmt: skip


def _fill(item: Incoming | Echo, conversation: int, now: datetime) -> bool:
    """Write down what is in a message that a webhook announced and never brought.

    It is not marked as found later: staff were told that there is something to answer.
    """
    if isinstance(item, Echo):
        return False
    announced = Message.objects.announced().filter(mid=item.mid, conversation=conversation)
    return bool(
        announced.update(
            kind=item.kind, text=item.text, attachments=list(item.attachments),
            about=dict(item.about), verdict=Verdict.TOO_OLD, reason=FOUND, decided_at=now,
        )
    )  # fmt: skip


def _hear(written: list[Incoming | Echo], conversation: int, *, is_news: bool) -> None:
    heard = [item.at for item in written if isinstance(item, Incoming) and item.kind != COMMENT]
    if heard:
        Conversation.objects.hear_afterwards(conversation, max(heard), is_news=is_news)
    _keep_name(written, conversation)


def _pause(written: list[Incoming | Echo], conversation: int) -> None:
    """What a person wrote in the app pauses the bot, for as long as its echo would have."""
    echoes_of = [one.mid for one in written if isinstance(one, Echo)]
    persons = Message.objects.filter(BY_PERSON, conversation=conversation, mid__in=echoes_of)
    at = persons.aggregate(at=Max("at"))["at"]
    if at is not None:
        bot_pause.pause_after_app_message(conversation, at)


def _of_history(item: Incoming | Echo, _: int, now: datetime) -> dict[str, Any]:
    """With a reason it is no person's answer, and counts as none."""
    return _beside(item) | {"reason": HISTORY} | _decided(item, Verdict.KEPT, now)


def _of_found(item: Incoming | Echo, conversation: int, now: datetime) -> dict[str, Any]:
    found = _beside(item) | {"found_at": now}
    if isinstance(item, Echo):
        automatic = echoes.why_automatic(conversation, item.text, min(item.at, now))
        return found | {"reason": automatic} | _decided(item, Verdict.KEPT, now)
    of_another = Conversation.objects.filter(pk=conversation).exclude(other_app_at=None).exists()
    if of_another:
        return found | {"reason": ANOTHER_APP} | _decided(item, Verdict.STANDBY, now)
    return found | {"reason": FOUND} | _decided(item, Verdict.TOO_OLD, now)


def _decided(item: Incoming | Echo, verdict: Verdict, now: datetime) -> dict[str, Any]:
    """Return what is final: no turn ever looks at it."""
    if isinstance(item, Echo):
        return {"state": State.SENT}
    return {"verdict": verdict, "decided_at": now}


def _beside(item: Incoming | Echo) -> dict[str, Any]:
    return {"about": json.dumps(item.about)} if item.about else {}


def _mark_answered(written: list[Incoming | Echo], conversation: int, now: datetime) -> None:
    """Nobody has to see to these any more."""
    theirs = _waiting(conversation).filter(mid__in=[one.mid for one in written])
    theirs.update(**ANSWERED, done_at=now)


def _update_waiting(conversation: int, account: Account) -> None:
    """Tell anew who waits for a person, after what was answered meanwhile."""
    _leave_answered(conversation)
    _leave_answered_before_restore(conversation, account)
    waiting.recount(conversation)


def _leave_answered(conversation: int) -> None:
    """What a person has answered since is on no list of staff's that is to be worked off."""
    theirs = _waiting(conversation).exclude(kind=COMMENT)
    theirs.filter(waiting.answers_found(conversation)).update(**ANSWERED)


def _leave_answered_before_restore(conversation: int, account: Account) -> None:
    """Between a backup and its restore the bot answered, too; what it said looks like another's."""
    if account.restored_at is None:
        return
    later = Message.objects.filter(
        conversation=conversation, origin=Origin.APP, state=State.SENT,
        at__gte=OuterRef("at"), at__lte=account.restored_at,
    )  # fmt: skip
    theirs = _waiting(conversation).exclude(kind=COMMENT).filter(Exists(later))
    theirs.update(**ANSWERED, done_at=timezone.now(), reason=ANSWERED_THEN)


def _waiting(conversation: int) -> QuerySet[Message]:
    theirs = Message.objects.filter(conversation=conversation, origin=Origin.CUSTOMER)
    return theirs.filter(verdict=Verdict.TOO_OLD, found_at__isnull=False)


def _keep_name(written: list[Incoming | Echo], conversation: int) -> None:
    """Keep what the customer is called, where nothing is known: comments tell it."""
    names = [item.username for item in written if isinstance(item, Incoming) and item.username]
    if names:
        Conversation.objects.filter(pk=conversation, username="").update(username=names[-1])
