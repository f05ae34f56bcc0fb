"""Of which conversations a person wants to hear now, by the rows as they are."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.db import models
from django.db.models import Case, F, Q, QuerySet, When

from backoffice.reach import within
from conversations import queries
from conversations.account import access
from conversations.composer import colleagues
from conversations.models import Conversation, Mention
from instagram.limits import WINDOW, WINDOW_MARGIN
from shop import tuning

if TYPE_CHECKING:
    from notices.models import Listener, PersonalNotice

LIMIT = "waiting_limit_minutes"
# Who was put off and is back waits anew, as the queue counts it.
_IN_QUEUE_SINCE = Case(
    When(put_off_until__gt=F("waiting_since"), then=F("put_off_until")), default=F("waiting_since")
)


class Occasion(models.TextChoices):
    WAITS = "waits", "A customer has waited longer than the shop's limit"
    CLOSES = "closes", "The window of a customer who waits closes soon"
    MENTION = "mention", "A note names them"


def find_conversations(listener: "Listener", now: datetime) -> Mapping[Occasion, QuerySet[Any]]:
    """Return those of which a person wants to hear; `moment`: since when it is so.

    Served by the index conversation_waiting. Keeps to the accounts that may be seen now.
    """
    found = {}
    limit = tuning.get(LIMIT)
    if listener.waits and limit:
        found[Occasion.WAITS] = _find_long_waits(listener, timedelta(minutes=limit), now)
    if listener.closing_hours:
        found[Occasion.CLOSES] = _find_closing(listener, now)
    return found


def find_mentions(listener: "Listener") -> QuerySet[Mention]:
    """Return the notes that name a person and that they have not seen."""
    if not listener.mentions:
        return Mention.objects.none()
    return Mention.objects.filter(user=listener.user_id, seen_at=None)


def came_true_after(occasion: Occasion, listener: "Listener", since: datetime) -> Q:
    """Keep only what was not so yet by then, or was not this person's.

    A window that closes soon has been about to for hours at most.
    """
    if occasion != Occasion.WAITS:
        return Q()
    limit = timedelta(minutes=tuning.get(LIMIT))
    given = Q(assignee=listener.user_id, assigned_at__gt=since)
    return Q(moment__gt=since - limit) | given


def _find_long_waits(listener: "Listener", limit: timedelta, now: datetime) -> QuerySet[Any]:
    rows = _wanted(listener, now).filter(waiting_since__lte=now - limit)
    return rows.annotate(moment=_IN_QUEUE_SINCE).filter(moment__lte=now - limit)


def _find_closing(listener: "Listener", now: datetime) -> QuerySet[Any]:
    opened = now - WINDOW + WINDOW_MARGIN
    soon = opened + timedelta(hours=listener.closing_hours)
    rows = _wanted(listener, now).filter(last_inbound_at__gt=opened, last_inbound_at__lte=soon)
    return rows.annotate(moment=F("last_inbound_at"))


def _wanted(listener: "Listener", now: datetime) -> QuerySet[Conversation]:
    """Keep only those whose customer waits, and of those what the person wants to hear of."""
    rows = queries.waiting(Conversation.objects.all(), now)
    if listener.whose == listener.Whose.ALL:
        return rows
    wanted = Q(assignee=listener.user_id)
    if listener.whose == listener.Whose.NOBODYS:
        wanted |= Q(assignee=None)
    return rows.filter(wanted)


def still_so(
    listener: "Listener", notices: Iterable["PersonalNotice"], now: datetime
) -> list["PersonalNotice"]:
    """Keep only what is so still, and may be told the person still."""
    notices = list(notices)
    if not colleagues.readers().filter(pk=listener.user_id).exists():
        return []
    talks = {one.conversation_id for one in notices}
    with within(access.of(listener.user)):
        since = {
            occasion: dict(rows.filter(pk__in=talks).values_list("pk", "moment"))
            for occasion, rows in find_conversations(listener, now).items()
        }
        unseen = set(find_mentions(listener).values_list("pk", flat=True))

    def is_so(one: "PersonalNotice") -> bool:
        if one.occasion == Occasion.MENTION:
            return one.mention_id in unseen
        moment = since.get(Occasion(one.occasion), {}).get(one.conversation_id)
        return moment is not None and moment <= one.moment  # and has not begun anew since

    return [one for one in notices if is_so(one)]
