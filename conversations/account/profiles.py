"""Asks Meta what customers are called; later, off the way of a message."""

from datetime import timedelta

import structlog
from django.db.models import F, Q, QuerySet
from django.utils import timezone

from conversations.account import identity
from conversations.models import NEWEST, Conversation
from instagram.errors import (
    AmbiguousError,
    GraphError,
    LoginError,
    NotSentError,
    ThrottledError,
)
from instagram.limits import MAX_ID

log = structlog.get_logger("profiles")

MOST_CALLS = 5  # at each look
STALE_AFTER = timedelta(days=1)  # Meta's link to a picture dies after a few days
LATELY = timedelta(hours=1)  # who has written since then is worth a second look
RETRY_AFTER = timedelta(minutes=10)  # after a failure that may pass


def refresh() -> None:
    """Fetch a few profiles: those never asked for, and stale ones of customers who write now.

    Called every few seconds by the ticker. A customer whose profile Meta does not give stays
    nameless, and is asked for again when the profile would be stale.
    """
    now = timezone.now()
    rows = identity.accounts().rows
    may_ask = [one.pk for one in rows if one.token and one.active and not one.is_paused(now)]
    theirs = Q(account__in=may_ask)
    for conversation in [
        *_never_asked().filter(theirs)[:MOST_CALLS],
        *_stale().filter(theirs)[:MOST_CALLS],
    ]:
        asked_at = conversation.profile_at
        # Several processes look: the one that moves the time asks.
        mine = Conversation.objects.filter(pk=conversation.pk, profile_at=asked_at)
        if mine.update(profile_at=now):
            _fetch(conversation)


def _never_asked() -> QuerySet[Conversation]:
    """Without a message of theirs Meta gives no profile; a comment is not enough (User Profile)."""
    rows = Conversation.objects.filter(profile_at=None, last_inbound_at__isnull=False)
    return rows.order_by("pk")


def _stale() -> QuerySet[Conversation]:
    now = timezone.now()
    lately = Conversation.objects.alias(newest=NEWEST).filter(newest__gt=now - LATELY)
    return lately.filter(profile_at__lt=now - STALE_AFTER).order_by(NEWEST.desc())


def _fetch(conversation: Conversation) -> None:
    rows = Conversation.objects.filter(pk=conversation.pk)
    try:
        found = identity.client(identity.ready(conversation.account_id)).profile(
            conversation.customer_id
        )
    except (LoginError, ThrottledError, NotSentError, AmbiguousError) as error:
        log.warning("profile_unreachable", conversation=conversation.pk, exc_info=error)
        rows.update(profile_at=timezone.now() - STALE_AFTER + RETRY_AFTER)
        return
    except GraphError:
        return  # no consent, blocked, no permission, or Meta's reviewer, who does not exist
    rows.update(
        name=found.name[:MAX_ID] or F("name"),
        username=found.username[:MAX_ID] or F("username"),
        picture_url=found.picture,
    )
