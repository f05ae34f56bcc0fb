"""Who pauses the bot for one customer, for how long, and who ends it.

Nobody else writes the columns of a pause. Pauses overlap: staff, a rule, loop protection, and
whoever answers in the Instagram app may each begin one. The one that ends last is in force and
named. Only the app's is ever taken back, when its message turns out to be an automatic one; so
whatever pause it covers is kept beside it.
"""

from datetime import datetime, time, timedelta
from enum import StrEnum
from typing import Any

import structlog
from django.db import transaction
from django.db.models import Case, F, Q, Value, When
from django.utils import timezone

from conversations.models import (
    BY_PERSON,
    UNTIL_RESUMED,
    Conversation,
    Message,
    Origin,
    State,
    later_of,
)
from instagram.limits import MAX_ID
from shop import tuning
from shop.current import current_shop

log = structlog.get_logger("bot_pause")

MORNING = time(9)
DEFAULT_HOURS = 12  # of a pause button, where a person's answer pauses nothing
APP = "a person in the Instagram app"
LOOP_BREAKER = "loop protection (more than {messages} bot messages in {minutes:g} minutes)"
NOBODY: dict[str, Any] = {
    "bot_paused_until": None,
    "bot_paused_by": "",
    "bot_paused_covered_until": None,
    "bot_paused_covered_by": "",
}


class Length(StrEnum):
    """For how long staff pause the bot."""

    HALF_HOUR = "half_hour"
    THREE_HOURS = "three_hours"
    TOMORROW = "tomorrow"
    UNTIL_RESUMED = "until_resumed"

    def ends_at(self, now: datetime) -> datetime:
        """Return when a pause of this length ends that begins now."""
        ends = {
            Length.HALF_HOUR: now + timedelta(minutes=30),
            Length.THREE_HOURS: now + timedelta(hours=3),
            Length.TOMORROW: current_shop().tomorrow_at(MORNING, now),
            Length.UNTIL_RESUMED: UNTIL_RESUMED,
        }
        return ends[self]


def usual_length() -> timedelta:
    """Return how long the bot is paused where nobody says how long."""
    return timedelta(hours=tuning.get("pause_hours") or DEFAULT_HOURS)


def pause(conversation_id: int, by: str, until: datetime | None = None) -> None:
    """Staff pause the bot, for the usual length where they do not say until when.

    A longer pause stays, and so does its name. What the bot has not sent yet does not go out.
    """
    until = until or timezone.now() + usual_length()
    longer = Q(bot_paused_until__gt=until)
    by_app = Q(longer, bot_paused_by=APP)  # it may be taken back: then this one is in force
    Conversation.objects.filter(pk=conversation_id).update(
        bot_paused_until=later_of("bot_paused_until", until),
        bot_paused_by=Case(When(longer, then="bot_paused_by"), default=Value(by)),
        bot_paused_covered_until=Case(
            When(by_app, then=later_of("bot_paused_covered_until", until)), default=None
        ),
        bot_paused_covered_by=Case(
            When(by_app & Q(bot_paused_covered_until__gt=until), then="bot_paused_covered_by"),
            When(by_app, then=Value(by)),
            default=Value(""),
        ),
        last_word_at=None,
    )


def pause_after_reply(conversation_id: int, by: str, now: datetime) -> None:
    """Staff have answered here: pause the bot for the tuned time, if there is one."""
    if hours := tuning.get("pause_hours"):
        pause(conversation_id, by, now + timedelta(hours=hours))


