"""Which customers wait for a person, since when, who has them, and until when they are put off.

Nobody else writes these columns of a conversation. Who waits is a function of the rows: recount()
computes it anew, in the transaction of each change that may change it. It locks the conversation
before it reads its messages, so of two changes at once the one that commits last has seen both.

A message needs an answer where nobody gave one (NEEDS_ANSWER), where what the bot answered failed
or was cancelled, or where it was flagged for the team. A direct message is served by a person's
direct message with a later time, a comment by a reply to it; Done marks what the person saw. What
was found later is served by what was written in the app since, or here since it was found.
Staff, or what went wrong, may flag the conversation itself: then it waits since the customer's
last message before that. `needs_person` says whether a flag is among the reasons.
"""

from collections.abc import Collection
from datetime import datetime, time, timedelta
from enum import StrEnum
from typing import Any

import structlog
from django.contrib.auth import get_user_model
from django.db import transaction
from django.db.models import Count, Exists, Min, OuterRef, Q, QuerySet
from django.utils import timezone

from backoffice.reach import within
from conversations.models import (
    BY_PERSON,
    COMMENT,
    NEEDS_ANSWER,
    NOT_SAID,
    PERSONS,
    TO_COMMENTS,
    Conversation,
    Message,
    Origin,
    State,
    Verdict,
)
from shop.current import current_shop
from workqueue import sql

log = structlog.get_logger("waiting")

BACK_AT = time(9)
LONGEST_PUT_OFF = timedelta(days=366)


class PutOff(StrEnum):
    """Until when staff put a conversation off, if they do not say a time of their own."""

    HOURS = "hours"
    TOMORROW = "tomorrow"
    MONDAY = "monday"

    def ends_at(self, now: datetime) -> datetime:
        """Return when a conversation is back that is put off now."""
        shop = current_shop()
        ends = {
            PutOff.HOURS: now + timedelta(hours=3),
            PutOff.TOMORROW: shop.tomorrow_at(BACK_AT, now),
            PutOff.MONDAY: shop.monday_at(BACK_AT, now),
        }
        return ends[self]


def lock(conversation_id: int) -> Conversation:
    """Lock a conversation until the commit, before any of its messages, as everybody does."""
    return Conversation.objects.select_for_update(no_key=True).get(pk=conversation_id)


@transaction.atomic
def recount(conversation_id: int) -> dict[str, Any]:
    """Compute anew since when the customer waits; return the columns as they are now."""
    return _recount(*_read(conversation_id))


@transaction.atomic
def flag(conversation_id: int, at: datetime) -> dict[str, Any]:
    """Ask for a person; a flag that is up already stays. Return the columns as they are now.

    at: when it became so; what a person has written since then answers it.
    """
    row, changes = _read(conversation_id)
    if _flagged_at(row, _last_by_person(row.pk)) is None:
        row.flagged_at = changes["flagged_at"] = at
    return _recount(row, changes)


@transaction.atomic
def done(conversation_id: int, seen: int, now: datetime) -> bool:
    """A person has done what there was to do, having seen the messages up to this id.

    What came after them goes on waiting: tells whether nothing did. What does not wait now is not
    marked: an answer that is still on its way, the bot's or a person's, may yet fail.
    """
    row, _ = _read(conversation_id)
    waiting = _waiting(row.pk, _last_by_person(row.pk))
    if waiting.filter(pk__lte=seen).update(done_at=now):
        Conversation.objects.raise_version(row.pk)
    over = [name for name in ("flagged_at", "put_off_until") if getattr(row, name)]
    changes: dict[str, Any] = dict.fromkeys(over)
    row.flagged_at = None
    if row.assignee_id is not None and row.closed_at is None:
        changes["closed_at"] = now
    columns = _recount(row, changes)
    log.info("done", conversation=conversation_id, seen=seen)
    return columns["waiting_since"] is None


def put_off(conversation_id: int, until: datetime | None, by: str) -> None:
    """Put a conversation off until then, or take it back (None); the customer's word does, too."""
    put_off = Conversation.objects.filter(pk=conversation_id)
    put_off.update(put_off_until=until, **({"closed_at": None} if until else {}))
    log.info("put_off", conversation=conversation_id, by=by)


