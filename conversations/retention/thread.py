"""What of a conversation may go: its messages from before some day, the notes and drafts as old.

Never what somebody has still to see to: what is not decided, not sent or not settled; what stands
on a list of staff's (late messages, the outbox); what waits for an answer, and what came after it.
Never a message without its answers, nor they without it: each goes when all of them may. Never a
person's last word while a message is kept that it answered, or that would wait once more. And
nothing goes before the figures of its day know it.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Q, QuerySet, Sum, TextField
from django.db.models.functions import Cast, Coalesce, Length

from conversations import waiting
from conversations.models import (
    LATE,
    AccountDay,
    Attempt,
    Conversation,
    Draft,
    Message,
    Note,
    Picture,
    State,
    Verdict,
)
from conversations.retention import bites, digests, staff_log
from conversations.retention.bites import Age, Bite, Count, Found

# What staff, or a worker, have still to do something about.
OPEN_STATES = (State.QUEUED, State.SENDING, State.UNKNOWN, State.UNDECIDED, State.FAILED)
_OPEN = Q(verdict__in=[Verdict.UNDECIDED, *LATE]) | Q(state__in=OPEN_STATES)
# When Meta told of a message, or we of it, for the last time: it may be told once more.
_TOLD = ("created_at", "decided_at", "called_at", "sent_at", "edited_at", "unsent_at")
MESSAGES, NOTES, DRAFTS, PICTURES = "messages", "notes", "drafts", "pictures"
INSIDE = (Message, Note, Draft, Picture)  # a conversation
_TEXTS = ("text", "text_before", "search_text", "payload", "reason", "error")
_OBJECTS = ("attachments", "about", "content", "why")
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Going:
    """Rows that may go, by their ids."""

    messages: list[int]
    notes: list[int]
    drafts: list[int]
    pictures: list[int]  # of these messages, and old ones that no message has

    def __bool__(self) -> bool:
        return bool(self.messages or self.notes or self.drafts or self.pictures)

    def is_all_of(self, conversation: int) -> bool:
        """Tell whether nothing else is in the conversation."""
        every = (self.messages, self.notes, self.drafts, self.pictures)
        for model, going in zip(INSIDE, every, strict=True):
            rows = model._default_manager.filter(conversation=conversation)  # noqa: SLF001 - Django's public API
            if rows.exclude(pk__in=going).exists():
                return False
        return True

    def count(self) -> dict[str, Count]:
        """Count them, with the content that they have."""
        return {
            MESSAGES: Count(len(self.messages), _size(Message, self.messages, _TEXTS, _OBJECTS)),
            NOTES: Count(len(self.notes), _size(Note, self.notes, ("text", "search_text"))),
            DRAFTS: Count(len(self.drafts), _size(Draft, self.drafts, ("text",))),
            PICTURES: Count(len(self.pictures), _size(Picture, self.pictures, ("data",))),
        }

    def numbers(self) -> dict[str, Count]:
        counts = {
            MESSAGES: self.messages, NOTES: self.notes, DRAFTS: self.drafts,
            PICTURES: self.pictures,
        }  # fmt: skip
        return {name: Count(len(pks)) for name, pks in counts.items()}


def _size(model: Any, pks: list[int], texts: Iterable[str], objects: Iterable[str] = ()) -> int:
    if not pks:
        return 0
    lengths = [Coalesce(Length(name), 0) for name in texts]
    lengths += [Coalesce(Length(Cast(name, TextField())), 0) for name in objects]
    total = lengths[0]
    for one in lengths[1:]:
        total = total + one  # type: ignore[assignment]  # an expression, too
    rows = model.objects.filter(pk__in=pks)
    return int(rows.aggregate(size=Sum(total))["size"] or 0)


@dataclass(frozen=True, slots=True)
class Threads:
    """Old messages, walked in the order of their times, a conversation at a time."""

    name: str = MESSAGES
    setting: str = "keep_messages_days"

    def bite(self, age: Age, place: Any) -> Bite:
        """Look at the next old messages, and delete what may go of their conversations."""
        if figures_are_behind(age):
            return Bite(place=place, waits=True)
        # Served by the index message_at.
        rows = bites.after(Message.objects.filter(at__lt=age.before), "at", place)
        listed = list(rows.values_list("at", "pk", "conversation")[: bites.size()])
        is_over = len(listed) < bites.size()
        found = Bite(place=None if is_over else bites.place_of(*listed[-1][:2]))
        for conversation in dict.fromkeys(talk for _, _, talk in listed):
            found.add(take(conversation, age))
        return found

    def count(self, age: Age) -> Found:
        """Count what may go, and how many old messages stay."""
        found, old = Found(), Message.objects.filter(at__lt=age.before).order_by()
        for pk in old.values_list("conversation", flat=True).distinct().iterator():
            found.add(choose(Conversation.objects.get(pk=pk), age).count())
        found.stay = old.count() - found.gone[MESSAGES].rows if found.gone else 0
        return found


def figures_are_behind(age: Age) -> bool:
    """Tell whether a day is still to be counted from messages that might go."""
    last = age.before.date() + 2 * _DAY  # by whatever clock
    return AccountDay.objects.are_behind(last)


@transaction.atomic
def take(conversation: int, age: Age) -> dict[str, Count]:
    """Delete what may go of a conversation, some of it at a time; return what went.

    Nothing, where somebody else is at it right now.
    """
    row = bites.locked(Conversation.objects.filter(pk=conversation)).first()
    going = choose(row, age, bites.size()) if row else None
    if not row or not going or not Conversation.objects.raise_counted(row.pk):
        return {}
    if figures_are_behind(age):  # since this very moment
        transaction.set_rollback(True)
        return {}
    delete(row, going)
    return going.numbers()


def choose(row: Conversation, age: Age, most: int | None = None) -> Going:
    """Return what may go of a conversation; most: about so many messages."""
    if row.needs_person and row.waiting_since is None:  # flagged by a version before this one
        return Going([], [], [], [])
    before = min(age.before, row.waiting_since or age.before)
    notes = Note.objects.filter(conversation=row.pk, at__lt=before)
    # A colleague who was told of it has not looked yet.
    unseen = Q(mentions__seen_at=None, mentions__user__is_active=True)
    told = notes.filter(unseen).values("pk")
    drafts = Draft.objects.filter(conversation=row.pk, written_at__lt=before)
    messages = _choose_messages(row, age, before, most)
    mine = Picture.objects.filter(conversation=row.pk)
    pictures = mine.filter(Q(message__in=messages) | Q(message=None, uploaded_at__lt=before))
    return Going(
        messages,
        list(notes.exclude(pk__in=told).values_list("pk", flat=True)),
        list(drafts.values_list("pk", flat=True)),
        list(pictures.values_list("pk", flat=True)),
    )


def _choose_messages(row: Conversation, age: Age, before: datetime, most: int | None) -> list[int]:
    thread = Message.objects.filter(conversation=row.pk)
    old = _rested(thread.filter(at__lt=before).exclude(_OPEN), age)
    targets = dict(old.order_by("at", "pk").values_list("pk", "in_reply_to")[:most])
    # With their answers, however many that makes.
    answers = old.filter(in_reply_to__in=list(targets)).exclude(pk__in=list(targets))
    targets |= dict(answers.values_list("pk", "in_reply_to"))
    _keep_last_words(row, targets)
    _keep_together(thread, targets)
    return sorted(targets)


def _rested(rows: QuerySet[Message], age: Age) -> QuerySet[Message]:
    """Keep only those of which nothing was told for a week."""
    for name in _TOLD:
        rows = rows.filter(Q(**{name: None}) | Q(**{f"{name}__lt": age.rested_since}))
    return rows


def _keep_last_words(row: Conversation, targets: dict[int, int | None]) -> None:
    """Leave a person's last words out while something is kept that would wait without them."""
    words = [word for word in waiting.last_words(row.pk) if word[0] in targets]
    if not words:
        return
    kept = waiting.in_need(row.pk).exclude(pk__in=list(targets))
    for pk, at in words:
        if row.flagged_at is not None or kept.filter(at__lte=at).exists():
            targets.pop(pk, None)