def pause_after_app_message(conversation_id: int, at: datetime) -> None:
    """Somebody answered in the Instagram app: pause the bot for the tuned time, if there is one.

    A longer pause stays, and so does its name; one that ends earlier is covered, not forgotten.
    What was written before staff resumed the bot pauses nothing.
    """
    hours = tuning.get("pause_hours")
    if not hours:
        return
    until = at + timedelta(hours=hours)
    longer = Q(bot_paused_until__gt=until)
    stays = longer | Q(bot_paused_by=APP)  # there is nothing new to cover
    since_then = Q(bot_resumed_at=None) | Q(bot_resumed_at__lt=at)  # not resumed
    Conversation.objects.filter(since_then, pk=conversation_id).update(
        bot_paused_until=later_of("bot_paused_until", until),
        bot_paused_by=Case(When(longer, then="bot_paused_by"), default=Value(APP)),
        bot_paused_covered_until=Case(
            When(stays, then="bot_paused_covered_until"), default=F("bot_paused_until")
        ),
        bot_paused_covered_by=Case(
            When(stays, then="bot_paused_covered_by"), default=F("bot_paused_by")
        ),
        last_word_at=None,
    )
    log.info("bot_paused", conversation=conversation_id, until=until.isoformat())


def pause_by_rule(
    conversation: Conversation, by: str, hours: float, now: datetime
) -> dict[str, Any]:
    """An answer pauses the bot after itself; return the columns that it changed.

    Whoever has paused it meanwhile keeps the last word: then nothing is changed.
    """
    if not hours or conversation.bot_is_paused(now):
        return {}
    changes = NOBODY | {
        "bot_paused_until": now + timedelta(hours=hours),
        "bot_paused_by": by[:MAX_ID],
        "last_word_at": now,  # what the bot has just said still goes out
    }
    Conversation.objects.filter(pk=conversation.pk).update(**changes)
    return changes


def pause_by_loop_breaker(conversation: Conversation, now: datetime) -> None:
    """Two bots answer each other: pause ours, and tell the object, too."""
    most, minutes = int(tuning.get("loop_messages")), tuning.get("loop_minutes")
    changes = NOBODY | {
        "bot_paused_until": now + usual_length(),
        "bot_paused_by": LOOP_BREAKER.format(messages=most, minutes=minutes),
        "last_word_at": None,
    }
    Conversation.objects.filter(pk=conversation.pk).update(**changes)
    for name, value in changes.items():
        setattr(conversation, name, value)


def resume(conversation_id: int) -> None:
    """End every pause. Nothing is woken: what came during the pause stays with the person."""
    resumed = NOBODY | {"bot_resumed_at": timezone.now()}
    Conversation.objects.filter(pk=conversation_id).update(**resumed)


def resume_after_done(conversation_id: int) -> None:
    """Staff have marked the conversation as done: end a pause that an answer began.

    What a colleague, the Instagram app or loop protection has paused stays so.
    """
    by_answer = Conversation.objects.filter(pk=conversation_id, last_word_at__isnull=False)
    by_answer.update(**NOBODY)


@transaction.atomic
def resume_if_paused_by_app(conversation_id: int) -> None:
    """An app message was no person's: end the pause that it began, and no other.

    Call it when the message is marked as automatic. What people wrote in the app still pauses the
    bot, and so does whoever had paused it before.
    """
    row = Conversation.objects.select_for_update(no_key=True).get(pk=conversation_id)
    if row.bot_paused_by != APP:
        return
    covered = (row.bot_paused_covered_until, row.bot_paused_covered_by)
    app = (_paused_by_app_until(row), APP)
    now = timezone.now()
    changes = dict(NOBODY)
    for until, by in sorted(
        ((until, by) for until, by in (covered, app) if until is not None and until > now)
    ):
        if by == APP:  # the longer one, so what is there already is covered
            changes["bot_paused_covered_until"] = changes["bot_paused_until"]
            changes["bot_paused_covered_by"] = changes["bot_paused_by"]
        changes |= {"bot_paused_until": until, "bot_paused_by": by}
    Conversation.objects.filter(pk=conversation_id).update(**changes)


def _paused_by_app_until(row: Conversation) -> datetime | None:
    """Return until when the last message of a person in the app pauses the bot.

    What was written before staff resumed the bot pauses it no more.
    """
    written = Message.objects.filter(
        BY_PERSON, conversation=row.pk, origin=Origin.APP, state=State.SENT
    )
    if row.bot_resumed_at:
        written = written.filter(at__gt=row.bot_resumed_at)
    last = written.order_by("-at").values_list("at", flat=True).first()
    hours = tuning.get("pause_hours")
    return last + timedelta(hours=hours) if last and hours else None