class Assigned(StrEnum):
    """What became of the wish to give a conversation to somebody."""

    GIVEN = "given"
    HAS_IT = "has it"  # as before
    TAKEN = "taken"  # somebody else has got it meanwhile


def assign(
    conversation_id: int, user_id: int | None, seen: int | None, *, anyway: bool = False
) -> Assigned:
    """Give a conversation to somebody, or to nobody, if it still belongs to whom the person saw.

    seen: who had it then; anyway: whoever has it.
    """
    rows = Conversation.objects.filter(pk=conversation_id)
    if not anyway:
        rows = rows.filter(Q(assignee=seen) | Q(assignee=user_id) | Q(assignee=None))
    given = {"assignee": user_id, "assigned_at": timezone.now(), "closed_at": None}
    has_it = Q(assignee=user_id, closed_at=None) if user_id else Q(assignee=None)
    if rows.exclude(has_it).update(**given):
        return Assigned.GIVEN
    return Assigned.HAS_IT if rows.exists() else Assigned.TAKEN


def give_back(user_id: int, accounts: Collection[int]) -> int:
    """Let nobody have what somebody has of other accounts than these; return how much that was.

    They may not see it any more, and nobody else would find it unassigned.
    """
    with within(None):
        theirs = Conversation.objects.filter(assignee=user_id).exclude(account__in=accounts)
        given = 0
        for pk in theirs.order_by("pk").values_list("pk", flat=True):  # one lock at a time
            rows = Conversation.objects.filter(pk=pk, assignee=user_id)
            given += rows.update(assignee=None, assigned_at=None)
    return given


def leave(conversation_id: int) -> None:
    """Nobody waits here, and nobody has it: its customer is being erased."""
    Conversation.objects.filter(pk=conversation_id).update(
        waiting_since=None, flagged_at=None, needs_person=False, put_off_until=None,
        assignee=None, assigned_at=None, closed_at=None,
    )  # fmt: skip


def take(conversation: Conversation, by: str) -> None:
    """Whoever replies has a conversation that nobody had."""
    if conversation.assignee_id is not None:
        return
    user = get_user_model().objects.filter(username=by).values_list("pk", flat=True).first()
    if user is not None:
        nobodys = Conversation.objects.filter(pk=conversation.pk, assignee=None)
        nobodys.update(assignee=user, assigned_at=timezone.now(), closed_at=None)


def in_need(conversation_id: int) -> QuerySet[Message]:
    """Return the messages that need an answer, or did until a person wrote the last word."""
    return _waiting(conversation_id, None)


def last_words(conversation_id: int) -> list[tuple[int, datetime]]:
    """Return the last direct messages that a person wrote, anywhere and in the app, and when.

    They answer all before them: in the app also what was found later.
    """
    rows = _by_person(conversation_id).exclude(kind__in=TO_COMMENTS).order_by("-at", "-pk")
    words = rows.values_list("pk", "at")
    found = (words.first(), words.filter(origin=Origin.APP).first())
    return [word for word in found if word is not None]


def has_answered_since(conversation_id: int, at: datetime) -> bool:
    """Tell whether a person has written a direct message since."""
    last = _last_by_person(conversation_id)
    return last is not None and last > at


def answers_found(conversation_id: int) -> Exists:
    """Keep only messages that were found later and that a person answered who could see them.

    Whoever writes in the app sees the whole thread; here it was not before it was found.
    """
    words = _by_person(conversation_id).exclude(kind__in=TO_COMMENTS)
    in_app = Q(origin=Origin.APP, at__gt=OuterRef("at"))
    return Exists(words.filter(in_app | Q(at__gt=OuterRef("found_at"))))


def _read(conversation_id: int) -> tuple[Conversation, dict[str, Any]]:
    """Lock and return the row, and what is to be written with the next change of it.

    A process of an earlier version may have flagged it without writing down when.
    """
    row = lock(conversation_id)
    by_message = Message.objects.filter(conversation=row.pk, flagged=True)
    if not row.needs_person or row.flagged_at is not None or by_message.exists():
        return row, {}
    row.flagged_at = _last_said(row, row.last_inbound_at or row.created_at)
    return row, {"flagged_at": row.flagged_at}


