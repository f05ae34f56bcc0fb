"""What happens to a message afterwards: unsent, edited, reacted to, seen. None is answered.

Each has its own idempotency: a second delivery finds the mark there and changes nothing. An unsend
or an edit that comes before its message writes a row that the message finds.
"""

from dataclasses import replace
from datetime import datetime
from typing import Any

from django.db.models import Case, F, Q, Value, When
from django.utils import timezone

from conversations import erasure, waiting
from conversations.inbox.ledger import (
    EARLY,
    NOT_KEPT,
    UNSENT,
    Recorded,
    conversation_id,
    deleted,
    insist_not_erased,
    kind_of,
    known,
)
from conversations.models import (
    BY_ENGINES,
    GONE,
    LATE,
    Account,
    Conversation,
    Message,
    Origin,
    State,
    Verdict,
)
from conversations.outbox import states
from conversations.retention import digests, journal
from instagram.events import ANNOUNCED, EDIT, Edited, Mark, Reacted, Seen, Unsent

BY_CUSTOMER = "Unsent by the customer."
NOT_ANSWERED_YET = (Verdict.UNDECIDED, *LATE)
CAME_FIRST = "Arrived before its message."


def unsend(mark: Unsent, account: Account) -> Recorded:
    """Erase the message, and cancel what would have answered it."""
    kind, now = kind_of(mark), timezone.now()
    if deleted(mark, kind, account):
        digests.unsent(account.pk, mark.mid)
        journal.note_message(account.pk, mark.mid, now)
        return Recorded(UNSENT, kind, NOT_KEPT)
    origin: dict[str, Any] = {"origin": Origin.APP, "state": State.SENT}
    if not mark.by_shop:
        origin = {"origin": Origin.CUSTOMER} | _kept(BY_CUSTOMER, now)
    placeholder = _insert_placeholder(mark, account, now, kind=GONE, unsent_at=now, **origin)
    if placeholder is not None:
        journal.note_message(account.pk, mark.mid, now)  # a backup may have it, unread
        return Recorded(UNSENT, kind, CAME_FIRST, message=placeholder)
    pk, conversation = Message.objects.values_list("pk", "conversation").get(mid=mark.mid)
    # The conversation before its message, as everybody locks them.
    Conversation.objects.raise_version(conversation)
    rows = Message.objects.filter(pk=pk, unsent_at=None)
    rows.filter(verdict__in=NOT_ANSWERED_YET).update(**_kept(BY_CUSTOMER, now))
    rows.filter(verdict__in=BY_ENGINES).update(reason=BY_CUSTOMER)  # it said what was found in it
    answered_with = Message.objects.values_list("why", flat=True).get(pk=pk).get("answered_with")
    erased = erasure.erase(pk, now)
    if answered_with:
        erasure.forget_reading(answered_with)
    _cancel_answers(answered_with or pk, conversation)
    waiting.recount(conversation)
    return Recorded(UNSENT if erased else "duplicate", kind, message=pk)


def _cancel_answers(question: int, conversation: int) -> None:
    """Cancel what is not sent yet, unless a message is left that has its answer there."""
    thread = Message.objects.filter(conversation=conversation, origin=Origin.CUSTOMER)
    theirs = Q(pk=question) | Q(why__answered_with=question)
    if not thread.filter(theirs, unsent_at=None).exists():
        states.cancel_answers(question, "Cancelled: the customer unsent the message.")


def edit(mark: Edited, account: Account) -> Recorded:
    """Change the text, unless a later edit has."""
    kind, now = kind_of(mark), timezone.now()
    there = Message.objects.filter(mid=mark.mid).values_list("conversation", "kind").first()
    gone = None if there else deleted(mark, kind, account)
    if gone:
        return gone
    waits = there[0] if there and there[1] == ANNOUNCED else None
    # First: it locks the conversation.
    if waits is not None:  # it waits for its text, and need not any more
        Conversation.objects.wake(waits, now)
    elif there:
        Conversation.objects.raise_version(there[0])
    if _reword(mark, now):
        return replace(known(mark, kind, "edited"), conversation=waits)
    if not mark.by_shop:
        conversation = conversation_id(mark, account)
        Conversation.objects.wake(conversation, now)  # it waits for the message itself
        placeholder = _insert_placeholder(
            mark, account, now, kind=ANNOUNCED, text=mark.text, edits=mark.number, edited_at=now,
            origin=Origin.CUSTOMER, verdict=Verdict.UNDECIDED,
        )  # fmt: skip
        if placeholder is not None:
            return Recorded("edited", kind, CAME_FIRST, conversation, placeholder)
        if _reword(mark, now):  # the message came just now
            return known(mark, kind, "edited")
    return _known(mark, "duplicate", account)


def _reword(mark: Edited, now: datetime) -> bool:
    rows = Message.objects.filter(mid=mark.mid, edits__lt=mark.number, unsent_at=None)
    is_read_now = Case(When(kind=ANNOUNCED, edits=0, then=Value(EDIT)), default=F("kind"))
    reworded = rows.update(
        text=mark.text, text_before=F("text"), edits=mark.number, edited_at=now, kind=is_read_now
    )
    return bool(reworded)


def react(mark: Reacted, account: Account) -> Recorded:
    """Put the newest reaction on the message, or take it off."""
    older = Q(reacted_at=None) | Q(reacted_at__lt=mark.at)
    rows = Message.objects.filter(older, mid=mark.mid, unsent_at=None)
    for conversation in rows.values_list("conversation", flat=True):  # one, or none
        Conversation.objects.raise_version(conversation)
    changed = rows.update(reaction=mark.emoji, reacted_at=mark.at)
    return _known(mark, "marked" if changed else "duplicate", account)


def see(mark: Seen, account: Account) -> Recorded:
    """Mark what we sent up to this message as seen."""
    target = Message.objects.filter(mid=mark.mid).first()
    if target is None:
        return _known(mark, EARLY, account)
    until = Q(at__lt=target.at) | Q(at=target.at, pk__lte=target.pk)
    ours = Message.objects.filter(until, conversation=target.conversation_id, state=State.SENT)
    Conversation.objects.raise_version(target.conversation_id)
    changed = ours.filter(seen_at=None).update(seen_at=mark.at)
    return _known(mark, "marked" if changed else "duplicate", account)


def _known(mark: Mark, outcome: str, account: Account) -> Recorded:
    found = known(mark, kind_of(mark), outcome)
    if found.message is not None:
        return found
    if gone := digests.find(account.pk, mark.mid):
        if gone.was_unsent:
            insist_not_erased(mark, account)
        return Recorded("duplicate", found.kind, NOT_KEPT)
    insist_not_erased(mark, account)  # we may never have had its message
    return Recorded(EARLY, found.kind, "Its message has not arrived.")


def _kept(reason: str, now: datetime) -> dict[str, Any]:
    return {"verdict": Verdict.KEPT, "reason": reason, "decided_at": now}


def _insert_placeholder(mark: Mark, account: Account, now: datetime, **columns: Any) -> int | None:
    """Write a row that the message will find; None: the message is there already."""
    conversation = conversation_id(mark, account)
    Conversation.objects.raise_version(conversation)
    return Message.objects.insert(
        {
            "conversation_id": conversation,
            "mid": mark.mid,
            "text": "",
            "at": min(mark.at, now),
            "created_at": now,
            **columns,
        }
    )
