"""Customers of whom nothing is left: their conversation goes, and with it what they are called.

It stays while it says something that must be heeded: the customer wants no automatic messages, the
bot is paused, somebody has the conversation, or it is to be looked at. Of a customer who opted out,
or for whom the bot is paused, the name goes all the same.
"""

from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet

from conversations.models import NEWEST, Conversation
from conversations.retention import bites, journal, staff_log, thread
from conversations.retention.bites import Age, Bite, Count, Found
from conversations.retention.thread import INSIDE

CUSTOMERS, NAMES = "customers", "names"
NO_NAME: dict[str, Any] = {
    "name": "", "username": "", "picture_url": "", "referral": {}, "referral_ref": "",
    "referred_at": None,
}  # fmt: skip
_NAMED = ~Q(name="", username="", picture_url="", referral={}, referral_ref="")


@dataclass(frozen=True, slots=True)
class Customers:
    """Conversations in which nothing was said for so long, walked in the order of that."""

    name: str = CUSTOMERS
    setting: str = "keep_messages_days"

    def bite(self, age: Age, place: Any) -> Bite:
        """Look at the next ones after a place, and delete those of which nothing is left."""
        if thread.figures_are_behind(age):
            return Bite(place=place, waits=True)
        rows: Any = bites.after(_idle(age), "newest", place)
        listed = list(rows.values_list("newest", "pk")[: bites.size()])
        is_over = len(listed) < bites.size()
        found = Bite(place=None if is_over else bites.place_of(*listed[-1]))
        for _, pk in listed:
            found.add(thread.take(pk, age))  # notes that were written after the last message
        for pk in _empty(age).filter(pk__in=[pk for _, pk in listed]).values_list("pk", flat=True):
            found.add(_take(pk, age))
        return found

    def count(self, age: Age) -> Found:
        """Count those of which nothing is left once the messages have gone that may."""
        found = Found({CUSTOMERS: Count(), NAMES: Count()})
        for row in _at_rest(age).iterator():
            if thread.choose(row, age).is_all_of(row.pk):
                rows = Conversation.objects.filter(pk=row.pk)
                free = rows.filter(_free(age)).exists()
                if free or rows.filter(_NAMED).exists():
                    found.gone[CUSTOMERS if free else NAMES].rows += 1
                    continue
            found.stay += 1
        return found


def _idle(age: Age) -> QuerySet[Conversation]:
    """Return conversations that moved last before then; served by conversation_newest."""
    return Conversation.objects.annotate(newest=NEWEST).filter(newest__lt=age.before)


def _at_rest(age: Age) -> QuerySet[Conversation]:
    """Keep only those in which nobody has anything to do."""
    rows = _idle(age).filter(
        due_at=None, leased_until=None, waiting_since=None, needs_person=False,
        put_off_until=None, created_at__lt=age.before,
    )  # fmt: skip
    return rows.filter(Q(assignee=None) | Q(closed_at__isnull=False))


def _empty(age: Age) -> QuerySet[Conversation]:
    """Keep only those in which nothing is left."""
    rows = _at_rest(age)
    for model in INSIDE:
        rows = rows.filter(~Exists(model._default_manager.filter(conversation=OuterRef("pk"))))  # noqa: SLF001 - Django's public API
    return rows


def _free(age: Age) -> Q:
    """Tell whether nothing is to be heeded when the customer writes again."""
    paused = Q(bot_paused_until__gt=age.now) | Q(bot_paused_covered_until__gt=age.now)
    return Q(opted_out_at=None) & ~paused


@transaction.atomic
def _take(pk: int, age: Age) -> dict[str, Count]:
    row = bites.locked(Conversation.objects.filter(pk=pk)).first()
    here = _empty(age).filter(pk=pk)
    if row is None or not here.exists():
        return {}
    if here.filter(_free(age)).exists():
        # Not of now: what was written since then may be on its way.
        journal.note_customer(row, age.before)
        staff_log.forget_customer(row.pk)
        row.delete()
        return {CUSTOMERS: Count(1)}
    if here.filter(_NAMED).update(**NO_NAME):
        journal.note_name(row, age.now)
        staff_log.forget_customer(row.pk)
        return {NAMES: Count(1)}
    return {}