def _recount(row: Conversation, changes: dict[str, Any]) -> dict[str, Any]:
    """Write the changes, and who waits after them."""
    person = _last_by_person(row.pk)
    found = _waiting(row.pk, person).aggregate(
        since=Min("at"), flagged=Count("pk", filter=Q(flagged=True))
    )
    times = [found["since"]]
    flagged_at = _flagged_at(row, person)
    if flagged_at is not None:
        times.append(_last_said(row, flagged_at))
    columns = {
        "waiting_since": min((time for time in times if time), default=None),
        "needs_person": flagged_at is not None or bool(found["flagged"]),
    }
    changes = changes | {
        name: value for name, value in columns.items() if getattr(row, name) != value
    }
    if columns["waiting_since"]:  # it is open, whoever was done with it
        changes.pop("closed_at", None)
        changes |= {"closed_at": None} if row.closed_at else {}
    if changes:
        Conversation.objects.filter(pk=row.pk).update(**changes)
    return columns


def _waiting(conversation_id: int, person: datetime | None) -> QuerySet[Message]:
    """Return the messages that need an answer and have none; served by message_needs_answer.

    person: when a person last wrote a direct message.
    """
    open_ones = Message.objects.filter(
        conversation=conversation_id, done_at=None, unsent_at=None
    ).exclude(verdict=Verdict.UNDECIDED)
    needs = Q(verdict__in=sql.literals(NEEDS_ANSWER)) | Q(flagged=True)
    if unsaid := _whose_answer_failed(conversation_id):
        needs |= Q(pk__in=unsaid) | Q(why__answered_with__in=unsaid)
    rows = open_ones.filter(needs, origin=Origin.CUSTOMER)
    if person is not None:
        unseen = Q(found_at__isnull=False) & ~answers_found(conversation_id)
        rows = rows.filter(Q(kind=COMMENT) | Q(at__gte=person) | unseen)
    replies = _by_person(conversation_id).filter(kind__in=TO_COMMENTS, in_reply_to=OuterRef("pk"))
    return rows.exclude(Q(Exists(replies), kind=COMMENT))


def _whose_answer_failed(conversation_id: int) -> list[int]:
    """Return the messages of whose answer a part was not said; served by message_not_said."""
    unsaid = Message.objects.filter(
        conversation=conversation_id, origin=Origin.BOT, state__in=sql.literals(NOT_SAID)
    )
    questions = unsaid.values_list("in_reply_to", flat=True).distinct()
    return [pk for pk in questions if pk is not None]


def _by_person(conversation_id: int) -> QuerySet[Message]:
    """Return what people have said, or are about to; served by message_by_person."""
    # The origins are said once more so that the index is seen to fit.
    rows = Message.objects.filter(BY_PERSON, origin__in=sql.literals(PERSONS)).said()
    return rows.filter(conversation=conversation_id, unsent_at=None).exclude(state=State.UNDECIDED)


def _last_by_person(conversation_id: int) -> datetime | None:
    """Return when a person last wrote a direct message."""
    rows = _by_person(conversation_id).exclude(kind__in=TO_COMMENTS).order_by("-at")
    return rows.values_list("at", flat=True).first()


def _flagged_at(row: Conversation, person: datetime | None) -> datetime | None:
    """Return when the conversation itself was flagged, unless a person has written since."""
    at = row.flagged_at
    return at if at is not None and (person is None or person <= at) else None


def _last_said(row: Conversation, until: datetime) -> datetime:
    """Return when the customer last wrote, up to then; then, where they never did."""
    rows = Message.objects.filter(
        conversation=row.pk, origin=Origin.CUSTOMER, unsent_at=None, at__lte=until
    )
    last: datetime | None = rows.order_by("-at").values_list("at", flat=True).first()
    return last or min(row.last_inbound_at or until, until)