def _keep_together(thread: QuerySet[Message], targets: dict[int, int | None]) -> None:
    """Leave out messages whose answers stay, and answers whose message stays, until all fit."""
    while True:
        there = list(targets)
        answers = thread.filter(in_reply_to__in=there).exclude(pk__in=there)
        blocked = set(answers.values_list("in_reply_to", flat=True))
        blocked |= {pk for pk, target in targets.items() if target and target not in targets}
        if not blocked:
            return
        for pk in blocked:
            targets.pop(pk or 0, None)


def delete(row: Conversation, going: Going, *, erased: bool = False) -> None:
    """Delete these rows of a conversation that is locked; remember the messages by digests.

    erased: whatever brings one back brings back what must not be kept, as of one that was unsent.
    """
    messages = Message.objects.filter(pk__in=going.messages)
    mids = messages.exclude(mid=None).values_list("mid", "unsent_at")
    digests.remember(row.account_id, [(mid, erased or at is not None) for mid, at in mids if mid])
    staff_log.forget_messages(going.messages)
    Attempt.objects.filter(message__in=going.messages).delete()
    Picture.objects.filter(pk__in=going.pictures).only("pk").delete()
    messages.only("pk").delete()
    Note.objects.filter(pk__in=going.notes).only("pk").delete()
    Draft.objects.filter(pk__in=going.drafts).delete()
