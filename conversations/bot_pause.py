"""A person has the bot be silent for one customer, and lets it answer again."""

from datetime import datetime, timedelta
from typing import Any

from django.db.models import Case, Value, When
from django.utils import timezone

from conversations.models import Conversation, later_of
from shop import tuning

HOURS = 12  # where a person's answer pauses nothing


def pause(conversation_id: int, by: str, hours: float | None = None) -> None:
    """Silence the bot for so many hours, by default as long as a person's answer does.

    A longer pause that is there already stays: somebody may be in the middle of an answer.
    """
    until = timezone.now() + (timedelta(hours=hours) if hours else usual())
    Conversation.objects.filter(pk=conversation_id).update(**columns(until, by))


def usual() -> timedelta:
    """Return how long the bot is silent where nobody says it."""
    return timedelta(hours=tuning.get("pause_hours") or HOURS)


def columns(until: datetime, by: str) -> dict[str, Any]:
    """Return what a person's pause changes; what the bot wanted to say last does not go out.

    Whose longer pause stays is named on.
    """
    return {
        "bot_paused_until": later_of("bot_paused_until", until),
        "bot_paused_by": Case(
            When(bot_paused_until__gt=until, then="bot_paused_by"), default=Value(by)
        ),
        "last_word_at": None,
    }


def resume(conversation_id: int) -> None:
    """End the pause. Nothing is woken: what came during the pause stays with the person."""
    Conversation.objects.filter(pk=conversation_id).update(bot_paused_until=None, bot_paused_by="")
