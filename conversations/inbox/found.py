"""Messages that Meta's threads show and no webhook told of: found later, or from before our time.

Nothing here is answered and nobody is paused by it. What a customer wrote and nobody answered waits
for a person, as what came too late does; history waits for nobody and counts nowhere.
"""

import json
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from conversations import waiting
from conversations.inbox import echoes
from conversations.inbox.ledger import conversation_id, write
from conversations.models import (
    ANOTHER_APP,
    COMMENT,
    FOUND,
    Account,
    Conversation,
    Message,
    Origin,
    State,
    Verdict,
)
from conversations.retention import digests
from instagram.events import Echo, Incoming

HISTORY = "Imported from Instagram's history."
ANSWERED = {"verdict": Verdict.KEPT}
CLOCKS_DIFFER = timedelta(minutes=1)
# What we have called Meta for and do not know as whose message there.
_ON_ITS_WAY = (State.QUEUED, State.SENDING, State.UNKNOWN, State.SENT)


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
    or unsent does not come back.
    """
    conversation = conversation_id(items[0], account)
    Conversation.objects.raise_version(conversation)  # locks it, before its rows
    now, written = timezone.now(), list[Incoming | Echo]()
    for item in items:
        if digests.find(account.pk, item.mid) or _may_be_ours(item, conversation):
            continue
        columns = _of_history(item, now) if history else _of_found(item, conversation, now)
        if write(item, conversation, **columns) is not None:
            written.append(item)
    if not written:
        transaction.set_rollback(True)  # as if we had not looked: no conversation begins, either
        return 0
    heard = [item.at for item in written if isinstance(item, Incoming) and item.kind != COMMENT]
    if heard:
        Conversation.objects.hear_afterwards(conversation, max(heard))
    _keep_name(written, conversation)
    if is_answered:
        _waiting(conversation).filter(mid__in=[one.mid for one in written]).update(**ANSWERED)
    if not history:
        _leave_answered(conversation)
        waiting.recount(conversation)
    return len(written)


def _of_history(item: Incoming | Echo, now: datetime) -> dict[str, Any]:
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


def _may_be_ours(item: Incoming | Echo, conversation: int) -> bool:
    """Tell whether it may be a message of ours whose outcome is not known: it settles by itself."""
    if not isinstance(item, Echo):
        return False
    latest = item.at + CLOCKS_DIFFER
    called = Message.objects.filter(
        conversation=conversation, mid=None, state__in=_ON_ITS_WAY,
        called_at__gte=item.at - settings.UNKNOWN_HOLDS, called_at__lte=latest,
    )  # fmt: skip
    return any(row.reads_as(item.text) for row in called)


def _leave_answered(conversation: int) -> None:
    """Have what a person has answered since be history alone: it is on no list of staff's."""
    last = waiting.last_word(conversation)
    if last is not None:
        found = _waiting(conversation).filter(at__lt=last[1]).exclude(kind=COMMENT)
        found.update(**ANSWERED)


def _waiting(conversation: int) -> QuerySet[Message]:
    theirs = Message.objects.filter(conversation=conversation, origin=Origin.CUSTOMER)
    return theirs.filter(verdict=Verdict.TOO_OLD, found_at__isnull=False)


def _keep_name(written: list[Incoming | Echo], conversation: int) -> None:
    """Keep what the customer is called, where nothing is known: comments tell it."""
    names = [item.username for item in written if isinstance(item, Incoming) and item.username]
    if names:
        Conversation.objects.filter(pk=conversation, username="").update(username=names[-1])
